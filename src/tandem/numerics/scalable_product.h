// The product of a scalable multiply-accumulate unit: 8x8 bits from four products of 4x4 bits, of which fewer
// are taken where half of an operand suffices. docs/integer-semantics.md has the equations.
#pragma once

#include <cstdint>

namespace tandem {

/// Where the unit stops: how many of the four partial products it takes.
enum class ProductPrecision {
    half,  ///< one, 4x4: both operands of 4 bits
    mixed, ///< two, 8x4: an activation of 8 bits, a weight of 4
    full,  ///< four, 8x8
};

/// The partial products of an activation x = 16 xh + xl and a weight w = 16 wh + wl, with xl and wl from 0 to
/// 15 and xh and wh from -8 to 7; each fits the unit's 4x4 multiplier.
struct PartialProducts {
    std::int32_t high_high = 0; ///< xh * wh
    std::int32_t low_high = 0;  ///< xl * wh
    std::int32_t high_low = 0;  ///< xh * wl
    std::int32_t low_low = 0;   ///< xl * wl
};
PartialProducts partial_products(std::int8_t activation, std::int8_t weight);

/// A weight of 8 bits in 4: w / 16 to nearest, ties to even, saturating; -8 to 7.
std::int8_t half_weight(std::int8_t weight);

/// The product as the unit gives it. Full: activation * weight. Below full the weight is of 4 bits, -8 to 7
/// (what half_weight gives); at half the activation is of 4 bits too. The unit's operands of 4 bits lie in
/// the high half, so that it adds the same partial products at the same places: full: 256 hh + 16 (lh + hl) +
/// ll;   mixed: 16 hh + lh, of w in the high half;   half: hh, of both there.
std::int32_t scalable_product(std::int8_t activation, std::int8_t weight, ProductPrecision precision);

/// How many partial products, cycles of a unit with one 4x4 multiplier, a precision takes: 1, 2 or 4.
int partial_product_count(ProductPrecision precision);

} // namespace tandem
