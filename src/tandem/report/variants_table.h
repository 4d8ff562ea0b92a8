// The machines that a job compares, as a table for a terminal.
#pragma once

#include <string>

#include "tandem/core/document.h"

namespace tandem {

/// One row a machine: its chosen design with accuracy and objectives, or why it has none. `comparison` is the
/// document of machines.json (codesign/machine_variants.h).
std::string format_variants(const Document& comparison);

} // namespace tandem
