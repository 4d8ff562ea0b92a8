#include "tandem/numerics/affine_scale.h"

#include <algorithm>
#include <cmath>

namespace tandem {

std::int32_t quantize(float value, const NumberFormat& format, const AffineScale& scale) {
    if (std::isnan(value)) return scale.zero_point;
    const double steps = std::nearbyint(static_cast<double>(value) / static_cast<double>(scale.scale));
    return static_cast<std::int32_t>(std::clamp(steps + scale.zero_point,
                                                static_cast<double>(minimum_integer(format)),
                                                static_cast<double>(maximum_integer(format))));
}

float dequantize(std::int32_t integer, const AffineScale& scale) {
    // The difference has 17 bits and the scale 24: a double holds the product exactly.
    return static_cast<float>(static_cast<double>(scale.scale) * (integer - scale.zero_point));
}

AffineScale affine_scale_of(const NumberFormat& format) {
    return {.scale = std::ldexp(1.0F, -format.fraction_bits), .zero_point = 0};
}

} // namespace tandem
