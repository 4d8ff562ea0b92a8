// A found schedule as text, for a store that outlives the process.
#pragma once

#include <optional>
#include <string>

#include "tandem/machine/machine.h"
#include "tandem/mapping/mapper.h"

namespace tandem {

/// {mapping, search} or {infeasible}.
std::string to_kept_text(const Outcome<MappedLayer>& mapped);

/// Reads to_kept_text() back and prices the mapping. None when the text is no such document, or its mapping
/// is not what it says of it: no schedule of this layer on this machine, or another price.
std::optional<Outcome<MappedLayer>> recall_kept_text(const std::string& text, const LayerWork& work,
                                                     const Machine& machine, const MappingOptions& options);

} // namespace tandem
