#include "tandem/codesign/compression/filter_pruning.h"

#include <gtest/gtest.h>

#include "tandem/network/rewrites/rewrites.h"
#include "tandem/network/topologies/topologies.h"
#include "tandem/workload/resident_memory.h"

namespace tandem {
namespace {

/// Two 1x1 convolutions of three filters each, then two outputs that stay.
Network two_convolutions(const std::vector<float>& first, const std::vector<float>& second) {
    Network network;
    network.name = "two convolutions";
    network.inputs = {"input"};
    network.outputs = {"logits"};
    network.shapes = {{"input", {kBatch, 1, 16, 16}}};
    network.parameters = {{"w1", {.shape = {3, 1, 1, 1}, .values = first}},
                          {"w2", {.shape = {3, 3, 1, 1}, .values = second}},
                          {"w3", {.shape = {2, 3, 1, 1}, .values = std::vector(6, 1.0F)}}};
    network.nodes = {
        {.name = "one", .type = "Conv", .inputs = {"input", "w1"}, .outputs = {"a"}, .attributes = {}},
        {.name = "two", .type = "Conv", .inputs = {"a", "w2"}, .outputs = {"b"}, .attributes = {}},
        {.name = "three", .type = "Conv", .inputs = {"b", "w3"}, .outputs = {"logits"}, .attributes = {}}};
    return *infer_shapes(std::move(network), "test");
}

TEST(FilterPruning, TakesTheLeastFilterOfTheLayerOfLeastMeanMagnitude) {
    // Means 2 and 1: the second layer loses its second filter (0.3), although the first has one of 0.1.
    const Network network =
        two_convolutions({0.1F, 2.9F, 3.0F}, {1.0F, 1.0F, 1.0F, 0.1F, -0.1F, 0.1F, 2.0F, 1.7F, 2.0F});
    const std::int64_t before = resident_kibibytes(resident_elements(prepare_for_deployment(network)), 16);
    const FilterPruning pruning = prune_filters(network, network, 16, before - 1);
    EXPECT_TRUE(pruning.fits);
    ASSERT_EQ(pruning.removed_filters, 1);
    EXPECT_EQ(pruning.network.parameter("w1")->shape, (Shape{3, 1, 1, 1}));
    EXPECT_EQ(float_values(*pruning.network.parameter("w2")),
              (std::vector{1.0F, 1.0F, 1.0F, 2.0F, 1.7F, 2.0F}));
    EXPECT_EQ(pruning.network.parameter("w3")->shape, (Shape{2, 2, 1, 1}));
}

TEST(FilterPruning, SaysHowFarItCame) {
    const Network network = two_convolutions(std::vector(3, 1.0F), std::vector(9, 1.0F));
    const FilterPruning pruning = prune_filters(network, network, 16, 1);
    EXPECT_FALSE(pruning.fits);
    EXPECT_EQ(pruning.removed_filters, 4);
    EXPECT_EQ(pruning.network.parameter("w2")->shape, (Shape{1, 1, 1, 1}));
    EXPECT_EQ(pruning.kibibytes,
              resident_kibibytes(resident_elements(prepare_for_deployment(pruning.network)), 16));
}

TEST(FilterPruning, AResNetShrinksWithItsResiduals) {
    const Network network =
        find_topology("resnet8")->build({.input_shape = {kBatch, 1, 28, 28}, .classes = 10});
    const FilterPruning pruning = prune_filters(network, network, 8, 48);
    EXPECT_TRUE(pruning.fits);
    EXPECT_LT(count_filters(pruning.network), count_filters(network));
    for (const Node* layer : layers(pruning.network)) {
        EXPECT_GE(4 * pruning.network.shape(layer->outputs.front())[1],
                  network.shape(layer->outputs.front())[1])
            << layer->name;
    }
    EXPECT_EQ(pruning.network.shape(pruning.network.outputs.front()), (Shape{kBatch, 10}));
}

} // namespace
} // namespace tandem
