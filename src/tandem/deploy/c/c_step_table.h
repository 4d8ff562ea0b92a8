// The table that describes a step to its kernel, as C.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "tandem/engine/integer_program.h"

namespace tandem {

/// "static const tandem_layer layer_3 = {...};\n", under a comment; `weights` is where those of a layer are,
/// `kept_rows` what a depthwise one keeps back (in_place.h).
std::string c_step_table(const IntegerProgram& program, std::size_t step, const std::string& weights,
                         std::int64_t kept_rows);

} // namespace tandem
