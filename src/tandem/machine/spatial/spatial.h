// The family `spatial`: an array of processing elements fed by a memory hierarchy.
#pragma once

#include <string>
#include <vector>

#include "tandem/machine/machine.h"
#include "tandem/machine/spatial/description.h"

namespace tandem {

[[nodiscard]] Result<MachinePointer> load_spatial(const Document& document, const std::string& file);
std::vector<FieldRow> spatial_fields();

/// The section `accounting` of a machine file that counts as the preset does.
Document accounting_section(spatial::AccountingPreset preset);

/// A machine from its description, which must have no problems.
MachinePointer make_spatial(spatial::Description description);

} // namespace tandem
