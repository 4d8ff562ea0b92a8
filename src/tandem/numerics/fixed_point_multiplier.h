// A real factor as a 32-bit integer and a shift, and the two ways in which TensorFlow Lite's reference
// kernels multiply by it: gemmlowp's, which rounds twice, and the one that rounds once
// (TFLITE_SINGLE_ROUNDING). docs/integer-semantics.md has the equations.
#pragma once

#include <cstdint>

namespace tandem {

/// The factor multiplier * 2^(shift - 31): 0, or multiplier in [2^30, 2^31).
struct FixedPointMultiplier {
    std::int32_t multiplier = 0;
    int shift = 0; ///< -31 to 30

    bool operator==(const FixedPointMultiplier&) const = default;
};

/// The nearest factor with a 31-bit mantissa, ties away from zero; below 2^-32 it is 0. `factor` is finite,
/// not negative and below 2^30.
FixedPointMultiplier fixed_point_multiplier(double factor);
double value_of(const FixedPointMultiplier& multiplier);

enum class MultiplierRounding {
    twice, ///< the high half of the doubled product, ties up; then the shift, ties away from zero
    once,  ///< the whole product, then one shift, ties up
};

/// integer * factor. `twice`: the integer times 2^shift, where that is positive, saturates at 32 bits, as
/// does the product. `once`: saturates at 32 bits at the end.
std::int32_t multiply(std::int32_t integer, const FixedPointMultiplier& by, MultiplierRounding rounding);

} // namespace tandem
