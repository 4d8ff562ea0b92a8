#include "tandem/numerics/affine_scale.h"

#include <limits>

#include <gtest/gtest.h>

namespace tandem {
namespace {

constexpr NumberFormat kSigned8{.bits = 8};

TEST(AffineScale, AgreesWithTheDocs) {
    const AffineScale scale{.scale = 0.5F, .zero_point = 3};
    EXPECT_EQ(quantize(0.0F, kSigned8, scale), 3);
    EXPECT_EQ(quantize(1.1F, kSigned8, scale), 5);   // 2.2 + 3
    EXPECT_EQ(quantize(-0.75F, kSigned8, scale), 1); // -1.5 -> -2
    EXPECT_EQ(quantize(0.25F, kSigned8, scale), 3);  // 0.5 -> 0
    EXPECT_EQ(quantize(1000.0F, kSigned8, scale), 127);
    EXPECT_EQ(quantize(-std::numeric_limits<float>::infinity(), kSigned8, scale), -128);
    EXPECT_EQ(quantize(std::numeric_limits<float>::quiet_NaN(), kSigned8, scale), 3);
    EXPECT_FLOAT_EQ(dequantize(5, scale), 1.0F);
    EXPECT_FLOAT_EQ(dequantize(-128, scale), -65.5F);
}

TEST(AffineScale, RecoversEveryIntegerFromItsValue) {
    for (const float scale : {0.1F, 0.0039215689F, 3.7e-8F, 1234.5F}) {
        for (const std::int32_t zero_point : {-128, 0, 83}) {
            const AffineScale affine{scale, zero_point};
            for (std::int32_t integer = -128; integer <= 127; ++integer) {
                ASSERT_EQ(quantize(dequantize(integer, affine), kSigned8, affine), integer) << scale;
            }
        }
    }
}

TEST(AffineScale, HoldsThePowersOfTwo) {
    const NumberFormat format{.bits = 8, .fraction_bits = 5};
    const AffineScale scale = affine_scale_of(format);
    for (const float value : {0.0F, 0.1F, -3.3F, 9.0F}) {
        EXPECT_EQ(quantize(value, format, scale), quantize(value, format));
    }
}

} // namespace
} // namespace tandem
