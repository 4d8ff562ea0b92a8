// Accumulators of a stated width. docs/integer-semantics.md has the equations.
#pragma once

namespace tandem {

/// What a sum beyond the width becomes.
enum class Overflow {
    wrap,     ///< modulo 2^bits: the sum over the window and bias, once
    saturate, ///< each addition, in the order bias, filter row, filter column, input channel
};

inline constexpr int kMinimumAccumulatorBits = 2;
inline constexpr int kMaximumAccumulatorBits = 62;

/// A layer's accumulator, two's complement; a residual is added after it, exactly.
struct Accumulator {
    int bits = 32; ///< kMinimumAccumulatorBits to kMaximumAccumulatorBits
    Overflow overflow = Overflow::wrap;

    bool operator==(const Accumulator&) const = default;
};

} // namespace tandem
