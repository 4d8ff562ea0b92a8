#include "tandem/search/indicators.h"

#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

#include "tandem/core/check.h"
#include "tandem/core/random.h"

namespace tandem {
namespace {

using Front = std::vector<Objectives>;

TEST(IgdPlus, CountsOnlyWhereThePointIsWorse) {
    // By hand: (0,0) is met at distance hypot(3,4) by (3,4) or 6 by (0,6); (1,7) is dominated by (0,6).
    EXPECT_DOUBLE_EQ(igd_plus(Front{{3, 4}, {0, 6}}, Front{{0, 0}, {1, 7}}), 2.5);
    EXPECT_EQ(igd_plus(Front{{0, 0}}, Front{{0, 0}, {5, 5}}), 0.0);
}

TEST(AdditiveEpsilon, IsTheShiftAfterWhichTheReferenceIsCovered) {
    // (1,1) needs min(max(2-1, 0-1), max(0-1, 3-1)) = 1; (0,4) needs min(2, 0) = 0.
    EXPECT_EQ(additive_epsilon(Front{{2, 0}, {0, 3}}, Front{{1, 1}, {0, 4}}), 1.0);
    EXPECT_EQ(additive_epsilon(Front{{0, 0}}, Front{{2, 3}}), -2.0) << "a better front may move back";
}

TEST(KneePoint, LiesFarthestBelowTheLineThroughTheEnds) {
    EXPECT_EQ(knee_point(Front{{0, 100}, {1, 25}, {2, 10}, {10, 0}}), 2U); // 0.2 + 0.1 against 0.1 + 0.25
    EXPECT_EQ(knee_point(Front{{0, 100}, {1, 20}, {3, 5}, {10, 0}}), 1U);
    EXPECT_EQ(knee_point(Front{{4, 4}}), 0U);
    EXPECT_EQ(knee_point(Front{{0, 1}, {1, 0}}), 0U) << "the first of equals";
}

TEST(AttainmentSurface, CountsRuns) {
    const std::vector<Front> runs = {{{1, 3}, {3, 1}}, {{2, 2}}, {{1, 4}, {4, 1}}};
    EXPECT_EQ(attainment_surface(runs, 1), (Front{{1, 3}, {2, 2}, {3, 1}}));
    EXPECT_EQ(attainment_surface(runs, 2), (Front{{1, 4}, {2, 3}, {3, 2}, {4, 1}}));
    EXPECT_EQ(attainment_surface(runs, 3), (Front{{2, 4}, {4, 2}}));
    EXPECT_EQ(attainment_surface(std::vector<Front>{{}, {{1, 1}}}, 1), (Front{{1, 1}}));
    EXPECT_TRUE(attainment_surface(std::vector<Front>{{}, {{1, 1}}}, 2).empty());
}

TEST(AttainmentSurface, BoundsWhatThatManyRunsAttainInThreeObjectives) {
    const auto attains = [](const Front& front, const Objectives& goal) {
        return std::ranges::any_of(front, [&](const Objectives& point) {
            return std::equal(point.begin(), point.end(), goal.begin(), std::less_equal<>());
        });
    };
    Random random(3);
    std::vector<Front> runs(5);
    for (Front& run : runs) {
        for (int i = 0; i < 6; ++i) {
            Objectives point;
            for (int k = 0; k < 3; ++k) point.push_back(static_cast<double>(random.below(6)));
            run.push_back(point);
        }
    }
    for (std::size_t needed = 1; needed <= 5; ++needed) {
        const Front surface = attainment_surface(runs, needed);
        for (double x = 0; x < 6; ++x) {
            for (double y = 0; y < 6; ++y) {
                for (double z = 0; z < 6; ++z) {
                    const Objectives goal{x, y, z};
                    const auto count =
                        std::ranges::count_if(runs, [&](const Front& run) { return attains(run, goal); });
                    ASSERT_EQ(attains(surface, goal), count >= static_cast<std::ptrdiff_t>(needed))
                        << x << ' ' << y << ' ' << z << ", at least " << needed;
                }
            }
        }
    }
}

TEST(EpsilonSample, KeepsOnePointOfEachBoxOnTheFrontOfBoxes) {
    Front front;
    for (int i = 0; i <= 1000; ++i) front.push_back({i / 1000.0, std::pow(1.0 - i / 1000.0, 2)});
    const std::vector<std::size_t> sample = epsilon_sample(front, 0.1);
    EXPECT_GE(sample.size(), 5U);
    EXPECT_LE(sample.size(), 20U);
    EXPECT_TRUE(std::ranges::is_sorted(sample));
    // Whatever was left out is within a box of something kept.
    Front kept;
    for (const std::size_t index : sample) kept.push_back(front[index]);
    EXPECT_LE(additive_epsilon(kept, front), 0.1 + 1e-12);
    EXPECT_EQ(epsilon_sample(front, 1.0).size(), 1U) << "only the ends lie outside the first box";
    EXPECT_TRUE(epsilon_sample(Front{}, 0.1).empty());
    EXPECT_EQ(epsilon_sample(Front{{2, 2}}, 0.1), (std::vector<std::size_t>{0}));
}

TEST(EpsilonSample, PrefersThePointNearestTheBestCorner) {
    const Front front = {{0, 10}, {5.9, 5.1}, {5.2, 5.3}, {10, 0}};
    EXPECT_EQ(epsilon_sample(front, 0.5), (std::vector<std::size_t>{0, 2, 3}));
    EXPECT_EQ(epsilon_sample(front, 0.015), (std::vector<std::size_t>{0, 1, 2, 3})) << "a box each";
}

} // namespace
} // namespace tandem
