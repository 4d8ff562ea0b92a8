#include "tandem/codesign/compression/group_pruning.h"

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
    // 3 of 8: 0.5, 1, 2, which have the least shares of what is left of their layers.
    const WeightMasks masks = prune_groups(two_layers(), 1, 0.375);
    EXPECT_EQ(masks.at("w"), (std::vector<std::uint8_t>{0, 0, 1, 1}));
    EXPECT_EQ(masks.at("d"), (std::vector<std::uint8_t>{0, 1, 1, 1}));
}

TEST(GroupPruning, TakesNeighboursInMemoryTogether) {
    // Pairs in memory with their squared norms: (1, 3) 10 and (2, 4) 20, so (1, 3) has a third of its
    // layer's; (0.5, -6) 36.25 and (7, 8) 113, so (0.5, -6) has less than a quarter.
    const WeightMasks first = prune_groups(two_layers(), 2, 0.25);
    EXPECT_EQ(first.at("w"), (std::vector<std::uint8_t>{1, 1, 1, 1}));
    EXPECT_EQ(first.at("d"), (std::vector<std::uint8_t>{0, 0, 1, 1}));
    const WeightMasks second = prune_groups(two_layers(), 2, 0.5);
    EXPECT_EQ(second.at("w"), (std::vector<std::uint8_t>{0, 1, 0, 1}));
    EXPECT_EQ(second.at("d"), first.at("d"));
}

TEST(GroupPruning, LeavesEachLayerItsLargestGroup) {
    const WeightMasks masks = prune_groups(two_layers(), 1, 1.0);
    EXPECT_EQ(masks.at("w"), (std::vector<std::uint8_t>{0, 0, 0, 1}));
    EXPECT_EQ(masks.at("d"), (std::vector<std::uint8_t>{0, 0, 0, 1}));
}

TEST(GroupPruning, DoesNotSeeHowLargeTheWeightsOfALayerAre) {
    Network network =
        find_topology("resnet8")->build({.input_shape = {kBatch, 1, 8, 8}, .classes = 10, .seed = 1});
    const WeightMasks masks = prune_groups(network, 4, 0.9);
    const Node& small = *layers(network)[4];
    auto& weights = std::get<std::vector<float>>(network.parameters.at(small.inputs[1]).values);
    for (float& weight : weights) weight *= 0x1p-10F;
    EXPECT_EQ(prune_groups(network, 4, 0.9), masks);
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
