// Which steps of generated C may write their output over an operand, and at what price.
#pragma once

#include <cstdint>
#include <vector>

#include "tandem/core/units.h"
#include "tandem/engine/integer_program.h"

namespace tandem {

/// Bytes an element takes in generated C: 1 up to 8 bits, else 2.
Bytes element_size(const NumberFormat& format);

/// An output that may begin where the operand does, and takes no more bytes, if the operand is read for the
/// last time. Every kernel writes an element only when all that it reads later lies behind.
struct InPlace {
    TensorIndex operand = 0;
    /// Padding makes a window reach back: the depthwise kernel then writes rows into a buffer, and moves a
    /// row to its place once this many more are computed. None where no buffer is needed.
    std::int64_t kept_rows = 0;
    Bytes row_buffer;

    bool operator==(const InPlace&) const = default;
};

/// The operands that a step may write over, those that are best replaced first: residuals and the operands of
/// an Add, which are read element by element; then the input of a step whose windows never reach back behind
/// the output that is written, or only as far as a row buffer keeps rows that is smaller than the output.
std::vector<InPlace> replaceable_operands(const IntegerProgram& program, const Step& step);

} // namespace tandem
