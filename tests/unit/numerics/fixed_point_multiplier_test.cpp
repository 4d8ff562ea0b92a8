#include "tandem/numerics/fixed_point_multiplier.h"

#include <cstdint>
#include <limits>

#include <gtest/gtest.h>

namespace tandem {
namespace {

constexpr std::int32_t kHalf = 1 << 30; // the mantissa 1/2

TEST(FixedPointMultiplier, HoldsAMantissaOf31BitsAndAShift) {
    EXPECT_EQ(fixed_point_multiplier(0.0), (FixedPointMultiplier{0, 0}));
    EXPECT_EQ(fixed_point_multiplier(0.5), (FixedPointMultiplier{kHalf, 0}));
    EXPECT_EQ(fixed_point_multiplier(1.0), (FixedPointMultiplier{kHalf, 1}));
    EXPECT_EQ(fixed_point_multiplier(0.1875), (FixedPointMultiplier{3 << 29, -2})); // 3/4 * 2^-2
    EXPECT_DOUBLE_EQ(value_of(fixed_point_multiplier(0.1875)), 0.1875);
    // The largest double below 1 rounds up to 1.
    EXPECT_EQ(fixed_point_multiplier(1.0 - 1e-12), (FixedPointMultiplier{kHalf, 1}));
    // 2^-32 is the smallest; half of it counts as nothing.
    EXPECT_EQ(fixed_point_multiplier(1.0 / 4294967296.0), (FixedPointMultiplier{kHalf, -31}));
    EXPECT_EQ(fixed_point_multiplier(0.5 / 4294967296.0), (FixedPointMultiplier{0, 0}));
}

TEST(FixedPointMultiplier, RoundsOnceOrTwiceAsTheDocsWorkItOut) {
    // 11 * 3/16: exactly 2.0625. Twice: 11 * 3/4 = 8.25 -> 8, 8 / 4 = 2. Once: 2.
    const FixedPointMultiplier by = fixed_point_multiplier(0.1875);
    EXPECT_EQ(multiply(11, by, MultiplierRounding::twice), 2);
    EXPECT_EQ(multiply(11, by, MultiplierRounding::once), 2);
    // 13 * 3/16 = 2.4375: twice: 9.75 -> 10, 10 / 4 = 2.5 -> 3, away from zero. Once: 2.
    EXPECT_EQ(multiply(13, by, MultiplierRounding::twice), 3);
    EXPECT_EQ(multiply(13, by, MultiplierRounding::once), 2);
    // -13: -9.75 -> -10, -2.5 -> -3; once -2.4375 -> -2.
    EXPECT_EQ(multiply(-13, by, MultiplierRounding::twice), -3);
    EXPECT_EQ(multiply(-13, by, MultiplierRounding::once), -2);
    // Ties of the product go up: -3 * 1/2 = -1.5 -> -1 in both forms.
    EXPECT_EQ(multiply(-3, {kHalf, 0}, MultiplierRounding::twice), -1);
    EXPECT_EQ(multiply(-3, {kHalf, 0}, MultiplierRounding::once), -1);
    EXPECT_EQ(multiply(3, {kHalf, 0}, MultiplierRounding::twice), 2);
}

TEST(FixedPointMultiplier, MultipliesByFactorsAboveOne) {
    const FixedPointMultiplier three = fixed_point_multiplier(3.0); // 3/4 * 2^2
    EXPECT_EQ(multiply(7, three, MultiplierRounding::twice), 21);
    EXPECT_EQ(multiply(-7, three, MultiplierRounding::once), -21);
}

TEST(FixedPointMultiplier, Saturates) {
    constexpr std::int32_t kLargest = std::numeric_limits<std::int32_t>::max();
    constexpr std::int32_t kSmallest = std::numeric_limits<std::int32_t>::min();
    const FixedPointMultiplier large = fixed_point_multiplier(4096.0);
    EXPECT_EQ(multiply(kLargest, large, MultiplierRounding::once), kLargest);
    EXPECT_EQ(multiply(kSmallest, large, MultiplierRounding::once), kSmallest);
    // The integer saturates before the product: (2^31 - 1) / 2 rounded up.
    EXPECT_EQ(multiply(kLargest, large, MultiplierRounding::twice), kHalf);
}

} // namespace
} // namespace tandem
