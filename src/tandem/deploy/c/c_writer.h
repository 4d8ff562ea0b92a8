// Standalone C99 for an integer program: no dependency but <stdint.h>, static memory, the same
// integers as the engine.
#pragma once

#include <vector>

#include "tandem/deploy/emitted_file.h"
#include "tandem/engine/integer_program.h"

namespace tandem {

/// network.h and network.c (the functions, the steps, the memory), kernels.h and kernels.c (the
/// arithmetic, the same for every network), parameters.h and parameters.c (weights and biases),
/// README.md. Same program, same bytes. The program must have a step.
std::vector<EmittedFile> emit_c(const IntegerProgram& program);

} // namespace tandem
