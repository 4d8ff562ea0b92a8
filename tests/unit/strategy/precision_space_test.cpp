#include "tandem/strategy/precision_space.h"

#include <algorithm>
#include <set>

#include <gtest/gtest.h>

#include "tandem/network/topologies/topologies.h"

namespace tandem {
namespace {

const Network& network() {
    static const Network kNetwork =
        find_topology("lenet5")->build({.input_shape = {kBatch, 1, 28, 28}, .classes = 10, .seed = 1});
    return kNetwork;
}

const PrecisionSpace kSpace{.weight_bits = {1, 2, 4}, .activation_bits = {4, 8}, .first_last_bits = 8};

TEST(PrecisionSpace, UniformStrategiesTakeTheNearestWidthThatAnOperandHas) {
    const std::vector<Strategy> strategies = uniform_strategies(kSpace, network());
    ASSERT_EQ(strategies.size(), 4U); // 1, 2, 4, 8
    const auto middle = [&](std::size_t i) {
        return std::pair(strategies[i].layers[1].weight_bits, strategies[i].layers[1].activation_bits);
    };
    EXPECT_EQ(middle(0), std::pair(1, 4));
    EXPECT_EQ(middle(1), std::pair(2, 4));
    EXPECT_EQ(middle(2), std::pair(4, 4));
    EXPECT_EQ(middle(3), std::pair(4, 8));
    for (const Strategy& strategy : strategies) {
        EXPECT_EQ(strategy.layers.front().weight_bits, 8);
        EXPECT_EQ(strategy.layers.back().activation_bits, 8);
    }
    EXPECT_EQ(widest_strategy(kSpace, network()).layers, strategies.back().layers);
    EXPECT_EQ(narrowest_strategy(kSpace, network()).layers, strategies.front().layers);
}

TEST(PrecisionSpace, DrawsWhatItHoldsFromUniformToMixed) {
    Random random(1);
    std::set<std::pair<int, int>> seen;
    int uniform = 0;
    constexpr int kDraws = 300;
    for (int i = 0; i < kDraws; ++i) {
        const Strategy strategy = draw_strategy(kSpace, network(), random);
        ASSERT_TRUE(check_within(kSpace, strategy));
        std::set<std::pair<int, int>> own;
        for (std::size_t layer = 1; layer + 1 < strategy.layers.size(); ++layer) {
            own.emplace(strategy.layers[layer].weight_bits, strategy.layers[layer].activation_bits);
        }
        uniform += own.size() == 1 ? 1 : 0;
        seen.insert(own.begin(), own.end());
    }
    EXPECT_EQ(seen.size(), 6U);
    // Of two equal ends a third and a half come; other strategies rarely have one width by chance.
    EXPECT_GT(uniform, kDraws / 6);
    EXPECT_LT(uniform, kDraws / 2);
}

TEST(PrecisionSpace, RefusesWhatIsBeyondIt) {
    Strategy strategy = widest_strategy(kSpace, network());
    EXPECT_TRUE(check_within(kSpace, strategy));
    strategy.layers[0].weight_bits = 4;
    strategy.layers[2].activation_bits = 2;
    const Result<void> refused = check_within(kSpace, strategy);
    ASSERT_FALSE(refused);
    ASSERT_EQ(refused.error().problems.size(), 2U);
    EXPECT_EQ(refused.error().problems[0].expected, "8 bits");
    EXPECT_EQ(refused.error().problems[1].expected, "one of 4, 8 bits");
}

TEST(PrecisionSpace, HoldsItsPartsAlone) {
    const PrecisionSpace part{.weight_bits = {2}, .activation_bits = {4, 8}, .first_last_bits = 8};
    EXPECT_TRUE(check_within(kSpace, part, "job"));
    const PrecisionSpace other{.weight_bits = {2, 3}, .activation_bits = {4}, .first_last_bits = {}};
    const Result<void> refused = check_within(kSpace, other, "job");
    ASSERT_FALSE(refused);
    EXPECT_EQ(
        to_string(refused.error()),
        "job: space.weight_bits: found 3 bits, expected one of 1, 2, 4, which the supernet was trained for\n"
        "job: space.first_last_bits: found none, expected 8, which the supernet was trained for");
}

} // namespace
} // namespace tandem
