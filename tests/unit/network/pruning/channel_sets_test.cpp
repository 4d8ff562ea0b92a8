#include "tandem/network/pruning/channel_sets.h"

#include <algorithm>
#include <set>

#include <gtest/gtest.h>

#include "tandem/network/rewrites/rewrites.h"
#include "tandem/network/topologies/topologies.h"
#include "unit/network/reference_evaluator.h"
#include "unit/network/sketch.h"

namespace tandem {
namespace {

using sketch::node;
using sketch::ramp;

std::vector<float>& values_of(Network& network, const std::string& name) {
    return std::get<std::vector<float>>(network.parameters.at(name).values);
}

/// The network whose channels carry on to a bias-free reader, so that a silent channel is one that may go.
Network residual_block() {
    std::map<std::string, Parameter> parameters{{"w1", ramp({3, 2, 3, 3})}, {"w2", ramp({3, 3, 1, 1})},
                                                {"wd", ramp({3, 1, 3, 3})}, {"bd", ramp({3})},
                                                {"wg", ramp({4, 12})},      {"bg", ramp({4})}};
    sketch::add_normalization(parameters, "bn", 3);
    return sketch::drawn(
        {.input = {kBatch, 2, 6, 6},
         .nodes = {node("first", "Conv", {"input", "w1"}), sketch::normalization("bn", "first"),
                   node("relu", "Relu", {"bn"}), node("second", "Conv", {"relu", "w2"}),
                   node("sum", "Add", {"second", "relu"}),
                   node("depthwise", "Conv", {"sum", "wd", "bd"}, {{"group", std::int64_t{3}}}),
                   node("flat", "Flatten", {"depthwise"}),
                   node("dense", "Gemm", {"flat", "wg", "bg"}, {{"transB", std::int64_t{1}}})},
         .parameters = std::move(parameters)});
}

TEST(ChannelSets, FollowAChannelFromItsFilterToWhatReadsIt) {
    const Network network = residual_block();
    const ChannelSets sets(network);
    const std::vector<std::size_t>& channels = sets.of("first");
    EXPECT_EQ(std::set(channels.begin(), channels.end()).size(), 3U);
    for (const char* tensor : {"bn", "relu", "second", "sum", "depthwise"}) {
        EXPECT_EQ(sets.of(tensor), channels) << tensor;
    }
    // 2 x 2 positions of each channel are features of the vector.
    std::vector<std::size_t> features;
    for (const std::size_t set : channels) features.insert(features.end(), 4, set);
    EXPECT_EQ(sets.of("flat"), std::vector<std::size_t>(features.begin(), features.end()));
    for (const std::size_t set : channels) EXPECT_TRUE(sets.is_removable(set));
    for (const char* tensor : {"input", "dense"}) {
        for (const std::size_t set : sets.of(tensor)) EXPECT_FALSE(sets.is_removable(set)) << tensor;
    }
}

TEST(ChannelSets, RemovingAChannelThatNothingReadsChangesNoResult) {
    Network network = residual_block();
    // Channel 1 is read by the second convolution and by the dense layer.
    for (std::size_t output = 0; output < 3; ++output) values_of(network, "w2")[3 * output + 1] = 0.0F;
    for (std::size_t output = 0; output < 4; ++output) {
        for (std::size_t position = 0; position < 4; ++position) {
            values_of(network, "wg")[12 * output + 4 + position] = 0.0F;
        }
    }
    const ChannelSets sets(network);
    RemovedSets removed(sets.count(), false);
    removed[sets.of("relu")[1]] = true;
    const Network smaller = remove_channels(network, sets, removed);
    EXPECT_EQ(smaller.parameter("w1")->shape, (Shape{2, 2, 3, 3}));
    EXPECT_EQ(smaller.parameter("w2")->shape, (Shape{2, 2, 1, 1}));
    EXPECT_EQ(smaller.parameter("wd")->shape, (Shape{2, 1, 3, 3}));
    EXPECT_EQ(smaller.parameter("bn.mean")->shape, (Shape{2}));
    EXPECT_EQ(smaller.parameter("wg")->shape, (Shape{4, 8}));
    sketch::expect_same_results(network, smaller);
}

TEST(ChannelSets, ConcatenatedChannelsStayApart) {
    const Network network = sketch::drawn(
        {.input = {kBatch, 2, 3, 3},
         .nodes = {node("left", "Conv", {"input", "wl"}), node("right", "Conv", {"input", "wr"}),
                   node("both", "Concat", {"left", "right"}, {{"axis", std::int64_t{1}}}),
                   node("last", "Conv", {"both", "w"})},
         .parameters = {{"wl", ramp({2, 2, 1, 1})}, {"wr", ramp({3, 2, 1, 1})}, {"w", ramp({1, 5, 1, 1})}}});
    const ChannelSets sets(network);
    RemovedSets removed(sets.count(), false);
    removed[sets.of("right")[0]] = true;
    const Network smaller = remove_channels(network, sets, removed);
    EXPECT_EQ(smaller.parameter("wl")->shape, (Shape{2, 2, 1, 1}));
    EXPECT_EQ(smaller.parameter("wr")->shape, (Shape{2, 2, 1, 1}));
    const std::vector<float>& before = float_values(*network.parameter("w"));
    EXPECT_EQ(float_values(*smaller.parameter("w")),
              (std::vector{before[0], before[1], before[3], before[4]}));
}

TEST(ChannelSets, WhatAnUnknownOperatorTouchesStays) {
    const Network network = sketch::drawn(
        {.input = {kBatch, 2, 3, 3},
         .nodes = {node("first", "Conv", {"input", "w"}),
                   node("turned", "Transpose", {"first"}, {{"perm", sketch::List{0, 2, 1, 3}}})},
         .parameters = {{"w", ramp({2, 2, 1, 1})}}});
    const ChannelSets sets(network);
    for (const std::size_t set : sets.of("first")) EXPECT_FALSE(sets.is_removable(set));
}

TEST(ChannelSets, AReshapeToAVectorIsToldItsNewExtent) {
    const Network network = sketch::drawn(
        {.input = {kBatch, 1, 2, 2},
         .nodes = {node("first", "Conv", {"input", "w"}), node("flat", "Reshape", {"first", "extents"}),
                   node("dense", "Gemm", {"flat", "wg"})},
         .parameters = {
             {"w", ramp({3, 1, 1, 1})}, {"extents", sketch::integers({0, 12})}, {"wg", ramp({12, 2})}}});
    const ChannelSets sets(network);
    RemovedSets removed(sets.count(), false);
    removed[sets.of("first")[2]] = true;
    const Network smaller = remove_channels(network, sets, removed);
    EXPECT_EQ(smaller.shape("flat"), (Shape{kBatch, 8}));
    EXPECT_EQ(smaller.parameter("wg")->shape, (Shape{8, 2}));
}

/// Of each kind of topology one filter of every layer that has a removable one goes, and what is left is a
/// network.
TEST(ChannelSets, TopologiesLoseFilters) {
    for (const char* name : {"dscnn", "lenet5", "mobilenetv2", "resnet8", "squeezenet11"}) {
        const Topology* topology = find_topology(name);
        ASSERT_NE(topology, nullptr) << name;
        const std::int64_t extent = std::max<std::int64_t>(topology->minimum_rows, 32);
        const Network network = topology->build({.input_shape = {kBatch, 3, extent, extent}, .classes = 10});
        const ChannelSets sets(network);
        RemovedSets removed(sets.count(), false);
        std::size_t count = 0;
        for (const Node* layer : layers(network)) {
            const std::vector<std::size_t>& channels = sets.of(layer->outputs.front());
            const bool has_lost =
                std::any_of(channels.begin(), channels.end(), [&](std::size_t set) { return removed[set]; });
            if (has_lost || !sets.is_removable(channels.front()) || channels.size() < 2) continue;
            removed[channels.front()] = true;
            ++count;
        }
        EXPECT_GT(count, 2U) << name;
        const Network smaller = remove_channels(network, sets, removed);
        EXPECT_EQ(smaller.shape(smaller.outputs.front()), network.shape(network.outputs.front())) << name;
    }
}

} // namespace
} // namespace tandem
