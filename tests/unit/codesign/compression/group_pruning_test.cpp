#include "tandem/codesign/compression/group_pruning.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "tandem/network/topologies/topologies.h"

namespace tandem {
namespace {

/// One convolution of 1 filter over 2 channels with 1 x 2 weights, and a dense layer of 2 x 2. Weights of a
/// filter lie in ONNX's order (channel, column): in memory 1, 3, 2, 4.
Network two_layers() {
    Network network;
    network.name = "two layers";
    network.inputs = {"input"};
    network.outputs = {"logits"};
    network.shapes = {{"input", {kBatch, 2, 1, 3}}};
    network.parameters = {{"w", {.shape = {1, 2, 1, 2}, .values = std::vector{1.0F, 2.0F, 3.0F, 4.0F}}},
                          {"d", {.shape = {2, 2}, .values = std::vector{0.5F, -6.0F, 7.0F, 8.0F}}}};
    network.nodes = {
        {.name = "conv", .type = "Conv", .inputs = {"input", "w"}, .outputs = {"a"}, .attributes = {}},
        {.name = "flat", .type = "Flatten", .inputs = {"a"}, .outputs = {"b"}, .attributes = {}},
        {.name = "dense", .type = "Gemm", .inputs = {"b", "d"}, .outputs = {"logits"}, .attributes = {}}};
    return *infer_shapes(std::move(network), "test");
}

TEST(GroupPruning, TakesTheLeastWeightsOfAllLayers) {
    // 3 of 8: 0.5, 1, 2.
    const WeightMasks masks = prune_groups(two_layers(), 1, 0.375);
    EXPECT_EQ(masks.at("w"), (std::vector<std::uint8_t>{0, 0, 1, 1}));
    EXPECT_EQ(masks.at("d"), (std::vector<std::uint8_t>{0, 1, 1, 1}));
}

TEST(GroupPruning, TakesNeighboursInMemoryTogether) {
    // Pairs in memory: (1, 3) of norm 3.2, (2, 4) of 4.5, (0.5, -6) of 6.0, (7, 8) of 10.6.
    const WeightMasks masks = prune_groups(two_layers(), 2, 0.25);
    EXPECT_EQ(masks.at("w"), (std::vector<std::uint8_t>{0, 1, 0, 1}));
    EXPECT_EQ(masks.at("d"), (std::vector<std::uint8_t>{1, 1, 1, 1}));
}

TEST(GroupPruning, LeavesEachLayerItsLargestGroup) {
    const WeightMasks masks = prune_groups(two_layers(), 1, 1.0);
    EXPECT_EQ(masks.at("w"), (std::vector<std::uint8_t>{0, 0, 0, 1}));
    EXPECT_EQ(masks.at("d"), (std::vector<std::uint8_t>{0, 0, 0, 1}));
}

TEST(GroupPruning, ClosesNoLayerWhoseWeightsAreSmallThroughout) {
    // Batch normalisation makes up for any scale: how large a layer's weights are says nothing of its worth.
    Network network =
        find_topology("resnet8")->build({.input_shape = {kBatch, 1, 8, 8}, .classes = 10, .seed = 1});
    const Node& small = *layers(network)[4];
    auto& weights = std::get<std::vector<float>>(network.parameters.at(small.inputs[1]).values);
    for (float& weight : weights) weight *= 1e-3F;
    const WeightMasks masks = prune_groups(network, 4, 0.9);
    std::size_t pruned = 0;
    std::size_t all = 0;
    for (const auto& [name, mask] : masks) {
        pruned += static_cast<std::size_t>(std::count(mask.begin(), mask.end(), 0));
        all += mask.size();
    }
    EXPECT_NEAR(static_cast<double>(pruned) / static_cast<double>(all), 0.9, 0.001);
    const std::vector<std::uint8_t>& mask = masks.at(small.inputs[1]);
    const auto kept = static_cast<double>(std::count(mask.begin(), mask.end(), 1));
    EXPECT_NEAR(kept / static_cast<double>(mask.size()), 0.025,
                0.002); // a quarter of what all keep on average
}

TEST(GroupPruning, AMaskedNetworkLiesUnderItsMasks) {
    const Network network = two_layers();
    const WeightMasks masks = prune_groups(network, 1, 0.375);
    const Network sparse = masked(network, masks);
    EXPECT_EQ(float_values(*sparse.parameter("w")), (std::vector{0.0F, 0.0F, 3.0F, 4.0F}));
    EXPECT_EQ(zero_masks(sparse), masks);
}

} // namespace
} // namespace tandem
