// The table that describes a step to its kernel, as C.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "tandem/engine/integer_program.h"

namespace tandem {

/// What the table and, of a layer, its parameters are called.
struct StepTableNames {
    std::string table;
    std::string weights; ///< or where they are, decoded
    std::string bias;
};

/// "static const tandem_layer layer_3 = {...};\n", under a comment; `kept_rows` is what a depthwise layer
/// keeps back (in_place.h).
std::string c_step_table(const IntegerProgram& program, std::size_t step, const StepTableNames& names,
                         std::int64_t kept_rows);

} // namespace tandem
