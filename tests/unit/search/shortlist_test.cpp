#include "tandem/search/shortlist.h"

#include <gtest/gtest.h>

namespace tandem {
namespace {

Evaluation at(Objectives objectives, double violation = 0.0) {
    return {.objectives = std::move(objectives), .violation = violation, .infeasible = {}, .details = {}};
}

Evaluation unfit() {
    return {.objectives = {}, .violation = 0.0, .infeasible = Infeasible{"no room"}, .details = {}};
}

/// A front of four, one design behind it, and two that are not acceptable.
std::vector<Evaluation> designs() {
    return {at({0, 10}), unfit(), at({1, 4}), at({5, 2}), at({0, 0}, 0.5), at({10, 0}), at({6, 6})};
}

const auto kAny = [](std::size_t) { return true; };

TEST(Shortlist, BeginsWithTheBalancedChoiceAndGoesOnByHypervolumeRankByRank) {
    // Scaled by 10, 1.1 being the worst. From the corner (1, 0.4 at 2) lies 1.08 away, the ends 1. Beside it
    // 3 adds 0.54 - 0.42 = 0.12, 5 adds 0.04 and 0 adds 0.01; then 5 adds 0.02.
    EXPECT_EQ(pick_shortlist(designs(), 10, kAny), (std::vector<std::size_t>{2, 3, 5, 0, 6}));
    EXPECT_EQ(pick_shortlist(designs(), 2, kAny), (std::vector<std::size_t>{2, 3}));
}

TEST(Shortlist, PassesOverWhatMayNotBePickedAndAsksOnce) {
    std::vector<std::size_t> asked;
    const std::vector<std::size_t> picked = pick_shortlist(designs(), 3, [&](std::size_t design) {
        asked.push_back(design);
        return design != 3;
    });
    EXPECT_EQ(picked, (std::vector<std::size_t>{2, 5, 0}));
    EXPECT_EQ(asked, (std::vector<std::size_t>{2, 3, 5, 0}));
}

TEST(Shortlist, TakesTheBestOfOneObjective) {
    const std::vector<Evaluation> evaluations{at({0.4}), at({0.1}), at({0.3}), at({0.1}), at({0.2})};
    EXPECT_EQ(pick_shortlist(evaluations, 4, kAny), (std::vector<std::size_t>{1, 3, 4, 2}));
}

TEST(Shortlist, IsEmptyWhereNothingIsAcceptable) {
    EXPECT_TRUE(pick_shortlist(std::vector<Evaluation>{unfit(), at({1, 1}, 0.1)}, 3, kAny).empty());
    EXPECT_TRUE(pick_shortlist({}, 3, kAny).empty());
}

TEST(OrderByBalance, PutsRanksBeforeDistancesAndViolationsLast) {
    const ObjectiveBox box{.least = {0, 0}, .most = {10, 10}};
    // 0 and 2 dominate nothing of each other: (1, 0.5) and (0.9, 0.9) from the worst corner. 1 lies behind 2.
    const std::vector<Evaluation> evaluations{at({0, 5}), at({2, 2}), at({1, 1}), at({0, 0}, 0.2)};
    EXPECT_EQ(order_by_balance(evaluations, box), (std::vector<std::size_t>{2, 0, 1, 3}));
}

TEST(OrderByBalance, CountsNothingForWhatIsWorseThanTheBoxAllows) {
    const ObjectiveBox box{.least = {0, 0}, .most = {10, 10}};
    // Were its 40 squared, the second would win.
    EXPECT_EQ(order_by_balance(std::vector<Evaluation>{at({5, 5}), at({4, 40})}, box),
              (std::vector<std::size_t>{0, 1}));
}

} // namespace
} // namespace tandem
