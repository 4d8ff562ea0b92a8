// The arena of the generated C as a document: what lies where, and between which steps.
#pragma once

#include "tandem/core/document.h"
#include "tandem/engine/integer_program.h"

namespace tandem {

/// `size_bytes`; `steps`, the name of each step in order; `places`, one a stored tensor or buffer of rows:
/// `tensor`, `offset_bytes`, `size_bytes`, and the first and last step between which it must be kept.
Document describe_memory(const IntegerProgram& program);

} // namespace tandem
