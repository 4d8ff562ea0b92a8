// Arbitrary scales beside the powers of two of a NumberFormat: value = scale * (integer - zero_point), one
// scale a tensor for activations, one a tensor or a channel for weights. docs/integer-semantics.md has the
// equations.
#pragma once

#include <cstdint>
#include <span>

#include "tandem/numerics/number_format.h"

namespace tandem {

/// How the integers of a tensor stand for values. The zero point is one of the integers that the tensor's
/// format holds, so that zero, and with it padding, is exact.
struct AffineScale {
    float scale = 1.0F; ///< positive and finite
    std::int32_t zero_point = 0;

    bool operator==(const AffineScale&) const = default;
};

/// The integer of `format` (whose fraction bits play no part) nearest to value / scale + zero_point, ties of
/// the quotient to even, saturating; NaN becomes the zero point. The quotient is taken in double.
std::int32_t quantize(float value, const NumberFormat& format, const AffineScale& scale);
/// scale * (integer - zero_point), rounded to float once.
float dequantize(std::int32_t integer, const AffineScale& scale);

/// The affine form of a power of two: the same values, zero point 0.
AffineScale affine_scale_of(const NumberFormat& format);

/// The scale of a channel where there may be one for all.
inline float scale_of(std::span<const float> scales, std::size_t channel) {
    return scales[scales.size() == 1 ? 0 : channel];
}

} // namespace tandem
