#include "tandem/search/statistics.h"

#include <vector>

#include <gtest/gtest.h>

namespace tandem {
namespace {

using Values = std::vector<double>;

TEST(Summary, HasOrderStatisticsByLinearInterpolation) {
    const Summary summary = summarize(Values{4, 1, 3, 2});
    EXPECT_EQ(summary.count, 4U);
    EXPECT_EQ(summary.median, 2.5);
    EXPECT_EQ(summary.lower_quartile, 1.75);
    EXPECT_EQ(summary.upper_quartile, 3.25);
    EXPECT_EQ(summary.interquartile_range(), 1.5);
    EXPECT_EQ(summary.least, 1.0);
    EXPECT_EQ(summary.most, 4.0);
    EXPECT_EQ(summarize(Values{7}).median, 7.0);
}

TEST(MannWhitney, IsExactForSmallSamples) {
    // Three against three, all on one side: 2 of the 20 deals are as far apart.
    EXPECT_DOUBLE_EQ(mann_whitney_p(Values{1, 2, 3}, Values{4, 5, 6}), 0.1);
    // Rank sum 7 of {1, 2, 4}: the sums 6, 7 and 14, 15 come about in 4 of 20 deals.
    EXPECT_DOUBLE_EQ(mann_whitney_p(Values{1, 2, 4}, Values{3, 5, 6}), 0.2);
    EXPECT_DOUBLE_EQ(mann_whitney_p(Values{1, 1}, Values{1, 1, 1}), 1.0);
    // One tie: ranks 1.5, 1.5, 3; the two deals of a 1.5 and the one of the 3 are equally far.
    EXPECT_DOUBLE_EQ(mann_whitney_p(Values{3}, Values{1, 1}), 1.0 / 3.0);
}

TEST(MannWhitney, ApproximatesLargeSamples) {
    Values left;
    Values right;
    for (int i = 0; i < 30; ++i) {
        left.push_back(i);
        right.push_back(i + 10.5);
    }
    // Rank sum 655 against a mean of 915 and a deviation of 67.64, half a rank for continuity: z = 3.837.
    EXPECT_NEAR(mann_whitney_p(left, right), 1.2477e-4, 1e-8);
    EXPECT_EQ(mann_whitney_p(left, right), mann_whitney_p(right, left));
    EXPECT_EQ(mann_whitney_p(Values(30, 1.0), Values(30, 1.0)), 1.0);
}

TEST(Superiority, CountsTiesAsHalf) {
    EXPECT_EQ(superiority(Values{2, 3}, Values{1, 2}), 0.875);
    EXPECT_EQ(superiority(Values{1}, Values{1}), 0.5);
}

} // namespace
} // namespace tandem
