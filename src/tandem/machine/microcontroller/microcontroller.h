// The family `microcontroller`: a board that runs the C that Tandem generates. It has no schedules to choose;
// what it charges is the flash and the RAM of the image of a whole program, and the instructions of an
// inference.
#pragma once

#include <string>
#include <vector>

#include "tandem/machine/machine.h"
#include "tandem/machine/microcontroller/board.h"

namespace tandem {

[[nodiscard]] Result<MachinePointer> load_microcontroller(const Document& document, const std::string& file);
std::vector<FieldRow> microcontroller_fields();

/// The board of a machine of this family; null for any other.
const Board* board_of(const Machine& machine);

} // namespace tandem
