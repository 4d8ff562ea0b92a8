// Standalone C99 for an integer program: no dependency but <stdint.h>, static memory, the same
// integers as the engine.
#pragma once

#include <string>
#include <vector>

#include "tandem/engine/integer_program.h"

namespace tandem {

struct EmittedFile {
    std::string name;
    std::string contents;

    bool operator==(const EmittedFile&) const = default;
};

/// network.h, network.c (the arithmetic), parameters.c (weights and biases), README.md. Same
/// program, same bytes.
std::vector<EmittedFile> emit_c(const IntegerProgram& program);

} // namespace tandem
