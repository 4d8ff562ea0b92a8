// How large the integers inside a step can grow. Lowering refuses what could leave 2^62, so that no
// implementation of the integer semantics ever meets an overflow of 64 bits.
#pragma once

#include <cstdint>

#include "tandem/engine/integer_program.h"

namespace tandem {

/// Half of what 64 bits hold, so that rounding never overflows.
inline constexpr std::int64_t kLargestIntermediate = std::int64_t{1} << 62;

/// Of all integers of a format.
std::int64_t largest_magnitude(const NumberFormat& format);

/// magnitude * 2^shift for a magnitude and a shift of at least 0, or the largest int64_t beyond it
/// and where no int64_t shift by that much exists.
std::int64_t saturating_shift(std::int64_t magnitude, int shift);
std::int64_t saturating_sum(std::int64_t left, std::int64_t right);

/// The radix point of a layer's products.
int accumulator_fraction_bits(const LayerStep& step);

/// The largest magnitude of any integer while the step is computed: its accumulator, its operands
/// aligned, and the result scaled to the output's radix point before it is clamped.
std::int64_t largest_intermediate(const IntegerProgram& program, const Step& step);

} // namespace tandem
