// How many instructions an inference will take, without a compiler or an emulator: for searches, which ask
// for thousands of networks.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tandem/machine/microcontroller/board.h"
#include "tandem/machine/microcontroller/step_work.h"

namespace tandem {

/// Of the work, by what each kind takes on the target: instruction_counts.csv, fitted to images that were
/// run on the emulator at the optimisation that `tandem deploy` has by default.
double instructions_of(const Target& target, const std::vector<Work>& work);
/// Whether the table has the kind for the target. It has all that step_work() names.
bool is_counted(const Target& target, const std::string& kind);

/// The text of instruction_counts.csv: processor, kind of work, instructions each time.
std::string_view instruction_count_table();

} // namespace tandem
