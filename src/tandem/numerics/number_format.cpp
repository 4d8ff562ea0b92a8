#include "tandem/numerics/number_format.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "tandem/core/check.h"

namespace tandem {

std::int32_t minimum_integer(const NumberFormat& format) {
    if (format.levels != Levels::all) return -1;
    return format.signedness == Signedness::is_signed ? -(std::int32_t{1} << (format.bits - 1)) : 0;
}

std::int32_t maximum_integer(const NumberFormat& format) {
    if (format.levels != Levels::all) return 1;
    const int magnitude_bits = format.bits - (format.signedness == Signedness::is_signed ? 1 : 0);
    return (std::int32_t{1} << magnitude_bits) - 1;
}

std::int32_t quantize(float value, const NumberFormat& format) {
    if (format.levels == Levels::bipolar) return value < 0.0F ? -1 : 1;
    if (std::isnan(value)) return 0;
    // A double holds every float times every power of two a format may have, so this scaling is
    // exact, and the only rounding is that of nearbyint (to nearest, ties to even).
    const double scaled = std::ldexp(static_cast<double>(value), format.fraction_bits);
    const double in_range = std::clamp(scaled, static_cast<double>(minimum_integer(format)),
                                       static_cast<double>(maximum_integer(format)));
    return static_cast<std::int32_t>(std::nearbyint(in_range));
}

float dequantize(std::int32_t integer, const NumberFormat& format) {
    return std::ldexp(static_cast<float>(integer), -format.fraction_bits);
}

std::string to_string(const NumberFormat& format) {
    if (format.levels != Levels::all) {
        return fmt::format("{}.{}", format.levels == Levels::bipolar ? "bipolar" : "ternary",
                           format.fraction_bits);
    }
    return fmt::format("{}{}.{}", format.signedness == Signedness::is_signed ? 's' : 'u', format.bits,
                       format.fraction_bits);
}

std::int64_t divide_half_even(std::int64_t numerator, std::int64_t denominator) {
    TANDEM_CHECK(denominator > 0, "a positive denominator");
    std::int64_t floor = numerator / denominator;
    std::int64_t rest = numerator % denominator;
    if (rest < 0) {
        rest += denominator;
        --floor;
    }
    // Doubling `rest` could overflow; the distance to the next multiple cannot.
    const std::int64_t distance = denominator - rest;
    return floor + ((rest > distance || (rest == distance && (floor & 1) != 0)) ? 1 : 0);
}

std::int32_t requantize(std::int64_t integer, int fraction_bits, const NumberFormat& format) {
    if (format.levels == Levels::bipolar) return integer < 0 ? -1 : 1;
    const std::int64_t shifted = shift_half_even(integer, fraction_bits - format.fraction_bits);
    return static_cast<std::int32_t>(
        std::clamp<std::int64_t>(shifted, minimum_integer(format), maximum_integer(format)));
}

} // namespace tandem
