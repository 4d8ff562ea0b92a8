// The family `bitserial`: an array of bit-serial dot-product units, in which precision scales time.
#pragma once

#include <string>
#include <vector>

#include "tandem/machine/bitserial/description.h"
#include "tandem/machine/machine.h"

namespace tandem {

[[nodiscard]] Result<MachinePointer> load_bitserial(const Document& document, const std::string& file);
std::vector<FieldRow> bitserial_fields();

/// A machine from its description, which must have no problems.
MachinePointer make_bitserial(bitserial::Description description);

/// The description of a machine file of this family, for what needs more than a price: RTL, the search
/// for hardware. Errors: those of loading; another family.
[[nodiscard]] Result<bitserial::Description> load_bitserial_description(const std::string& path);

} // namespace tandem
