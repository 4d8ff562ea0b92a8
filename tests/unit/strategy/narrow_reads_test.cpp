#include "tandem/strategy/narrow_reads.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "../network_builder.h"
#include "tandem/network/topologies/topologies.h"

namespace tandem {
namespace {

/// Its blocks add to one another all the way to the last layer.
Network resnet() {
    return find_topology("resnet20")->build({.input_shape = {kBatch, 1, 8, 8}, .classes = 3, .seed = 1});
}

/// Four bits, eight in the first and the last layer.
Strategy strategy_for(const Network& network) {
    Strategy strategy = uniform_strategy(network, 4, 4);
    strategy.layers.front().activation_bits = strategy.layers.back().activation_bits = 8;
    return strategy;
}

TEST(NarrowReads, GetAClipWhereMoreBitsAreStored) {
    const Network network = resnet();
    const Strategy strategy = strategy_for(network);
    const Network split = split_narrow_reads(network, strategy);
    EXPECT_TRUE(validate(split, "split"));
    EXPECT_GT(split.nodes.size(), network.nodes.size());
    for (const Node* layer : layers(split)) {
        const auto found = std::find_if(strategy.layers.begin(), strategy.layers.end(),
                                        [&](const LayerStrategy& any) { return any.layer == layer->name; });
        EXPECT_EQ(stored_bits(split, strategy, layer->inputs.front()), found->activation_bits) << layer->name;
    }
}

TEST(NarrowReads, OfOneTensorAtOneWidthShareTheirClip) {
    NetworkBuilder build({4, 5, 5}, 1);
    const std::string relu = build.relu(build.conv("input", {4, 4, 1, 1}));
    const std::string left = build.conv(relu, {4, 4, 1, 1});
    const std::string right = build.conv(relu, {4, 4, 1, 1});
    const std::string wide = build.conv(relu, {4, 4, 1, 1});
    const Network network = build.finish(build.add("Add", {build.add("Add", {left, right}), wide}));
    Strategy strategy = uniform_strategy(network, 4, 4);
    strategy.layers[3].activation_bits = 8;
    const Network split = split_narrow_reads(network, strategy);
    EXPECT_EQ(split.nodes.size(), network.nodes.size() + 1);
    EXPECT_EQ(layers(split)[1]->inputs.front(), layers(split)[2]->inputs.front());
    EXPECT_EQ(layers(split)[3]->inputs.front(), relu);
}

TEST(NarrowReads, LeaveANetworkOfOneWidthAsItIs) {
    const Network network = resnet();
    EXPECT_EQ(split_narrow_reads(network, uniform_strategy(network, 4, 4)), network);
}

TEST(SeparateReads, LetEveryLayerReadAtItsOwnWidth) {
    const Network network = resnet();
    const Network separated = separate_reads(network);
    EXPECT_TRUE(validate(separated, "separated"));
    Strategy strategy = uniform_strategy(network, 4, 4);
    for (std::size_t i = 0; i < strategy.layers.size(); ++i) {
        strategy.layers[i].activation_bits = 1 + static_cast<int>(i % 8);
    }
    const std::vector<const Node*> all = layers(separated);
    for (std::size_t i = 0; i < all.size(); ++i) {
        EXPECT_EQ(stored_bits(separated, strategy, all[i]->inputs.front()), 1 + static_cast<int>(i % 8));
    }
}

TEST(SeparateReads, LeaveALayerAloneThatReadsAlone) {
    NetworkBuilder build({4, 5, 5}, 1);
    const std::string first = build.relu(build.conv("input", {4, 4, 1, 1}));
    const Network network = build.finish(build.conv(first, {4, 4, 1, 1}));
    EXPECT_EQ(separate_reads(network), network);
}

} // namespace
} // namespace tandem
