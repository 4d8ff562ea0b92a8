// How a sum becomes an integer of the next tensor: the one place where a step rounds. A closed set of rules,
// each an equation of docs/integer-semantics.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <variant>
#include <vector>

#include "tandem/numerics/fixed_point_multiplier.h"
#include "tandem/numerics/rounding.h"

namespace tandem {

/// sum * 2^-shift, where the radix points of sum and output give the shift.
struct ShiftRequantization {
    Rounding rounding = Rounding::half_even;
    std::uint64_t seed = 0; ///< of Rounding::stochastic

    bool operator==(const ShiftRequantization&) const = default;
};

/// sum * multiplier, as TensorFlow Lite's reference kernels compute it; the sum fits 32 bits.
struct MultiplierRequantization {
    std::vector<FixedPointMultiplier> multipliers; ///< one, or one an output channel
    MultiplierRounding rounding = MultiplierRounding::twice;

    bool operator==(const MultiplierRequantization&) const = default;
};

/// lowest + the number of thresholds that the sum reaches.
struct ThresholdRequantization {
    std::int32_t lowest = 0;
    /// By output channel, or one list for all: ascending.
    std::vector<std::vector<std::int64_t>> thresholds;

    bool operator==(const ThresholdRequantization&) const = default;
};

/// round(float(sum) * scale), product and rounding in float32, ties to even, as ONNX Runtime's integer
/// kernels compute QLinearConv; there the sum fits 32 bits.
struct FloatRequantization {
    std::vector<float> scales; ///< one, or one an output channel

    bool operator==(const FloatRequantization&) const = default;
};

using Requantization =
    std::variant<ShiftRequantization, MultiplierRequantization, ThresholdRequantization, FloatRequantization>;

/// What a rule may depend on beside the sum: the output's channel, and its place in its sample.
struct Place {
    std::size_t channel = 0;
    std::size_t element = 0;
};

/// The rule applied; the caller adds the output's zero point and clamps. `shift` matters to
/// ShiftRequantization alone.
std::int64_t requantized(const Requantization& rule, std::int64_t sum, int shift, Place place);

/// The nearest integer, ties to even, saturating beyond every format, at 2^24.
std::int64_t rounded_float(float value);

/// Whether the rule works on sums of 32 bits alone.
bool needs_32_bit_sums(const Requantization& rule);

/// The table of a shift by half-even, half-away, half-up or truncation, for outputs from `lowest` to
/// `highest`: beyond them it saturates. Equal to the shift, integer for integer.
ThresholdRequantization threshold_table(Rounding rounding, int shift, std::int32_t lowest,
                                        std::int32_t highest);

} // namespace tandem
