#include "tandem/search/choices/choice_program.h"

#include <limits>

#include <gtest/gtest.h>

#include "tandem/core/random.h"

namespace tandem {
namespace {

class ChoicePrograms : public testing::Test {
  protected:
    void SetUp() override {
        if (const auto solver = find_integer_solver(); !solver) GTEST_SKIP() << to_string(solver.error());
    }
};

TEST_F(ChoicePrograms, TakesTheLeastLossThatKeepsTheBound) {
    // 1 + 8 saves 5, 4 + 2 saves 5: the second loses less.
    const ChoiceProgram program{.groups = {{{0.0, {0.0}}, {1.0, {-2.0}}, {4.0, {-4.0}}},
                                           {{0.0, {0.0}}, {2.0, {-1.0}}, {8.0, {-3.0}}}},
                                .bounds = {-5.0}};
    EXPECT_EQ(solve_choices(program), (std::vector<std::size_t>{2, 1}));
}

TEST_F(ChoicePrograms, SaysSoWhereNothingKeepsTheBounds) {
    const ChoiceProgram program{.groups = {{{0.0, {1.0}}, {1.0, {2.0}}}}, .bounds = {0.5}};
    EXPECT_EQ(solve_choices(program), std::nullopt);
}

TEST_F(ChoicePrograms, NeedsNoBoundAndNoGroup) {
    EXPECT_EQ(solve_choices({.groups = {{{1.0, {}}, {0.5, {}}}}, .bounds = {}}),
              (std::vector<std::size_t>{1}));
    EXPECT_EQ(solve_choices({.groups = {}, .bounds = {}}), std::vector<std::size_t>{});
}

TEST_F(ChoicePrograms, AgreesWithTryingEveryCombination) {
    constexpr std::size_t kGroups = 4;
    constexpr std::size_t kChoices = 4;
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
        Random random(seed);
        const auto draw = [&] { return static_cast<double>(random.below(100)) - 20.0; };
        ChoiceProgram program{.groups = {}, .bounds = {draw() + 60.0, draw() + 60.0}};
        for (std::size_t group = 0; group < kGroups; ++group) {
            std::vector<Choice>& choices = program.groups.emplace_back();
            for (std::size_t i = 0; i < kChoices; ++i) choices.push_back({draw(), {draw(), draw()}});
        }
        const auto add_up = [&](const std::vector<std::size_t>& chosen) {
            Choice sum{.loss = 0.0, .costs = {0.0, 0.0}};
            for (std::size_t group = 0; group < kGroups; ++group) {
                const Choice& choice = program.groups[group][chosen[group]];
                sum.loss += choice.loss;
                for (std::size_t cost = 0; cost < 2; ++cost) sum.costs[cost] += choice.costs[cost];
            }
            return sum;
        };
        const auto keeps = [&](const Choice& sum) {
            return sum.costs[0] <= program.bounds[0] && sum.costs[1] <= program.bounds[1];
        };
        double least = std::numeric_limits<double>::infinity();
        for (std::size_t i = 0; i < kChoices * kChoices * kChoices * kChoices; ++i) {
            const Choice sum = add_up({i % 4, i / 4 % 4, i / 16 % 4, i / 64});
            if (keeps(sum)) least = std::min(least, sum.loss);
        }
        const auto solved = solve_choices(program);
        ASSERT_EQ(solved.has_value(), least != std::numeric_limits<double>::infinity()) << "seed " << seed;
        if (!solved) continue;
        EXPECT_TRUE(keeps(add_up(*solved))) << "seed " << seed;
        EXPECT_EQ(add_up(*solved).loss, least) << "seed " << seed;
    }
}

} // namespace
} // namespace tandem
