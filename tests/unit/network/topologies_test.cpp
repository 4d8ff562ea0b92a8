#include "tandem/network/topologies.h"

#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

#include "unit/network/sketch.h"

namespace tandem {
namespace {

const TopologyRequest kFashion{.input_shape = {kBatch, 1, 28, 28}, .classes = 10, .seed = 1};

/// Elements of all parameters but the running statistics of batch normalisations.
std::int64_t trainable(const Network& network) {
    std::int64_t count = 0;
    for (const auto& [name, parameter] : network.parameters) {
        if (name.ends_with(".mean") || name.ends_with(".variance")) continue;
        count += elements_per_sample(parameter.shape);
    }
    return count;
}

TEST(Topologies, AreSortedAndDescribed) {
    const auto& all = known_topologies();
    EXPECT_TRUE(std::is_sorted(all.begin(), all.end(),
                               [](const auto& left, const auto& right) { return left.name < right.name; }));
    for (const Topology& topology : all) EXPECT_FALSE(topology.description.empty());
    EXPECT_EQ(find_topology("resnet9"), nullptr);
}

TEST(Topologies, EndInLogitsFromTheSmallestInputOn) {
    for (const Topology& topology : known_topologies()) {
        const std::int64_t extent = topology.minimum_extent;
        const Network network = topology.build({.input_shape = {kBatch, 3, extent, extent}, .classes = 7});
        EXPECT_EQ(network.inputs, std::vector<std::string>{"input"});
        EXPECT_EQ(network.outputs, std::vector<std::string>{"logits"});
        EXPECT_EQ(network.shape("logits"), (Shape{kBatch, 7}));
    }
}

TEST(Topologies, GiveTheSameNetworkForTheSameSeed) {
    for (const Topology& topology : known_topologies()) {
        TopologyRequest other = kFashion;
        other.seed = 2;
        EXPECT_EQ(topology.build(kFashion), topology.build(kFashion));
        EXPECT_NE(topology.build(kFashion), topology.build(other));
    }
}

TEST(Topologies, DrawWeightsWithTheVarianceOfHe) {
    const Network network = find_topology("resnet8")->build(kFashion);
    const std::vector<float>& weights = float_values(*network.parameter("stage3.conv2.weight"));
    double sum = 0.0;
    double squares = 0.0;
    for (const float weight : weights) {
        sum += static_cast<double>(weight);
        squares += static_cast<double>(weight) * static_cast<double>(weight);
    }
    const double count = static_cast<double>(weights.size()); // 36,864: the variance is known to 0.7 %
    EXPECT_NEAR(squares / count, 2.0 / (64 * 9), 0.03 * 2.0 / (64 * 9));
    EXPECT_NEAR(sum / count, 0.0, 0.001);
}

TEST(Resnet8, HasTheLayersAndParametersOfItsDescription) {
    const Network network = find_topology("resnet8")->build(kFashion);
    std::vector<std::string> names;
    for (const Node* layer : layers(network)) names.push_back(layer->name);
    EXPECT_EQ(names, (std::vector<std::string>{"conv1", "stage1.conv1", "stage1.conv2", "stage2.conv1",
                                               "stage2.conv2", "stage2.shortcut", "stage3.conv1",
                                               "stage3.conv2", "stage3.shortcut", "classifier"}));
    EXPECT_EQ(trainable(network), 77754);
    EXPECT_EQ(network.shape("stage3.relu2"), (Shape{kBatch, 64, 7, 7}));
}

TEST(Lenet5, HasTheParametersOfThePaper) {
    // LeCun et al. 1998 with a fully connected second convolution: 156 + 2416 + 48120 + 10164 + 850.
    EXPECT_EQ(trainable(find_topology("lenet5")->build(kFashion)), 61706);
}

} // namespace
} // namespace tandem
