#include "tandem/numerics/rounding.h"

#include <vector>

#include <gtest/gtest.h>

namespace tandem {
namespace {

std::vector<std::int64_t> quarters(Rounding rounding) {
    std::vector<std::int64_t> rounded;
    for (const std::int64_t integer : {-10, -7, -6, -5, 5, 6, 7, 10}) {
        rounded.push_back(shift_rounded(integer, 2, rounding));
    }
    return rounded;
}

TEST(Rounding, AgreesWithTheTableOfTheDocs) {
    // -2.5, -1.75, -1.5, -1.25, 1.25, 1.5, 1.75, 2.5
    EXPECT_EQ(quarters(Rounding::half_even), (std::vector<std::int64_t>{-2, -2, -2, -1, 1, 2, 2, 2}));
    EXPECT_EQ(quarters(Rounding::half_away), (std::vector<std::int64_t>{-3, -2, -2, -1, 1, 2, 2, 3}));
    EXPECT_EQ(quarters(Rounding::half_up), (std::vector<std::int64_t>{-2, -2, -1, -1, 1, 2, 2, 3}));
    EXPECT_EQ(quarters(Rounding::truncation), (std::vector<std::int64_t>{-3, -2, -2, -2, 1, 1, 1, 2}));
}

TEST(Rounding, AddsTheDrawAndShiftsWhereItIsStochastic) {
    // 1.25 = 5/4: the draws 0, 1 and 2 leave 1, the draw 3 makes 2. Higher bits of a draw do not count.
    for (const std::uint64_t draw : {0U, 1U, 2U, 4U}) {
        EXPECT_EQ(shift_rounded(5, 2, Rounding::stochastic, draw), 1) << draw;
    }
    EXPECT_EQ(shift_rounded(5, 2, Rounding::stochastic, 3), 2);
    // -1.25 = -5/4 lies three quarters of the way from -2 to -1.
    EXPECT_EQ(shift_rounded(-5, 2, Rounding::stochastic, 0), -2);
    EXPECT_EQ(shift_rounded(-5, 2, Rounding::stochastic, 1), -1);
}

TEST(Rounding, IsExactWhereNothingIsLost) {
    for (const Rounding rounding : {Rounding::half_even, Rounding::half_away, Rounding::half_up,
                                    Rounding::truncation, Rounding::stochastic}) {
        EXPECT_EQ(shift_rounded(-12, 2, rounding, 3), -3);
        EXPECT_EQ(shift_rounded(-3, 0, rounding, 3), -3);
        EXPECT_EQ(shift_rounded(-3, -2, rounding, 3), -12);
    }
}

TEST(Rounding, LeavesTheFractionAloneOfALargeShift) {
    EXPECT_EQ(shift_rounded(-1, 63, Rounding::half_away), 0);
    EXPECT_EQ(shift_rounded(-1, 63, Rounding::half_up), 0);
    EXPECT_EQ(shift_rounded(-1, 63, Rounding::truncation), -1);
    EXPECT_EQ(shift_rounded(1, 63, Rounding::truncation), 0);
}

TEST(Rounding, DrawsAreUniformAndDependOnEverything) {
    // 1.25 rounds up a quarter of the time: 2,500 of 10,000, standard deviation 43.
    int up = 0;
    for (std::uint64_t element = 0; element < 10'000; ++element) {
        up += static_cast<int>(shift_rounded(5, 2, Rounding::stochastic, rounding_draw(1, element, 5)) - 1);
    }
    EXPECT_NEAR(up, 2500, 5 * 43);
    EXPECT_EQ(rounding_draw(1, 2, 3), rounding_draw(1, 2, 3));
    EXPECT_NE(rounding_draw(1, 2, 3), rounding_draw(2, 2, 3));
    EXPECT_NE(rounding_draw(1, 2, 3), rounding_draw(1, 3, 3));
    EXPECT_NE(rounding_draw(1, 2, 3), rounding_draw(1, 2, 4));
}

TEST(DivideHalfAway, SendsTiesAwayFromZero) {
    EXPECT_EQ(divide_half_away(7, 2), 4);
    EXPECT_EQ(divide_half_away(-7, 2), -4);
    EXPECT_EQ(divide_half_away(7, 3), 2);
    EXPECT_EQ(divide_half_away(-8, 3), -3);
}

} // namespace
} // namespace tandem
