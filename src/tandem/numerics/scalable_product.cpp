#include "tandem/numerics/scalable_product.h"

#include "tandem/core/check.h"
#include "tandem/numerics/number_format.h"

namespace tandem {

namespace {

constexpr int kHalfBits = 4;
constexpr std::int32_t kHalf = 1 << kHalfBits;
constexpr NumberFormat kHalfFormat{.bits = kHalfBits};

/// A 4-bit operand where the unit wants it: in the high half of its 8 bits.
std::int8_t lifted(std::int8_t operand) {
    TANDEM_CHECK(operand >= minimum_integer(kHalfFormat) && operand <= maximum_integer(kHalfFormat),
                 "an operand of 4 bits");
    return static_cast<std::int8_t>(operand * kHalf);
}

} // namespace

PartialProducts partial_products(std::int8_t activation, std::int8_t weight) {
    // Shifting to the right rounds down, so the low halves are not negative.
    const std::int32_t x_high = activation >> kHalfBits;
    const std::int32_t w_high = weight >> kHalfBits;
    const std::int32_t x_low = activation - x_high * kHalf;
    const std::int32_t w_low = weight - w_high * kHalf;
    return {.high_high = x_high * w_high,
            .low_high = x_low * w_high,
            .high_low = x_high * w_low,
            .low_low = x_low * w_low};
}

std::int8_t half_weight(std::int8_t weight) {
    return static_cast<std::int8_t>(requantize(weight, kHalfBits, kHalfFormat));
}

std::int32_t scalable_product(std::int8_t activation, std::int8_t weight, ProductPrecision precision) {
    switch (precision) {
    case ProductPrecision::half: return partial_products(lifted(activation), lifted(weight)).high_high;
    case ProductPrecision::mixed: {
        const PartialProducts parts = partial_products(activation, lifted(weight));
        return kHalf * parts.high_high + parts.low_high;
    }
    case ProductPrecision::full: {
        const PartialProducts parts = partial_products(activation, weight);
        return kHalf * kHalf * parts.high_high + kHalf * (parts.low_high + parts.high_low) + parts.low_low;
    }
    }
    TANDEM_CHECK(false, "a precision of a known name");
}

int partial_product_count(ProductPrecision precision) {
    switch (precision) {
    case ProductPrecision::half: return 1;
    case ProductPrecision::mixed: return 2;
    case ProductPrecision::full: return 4;
    }
    TANDEM_CHECK(false, "a precision of a known name");
}

} // namespace tandem
