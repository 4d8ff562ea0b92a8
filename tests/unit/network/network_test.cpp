#include "tandem/network/network.h"

#include <gtest/gtest.h>

#include "tandem/core/check.h"
#include "unit/network/sketch.h"

namespace tandem {
namespace {

using sketch::node;

Network two_layers() {
    return sketch::drawn({.input = {kBatch, 2, 4, 4},
                          .nodes = {node("conv", "Conv", {"input", "w1"}), node("flat", "Flatten", {"conv"}),
                                    node("dense", "Gemm", {"flat", "w2"})},
                          .parameters = {{"w1", sketch::ramp({3, 2, 1, 1})}, {"w2", sketch::ramp({48, 5})}}});
}

TEST(Network, CountsTheElementsOfOneSample) {
    EXPECT_EQ(elements_per_sample({kBatch, 16, 28, 28}), 16 * 28 * 28);
    EXPECT_EQ(elements_per_sample({3, 4}), 12);
    EXPECT_EQ(elements_per_sample({}), 1);
}

TEST(Network, WritesShapesForPeople) {
    EXPECT_EQ(to_string(Shape{kBatch, 16, 28, 28}), "Nx16x28x28");
    EXPECT_EQ(to_string(Shape{}), "scalar");
}

TEST(Network, FindsWhoMakesAndWhoReadsATensor) {
    const Network network = two_layers();
    EXPECT_EQ(network.producer("flat")->name, "flat");
    EXPECT_EQ(network.producer("input"), nullptr);
    ASSERT_EQ(network.consumers("conv").size(), 1U);
    EXPECT_EQ(network.consumers("conv").front()->name, "flat");
    EXPECT_TRUE(network.consumers("dense").empty());
    EXPECT_EQ(network.shape("conv"), (Shape{kBatch, 3, 4, 4}));
    EXPECT_THROW(network.shape("w1"), InternalError);
    EXPECT_NE(network.parameter("w1"), nullptr);
    EXPECT_EQ(network.parameter("conv"), nullptr);
}

TEST(Network, ListsTheLayersInOrder) {
    const Network network = two_layers();
    const std::vector<const Node*> found = layers(network);
    ASSERT_EQ(found.size(), 2U);
    EXPECT_EQ(found[0]->name, "conv");
    EXPECT_EQ(found[1]->name, "dense");
}

TEST(Network, RefusesFloatsOfAnIntegerParameter) {
    EXPECT_THROW(float_values(sketch::integers({1})), InternalError);
}

TEST(ContentHash, TellsApartWhateverMatters) {
    const Network network = two_layers();
    Network weight = network;
    std::get<std::vector<float>>(weight.parameters["w1"].values)[0] += 1.0F;
    Network attribute = network;
    attribute.nodes[1].attributes["axis"] = std::int64_t{1};
    Network name = network;
    name.nodes[0].name = "other";
    EXPECT_NE(content_hash(network), content_hash(weight));
    EXPECT_NE(content_hash(network), content_hash(attribute));
    EXPECT_NE(content_hash(network), content_hash(name));
}

TEST(ContentHash, IsThatOfTheContentsAlone) {
    Network renamed = two_layers();
    renamed.name = "other";
    EXPECT_EQ(content_hash(two_layers()), content_hash(renamed));
}

} // namespace
} // namespace tandem
