#include "tandem/core/random.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <vector>

#include <gtest/gtest.h>

#include "tandem/core/check.h"

namespace tandem {
namespace {

TEST(Random, IsSplitMix64) {
    // The first outputs of the authors' reference implementation for the seed 1234567.
    Random random(1234567);
    for (const std::uint64_t expected :
         {6457827717110365317ULL, 3203168211198807973ULL, 9817491932198370423ULL, 4593380528125082431ULL,
          16408922859458223821ULL}) {
        EXPECT_EQ(random.next(), expected);
    }
}

TEST(Random, ForksByNameAndIndexWithoutAdvancing) {
    const Random parent(7);
    Random same = parent.fork("candidate", 3);
    Random again = parent.fork("candidate", 3);
    EXPECT_EQ(same.next(), again.next());
    EXPECT_EQ(parent.state(), Random(7).state());
    EXPECT_NE(parent.fork("candidate", 3).next(), parent.fork("candidate", 4).next());
    EXPECT_NE(parent.fork("candidate", 3).next(), parent.fork("mutation", 3).next());
    EXPECT_NE(parent.fork("candidate").next(), Random(8).fork("candidate").next());
}

TEST(Random, ForksToTheSameStreamsForEver) {
    // Runs are resumed by later versions: these values must never change.
    EXPECT_EQ(Random(1).fork("candidate", 0).state(), 3725705235639614295U);
    EXPECT_EQ(Random(1).fork("candidate", 1).state(), 13797971796352692527U);
}

TEST(Random, GoesOnFromASavedState) {
    Random random(5);
    random.next();
    Random resumed(random.state());
    EXPECT_EQ(resumed.next(), random.next());
}

TEST(Random, DrawsUniformNumbersInTheUnitInterval) {
    Random random(1);
    double sum = 0.0;
    for (int i = 0; i < 100'000; ++i) {
        const double draw = random.uniform();
        ASSERT_GE(draw, 0.0);
        ASSERT_LT(draw, 1.0);
        sum += draw;
    }
    EXPECT_NEAR(sum / 100'000, 0.5, 0.005); // five standard errors
}

TEST(Random, DrawsBelowABoundWithoutBias) {
    Random random(2);
    std::array<int, 6> counts{};
    for (int i = 0; i < 60'000; ++i) ++counts.at(random.below(6));
    for (const int count : counts) EXPECT_NEAR(count, 10'000, 500); // five standard deviations
    EXPECT_EQ(random.below(1), 0U);
    for (int i = 0; i < 100; ++i) EXPECT_LT(random.below((1ULL << 63U) + 1), (1ULL << 63U) + 1);
}

TEST(Random, RefusesAnEmptyRange) {
    Random random(1);
    EXPECT_THROW(random.below(0), InternalError);
}

TEST(Random, DrawsStandardNormals) {
    Random random(3);
    double sum = 0.0;
    double squares = 0.0;
    for (int i = 0; i < 100'000; ++i) {
        const double draw = random.normal();
        ASSERT_TRUE(std::isfinite(draw));
        sum += draw;
        squares += draw * draw;
    }
    EXPECT_NEAR(sum / 100'000, 0.0, 0.016);     // five standard errors
    EXPECT_NEAR(squares / 100'000, 1.0, 0.023); // five standard errors of the variance
}

TEST(Random, ShufflesToAPermutationWithEachElementAnywhere) {
    std::array<std::array<int, 4>, 4> counts{};
    for (std::uint64_t seed = 0; seed < 4'000; ++seed) {
        std::vector<std::size_t> elements = {0, 1, 2, 3};
        Random(seed).shuffle(std::span(elements));
        for (std::size_t i = 0; i < 4; ++i) ++counts.at(elements[i]).at(i);
        std::sort(elements.begin(), elements.end());
        ASSERT_EQ(elements, (std::vector<std::size_t>{0, 1, 2, 3}));
    }
    for (const auto& row : counts) {
        for (const int count : row) EXPECT_NEAR(count, 1'000, 137); // five standard deviations
    }
    std::vector<int> none;
    Random(1).shuffle(std::span(none));
    EXPECT_TRUE(none.empty());
}

} // namespace
} // namespace tandem
