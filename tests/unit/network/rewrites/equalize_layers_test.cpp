#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

#include "tandem/network/rewrites/rewrites.h"
#include "unit/network/reference_evaluator.h"
#include "unit/network/sketch.h"
#include "unit/network_builder.h"

namespace tandem {
namespace {

using List = std::vector<std::int64_t>;

const std::vector<float>& weights_of(const Network& network, std::size_t layer) {
    return float_values(*network.parameter(layers(network)[layer]->inputs[1]));
}

/// The largest magnitude of the weights that one channel is written by (of `reads` each), or read by.
float range_of(const std::vector<float>& weights, std::size_t begin, std::size_t count, std::size_t stride) {
    float range = 0.0F;
    for (std::size_t i = 0; i < count; ++i) range = std::max(range, std::abs(weights[begin + i * stride]));
    return range;
}

TEST(EqualizeLayers, GivesEveryChannelOneRangeOnBothSidesAndComputesTheSame) {
    NetworkBuilder build({2, 6, 6}, /*seed=*/4);
    const std::string first = build.relu(build.conv("input", {4, 2, 3, 3}));
    const std::string pooled = build.add("MaxPool", {first}, {{"kernel_shape", List{2, 2}}});
    const std::string second = build.conv(pooled, {3, 4, 1, 1});
    const Network before = prepare_for_deployment(
        build.finish(build.gemm(build.add("Flatten", {build.add("GlobalAveragePool", {second})}), 3, 5)));
    const Network after = equalize_layers(before);
    sketch::expect_same_results(before, after);
    EXPECT_NE(weights_of(after, 0), weights_of(before, 0));
    for (std::size_t channel = 0; channel < 4; ++channel) {
        EXPECT_NEAR(range_of(weights_of(after, 0), channel * 18, 18, 1),
                    range_of(weights_of(after, 1), channel, 3, 4), 2e-3F);
    }
    for (std::size_t channel = 0; channel < 3; ++channel) {
        EXPECT_NEAR(range_of(weights_of(after, 1), channel * 4, 4, 1),
                    range_of(weights_of(after, 2), channel * 5, 5, 1), 2e-3F);
    }
}

TEST(EqualizeLayers, TakesDepthwiseAndGroupedLayers) {
    NetworkBuilder build({2, 6, 6}, /*seed=*/6);
    const std::string first = build.relu(build.conv("input", {4, 2, 1, 1}));
    const std::string depthwise = build.relu(build.conv(first, {4, 1, 3, 3}, {{"group", std::int64_t{4}}}));
    const Network before = prepare_for_deployment(
        build.finish(build.conv(depthwise, {6, 2, 1, 1}, {{"group", std::int64_t{2}}})));
    const Network after = equalize_layers(before);
    sketch::expect_same_results(before, after);
    for (std::size_t channel = 0; channel < 4; ++channel) {
        EXPECT_NEAR(range_of(weights_of(after, 0), channel * 2, 2, 1),
                    range_of(weights_of(after, 1), channel * 9, 9, 1), 2e-3F);
    }
    // Channel 3 is the second of the second group: filters 3 to 5.
    EXPECT_NEAR(range_of(weights_of(after, 1), 27, 9, 1), range_of(weights_of(after, 2), 7, 3, 2), 2e-3F);
}

TEST(EqualizeLayers, LeavesAloneWhatOthersReadAndWhatIsNotHomogeneous) {
    NetworkBuilder build({2, 6, 6}, /*seed=*/8);
    const std::string first = build.conv("input", {2, 2, 1, 1}); // read twice
    const std::string second = build.conv(build.relu(first), {2, 2, 1, 1});
    const std::string sum = build.add("Add", {second, first}); // the second's reader is no layer
    const std::string bounded = build.add(
        "Clip", {build.conv(sum, {2, 2, 1, 1}), build.parameter({}, {0.0F}), build.parameter({}, {6.0F})});
    const Network network = prepare_for_deployment(build.finish(build.conv(bounded, {2, 2, 1, 1})));
    EXPECT_EQ(equalize_layers(network), network);
}

TEST(EqualizeLayers, ADeadChannelStaysAsItIs) {
    NetworkBuilder build({1, 2, 2}, /*seed=*/8);
    const std::string dead = build.add(
        "Conv", {"input", build.parameter({2, 1, 1, 1}, {0.0F, 4.0F}), build.parameter({2}, {1.0F, 2.0F})});
    const Network before = prepare_for_deployment(
        build.finish(build.add("Conv", {build.relu(dead), build.parameter({1, 2, 1, 1}, {3.0F, 1.0F}),
                                        build.parameter({1}, {0.0F})})));
    const Network after = equalize_layers(before);
    EXPECT_EQ(weights_of(after, 0), (std::vector<float>{0.0F, 2.0F}));
    EXPECT_EQ(weights_of(after, 1), (std::vector<float>{3.0F, 2.0F}));
    EXPECT_EQ(float_values(*after.parameter(after.nodes[0].inputs[2])), (std::vector<float>{1.0F, 1.0F}));
}

} // namespace
} // namespace tandem
