#include "tandem/numerics/fixed_point_multiplier.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "tandem/core/check.h"
#include "tandem/numerics/rounding.h"

namespace tandem {

namespace {

constexpr int kMantissaBits = 31;

std::int32_t saturated(std::int64_t integer) {
    return static_cast<std::int32_t>(std::clamp<std::int64_t>(
        integer, std::numeric_limits<std::int32_t>::min(), std::numeric_limits<std::int32_t>::max()));
}

/// The high half of twice the product, ties up. gemmlowp states it with a nudge of its own for negative
/// products and a division towards zero, which comes to the same.
std::int32_t doubling_high_multiply(std::int32_t left, std::int32_t right) {
    return saturated(shift_rounded(std::int64_t{left} * right, kMantissaBits, Rounding::half_up));
}

} // namespace

FixedPointMultiplier fixed_point_multiplier(double factor) {
    TANDEM_CHECK(factor >= 0.0 && factor < std::ldexp(1.0, kMantissaBits - 1), "a factor below 2^30");
    int shift = 0;
    const double mantissa = std::frexp(factor, &shift); // 0, or in [0.5, 1)
    auto multiplier = static_cast<std::int64_t>(std::round(std::ldexp(mantissa, kMantissaBits)));
    if (multiplier == std::int64_t{1} << kMantissaBits) {
        multiplier /= 2;
        ++shift;
    }
    if (shift < -kMantissaBits || multiplier == 0) return {};
    return {.multiplier = static_cast<std::int32_t>(multiplier), .shift = shift};
}

double value_of(const FixedPointMultiplier& multiplier) {
    return std::ldexp(static_cast<double>(multiplier.multiplier), multiplier.shift - kMantissaBits);
}

std::int32_t multiply(std::int32_t integer, const FixedPointMultiplier& by, MultiplierRounding rounding) {
    switch (rounding) {
    case MultiplierRounding::twice: {
        const std::int32_t shifted =
            saturated(std::int64_t{integer} * (std::int64_t{1} << std::max(by.shift, 0)));
        return static_cast<std::int32_t>(shift_rounded(doubling_high_multiply(shifted, by.multiplier),
                                                       std::max(-by.shift, 0), Rounding::half_away));
    }
    case MultiplierRounding::once:
        return saturated(shift_rounded(std::int64_t{integer} * by.multiplier, kMantissaBits - by.shift,
                                       Rounding::half_up));
    }
    TANDEM_CHECK(false, "a multiplier's rounding of a known name");
}

} // namespace tandem
