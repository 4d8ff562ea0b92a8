#include "tandem/numerics/scalable_product.h"

#include <gtest/gtest.h>

#include "tandem/core/check.h"
#include "tandem/numerics/number_format.h"

namespace tandem {
namespace {

std::int8_t byte(int integer) { return static_cast<std::int8_t>(integer); }

TEST(ScalableProduct, WorksOutByHand) {
    // -37 = 16 * -3 + 11 and 90 = 16 * 5 + 10: partial products -15, 55, -30 and 110.
    const PartialProducts parts = partial_products(-37, 90);
    EXPECT_EQ(parts.high_high, -15);
    EXPECT_EQ(parts.low_high, 55);
    EXPECT_EQ(parts.high_low, -30);
    EXPECT_EQ(parts.low_low, 110);
    EXPECT_EQ(scalable_product(-37, 90, ProductPrecision::full), -3330); // -3840 + 16 * 25 + 110
    // 90 / 16 = 5.625 -> 6: -37 * 6, in two products -3 * 6 and 11 * 6.
    EXPECT_EQ(half_weight(90), 6);
    EXPECT_EQ(scalable_product(-37, 6, ProductPrecision::mixed), -222);
    EXPECT_EQ(scalable_product(-3, 6, ProductPrecision::half), -18);
}

TEST(ScalableProduct, HalvesWeightsToEvenAndSaturates) {
    EXPECT_EQ(half_weight(8), 0);    // 0.5
    EXPECT_EQ(half_weight(24), 2);   // 1.5
    EXPECT_EQ(half_weight(-24), -2); // -1.5
    EXPECT_EQ(half_weight(127), 7);  // 7.94 -> 8, beyond 4 bits
    EXPECT_EQ(half_weight(-128), -8);
}

TEST(ScalableProduct, EqualsTheProductAtEveryPrecision) {
    for (int x = -128; x <= 127; ++x) {
        for (int w = -128; w <= 127; ++w) {
            ASSERT_EQ(scalable_product(byte(x), byte(w), ProductPrecision::full), x * w);
            if (w < -8 || w > 7) continue;
            ASSERT_EQ(scalable_product(byte(x), byte(w), ProductPrecision::mixed), x * w);
            if (x < -8 || x > 7) continue;
            ASSERT_EQ(scalable_product(byte(x), byte(w), ProductPrecision::half), x * w);
        }
    }
}

TEST(ScalableProduct, FitsA4x4Multiplier) {
    // Signed by signed, unsigned by signed, unsigned by unsigned.
    for (int x = -128; x <= 127; ++x) {
        for (int w = -128; w <= 127; ++w) {
            const PartialProducts parts = partial_products(byte(x), byte(w));
            ASSERT_TRUE(parts.high_high >= -56 && parts.high_high <= 64);
            ASSERT_TRUE(parts.low_high >= -120 && parts.low_high <= 105);
            ASSERT_TRUE(parts.high_low >= -120 && parts.high_low <= 105);
            ASSERT_TRUE(parts.low_low >= 0 && parts.low_low <= 225);
        }
    }
}

TEST(ScalableProduct, RefusesOperandsThatAreTooWide) {
    EXPECT_THROW(scalable_product(1, 8, ProductPrecision::mixed), InternalError);
    EXPECT_THROW(scalable_product(8, 1, ProductPrecision::half), InternalError);
}

TEST(ScalableProduct, CountsItsPartialProducts) {
    EXPECT_EQ(partial_product_count(ProductPrecision::half), 1);
    EXPECT_EQ(partial_product_count(ProductPrecision::mixed), 2);
    EXPECT_EQ(partial_product_count(ProductPrecision::full), 4);
}

} // namespace
} // namespace tandem
