#include "tandem/search/front.h"

#include <limits>

#include <gtest/gtest.h>

#include "tandem/core/check.h"
#include "tandem/core/random.h"

namespace tandem {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

Evaluation with(Objectives objectives, double violation = 0.0) {
    Evaluation evaluation;
    evaluation.objectives = std::move(objectives);
    evaluation.violation = violation;
    return evaluation;
}

Evaluation misfit() {
    Evaluation evaluation;
    evaluation.infeasible = Infeasible{"too large"};
    return evaluation;
}

TEST(Dominance, NeedsOneObjectiveBetterAndNoneWorse) {
    EXPECT_TRUE(dominates(with({1, 2}), with({1, 3})));
    EXPECT_FALSE(dominates(with({1, 3}), with({1, 2})));
    EXPECT_FALSE(dominates(with({1, 3}), with({2, 2})));
    EXPECT_FALSE(dominates(with({2, 2}), with({1, 3})));
    EXPECT_FALSE(dominates(with({1, 2}), with({1, 2})));
}

TEST(Dominance, PutsLessViolationFirstWhateverTheObjectives) {
    EXPECT_TRUE(dominates(with({9, 9}), with({1, 1}, 0.5)));
    EXPECT_FALSE(dominates(with({1, 1}, 0.5), with({9, 9})));
    EXPECT_TRUE(dominates(with({9, 9}, 0.1), with({1, 1}, 0.5)));
    EXPECT_TRUE(dominates(with({1, 1}, 0.5), with({1, 2}, 0.5))) << "equal violations: the objectives decide";
}

TEST(Dominance, PutsDesignsWithoutObjectivesLast) {
    EXPECT_TRUE(dominates(with({9, 9}, 1e9), misfit()));
    EXPECT_FALSE(dominates(misfit(), with({9, 9}, 1e9)));
    EXPECT_FALSE(dominates(misfit(), misfit()));
}

TEST(Dominance, RefusesEvaluationsOfDifferentObjectives) {
    EXPECT_THROW(static_cast<void>(dominates(with({1}), with({1, 2}))), InternalError);
}

TEST(NonDominatedRanks, PeelsFrontAfterFront) {
    const std::vector<Evaluation> evaluations = {with({3, 3}),      with({1, 4}), with({2, 2}),
                                                 with({4, 1}),      with({4, 4}), with({2, 2}),
                                                 with({0, 0}, 0.2), misfit(),     with({0, 0}, 0.1)};
    EXPECT_EQ(non_dominated_ranks(evaluations), (std::vector<std::size_t>{1, 0, 0, 0, 2, 0, 4, 5, 3}));
    EXPECT_TRUE(non_dominated_ranks({}).empty());
}

/// The definition, and nothing else: rank k is what no other evaluation of rank k or more dominates.
std::vector<std::size_t> ranks_by_definition(const std::vector<Evaluation>& evaluations) {
    constexpr std::size_t kUnranked = std::numeric_limits<std::size_t>::max();
    std::vector<std::size_t> ranks(evaluations.size(), kUnranked);
    std::size_t left = evaluations.size();
    for (std::size_t rank = 0; left > 0; ++rank) {
        std::vector<std::size_t> front;
        for (std::size_t i = 0; i < evaluations.size(); ++i) {
            bool is_dominated = ranks[i] != kUnranked;
            for (std::size_t j = 0; j < evaluations.size() && !is_dominated; ++j) {
                is_dominated = ranks[j] == kUnranked && dominates(evaluations[j], evaluations[i]);
            }
            if (!is_dominated) front.push_back(i);
        }
        for (const std::size_t i : front) ranks[i] = rank;
        left -= front.size();
    }
    return ranks;
}

TEST(NonDominatedRanks, EqualTheDefinitionOnRandomEvaluations) {
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
        Random random(seed);
        const std::size_t objectives = 1 + random.below(5);
        std::vector<Evaluation> evaluations(random.below(60));
        for (Evaluation& evaluation : evaluations) {
            if (random.below(10) == 0) {
                evaluation = misfit();
                continue;
            }
            // Few values, so that ties and duplicates are common.
            for (std::size_t i = 0; i < objectives; ++i) {
                evaluation.objectives.push_back(static_cast<double>(random.below(6)));
            }
            if (random.below(4) == 0) evaluation.violation = static_cast<double>(1 + random.below(3));
        }
        const std::vector<std::size_t> expected = ranks_by_definition(evaluations);
        ASSERT_EQ(non_dominated_ranks(evaluations), expected) << "seed " << seed;

        const auto is_feasible = [&](std::size_t i) {
            return !evaluations[i].infeasible && evaluations[i].violation == 0.0;
        };
        std::vector<std::size_t> feasible_front;
        for (std::size_t i = 0; i < evaluations.size(); ++i) {
            bool belongs = expected[i] == 0 && is_feasible(i);
            for (std::size_t j = 0; j < i; ++j) {
                belongs =
                    belongs && !(is_feasible(j) && evaluations[j].objectives == evaluations[i].objectives);
            }
            if (belongs) feasible_front.push_back(i);
        }
        ASSERT_EQ(front_indices(evaluations), feasible_front) << "seed " << seed;
    }
}

TEST(FrontIndices, KeepFeasibleOnesAndOfEqualOnesTheFirst) {
    const std::vector<Evaluation> evaluations = {misfit(),     with({0, 0}, 1), with({2, 1}),
                                                 with({1, 2}), with({2, 1}),    with({2, 2})};
    EXPECT_EQ(front_indices(evaluations), (std::vector<std::size_t>{2, 3}));
    EXPECT_TRUE(front_indices(std::vector<Evaluation>{misfit(), with({1, 1}, 0.1)}).empty());
}

TEST(CrowdingDistances, AddNormalisedGapsAndSpareTheEnds) {
    // First objective: range 4, gaps 3-0 and 4-1. Second: range 8, gaps 8-2 and 4-0.
    const std::vector<Objectives> front = {{0, 8}, {1, 4}, {3, 2}, {4, 0}};
    const std::vector<double> distances = crowding_distances(front);
    EXPECT_EQ(distances, (std::vector<double>{kInfinity, 3.0 / 4 + 6.0 / 8, 3.0 / 4 + 4.0 / 8, kInfinity}));
}

TEST(CrowdingDistances, AreInfiniteForOneAndTwo) {
    EXPECT_EQ(crowding_distances(std::vector<Objectives>{{1, 1}}), std::vector<double>{kInfinity});
    EXPECT_EQ(crowding_distances(std::vector<Objectives>{{1, 1}, {1, 1}}),
              (std::vector<double>{kInfinity, kInfinity}));
    EXPECT_TRUE(crowding_distances({}).empty());
}

TEST(CrowdingDistances, IgnoreAnObjectiveWithoutRange) {
    const std::vector<Objectives> front = {{0, 5}, {1, 5}, {2, 5}};
    EXPECT_EQ(crowding_distances(front), (std::vector<double>{kInfinity, 1.0, kInfinity}));
    EXPECT_EQ(crowding_distances(std::vector<Objectives>(3)), (std::vector<double>{0.0, 0.0, 0.0}));
}

TEST(BalancedChoice, IsFarthestFromTheWorstCorner) {
    // Scaled: (0, 1), (0.25, 0.25), (1, 0); from (1, 1) the middle one lies sqrt(2) * 0.75 = 1.06 away.
    EXPECT_EQ(balanced_choice(std::vector<Objectives>{{10, 8}, {20, 2}, {50, 0}}), 1U);
    // Scaled: (0, 1), (0.5, 0.5), (1, 0); the middle one lies 0.71 away, the ends 1; the first end wins.
    EXPECT_EQ(balanced_choice(std::vector<Objectives>{{0, 2}, {1, 1}, {2, 0}}), 0U);
}

TEST(BalancedChoice, ManagesOnePointAndAnObjectiveWithoutRange) {
    EXPECT_EQ(balanced_choice(std::vector<Objectives>{{3, 4}}), 0U);
    EXPECT_EQ(balanced_choice(std::vector<Objectives>{{7, 4, 9}, {7, 3, 9}}), 1U);
    EXPECT_THROW(static_cast<void>(balanced_choice({})), InternalError);
}

} // namespace
} // namespace tandem
