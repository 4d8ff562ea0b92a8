#include "tandem/numerics/requantization.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace tandem {
namespace {

TEST(Requantization, TakesTheFactorOfTheChannel) {
    const MultiplierRequantization by_channel{
        .multipliers = {fixed_point_multiplier(0.5), fixed_point_multiplier(0.25)}};
    EXPECT_EQ(requantized(by_channel, 12, 0, {.channel = 0}), 6);
    EXPECT_EQ(requantized(by_channel, 12, 0, {.channel = 1}), 3);
    const MultiplierRequantization by_tensor{.multipliers = {fixed_point_multiplier(0.5)}};
    EXPECT_EQ(requantized(by_tensor, 12, 0, {.channel = 1}), 6);
}

TEST(Requantization, RoundsFloatProductsToEven) {
    const FloatRequantization half{.scales = {0.5F}};
    EXPECT_EQ(requantized(half, 5, 0, {}), 2);   // 2.5
    EXPECT_EQ(requantized(half, 7, 0, {}), 4);   // 3.5
    EXPECT_EQ(requantized(half, -5, 0, {}), -2); // -2.5
    // 2^24 + 1 is no float: it becomes 2^24 before the product.
    const FloatRequantization small{.scales = {0.0625F}};
    EXPECT_EQ(requantized(small, (1 << 24) + 1, 0, {}), 1 << 20);
    // Far beyond every format, but no overflow.
    EXPECT_EQ(requantized(FloatRequantization{.scales = {1e30F}}, -7, 0, {}), -(1 << 24));
}

TEST(Requantization, CountsTheThresholdsReached) {
    const ThresholdRequantization table{.lowest = -1, .thresholds = {{-4, 0, 10}}};
    EXPECT_EQ(requantized(table, -5, 0, {}), -1);
    EXPECT_EQ(requantized(table, -4, 0, {}), 0); // reached
    EXPECT_EQ(requantized(table, 9, 0, {}), 1);
    EXPECT_EQ(requantized(table, 10, 0, {}), 2);
}

TEST(Requantization, NamesTheRulesThatNeed32Bits) {
    EXPECT_FALSE(needs_32_bit_sums(ShiftRequantization{}));
    EXPECT_FALSE(needs_32_bit_sums(ThresholdRequantization{}));
    EXPECT_TRUE(needs_32_bit_sums(MultiplierRequantization{}));
    EXPECT_FALSE(needs_32_bit_sums(FloatRequantization{}));
}

TEST(ThresholdTable, WorksOutByHand) {
    // To two bits by a shift of 1, ties to even: 0.5 -> 0, 1 -> 1, 1.5 -> 2, 2.5 -> 2, 3 -> 3.
    EXPECT_EQ(threshold_table(Rounding::half_even, 1, 0, 3).thresholds.front(),
              (std::vector<std::int64_t>{2, 3, 6}));
    EXPECT_EQ(threshold_table(Rounding::truncation, 1, 0, 3).thresholds.front(),
              (std::vector<std::int64_t>{2, 4, 6}));
    // By a shift of -1 every integer counts twice: 1 reaches 2.
    EXPECT_EQ(threshold_table(Rounding::half_even, -1, -1, 2).thresholds.front(),
              (std::vector<std::int64_t>{0, 1, 1}));
}

TEST(ThresholdTable, EqualsTheShift) {
    for (const Rounding rounding :
         {Rounding::half_even, Rounding::half_away, Rounding::half_up, Rounding::truncation}) {
        for (const int shift : {-2, 0, 1, 3, 5}) {
            const ThresholdRequantization table = threshold_table(rounding, shift, -8, 7);
            for (std::int64_t sum = -600; sum <= 600; ++sum) {
                const std::int64_t expected =
                    std::clamp<std::int64_t>(shift_rounded(sum, shift, rounding), -8, 7);
                ASSERT_EQ(requantized(table, sum, 0, {}), expected) << sum << " shifted by " << shift;
            }
        }
    }
}

} // namespace
} // namespace tandem
