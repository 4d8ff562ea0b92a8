// Each lowering against the engine's float kernels, which know nothing of LibTorch.
#include "tandem/training/plugin/lowerings.h"

#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

#include "../../network_builder.h"
#include "tandem/engine/float_executor.h"
#include "tandem/network/operators/operators.h"
#include "tandem/network/rewrites/rewrites.h"
#include "tandem/training/plugin/graph_module.h"

namespace tandem {
namespace {

using List = std::vector<std::int64_t>;

TEST(Lowerings, AreOfOperatorsThatNetworksHave) {
    const std::vector<Lowering>& known = known_lowerings();
    EXPECT_TRUE(std::is_sorted(known.begin(), known.end(),
                               [](const Lowering& a, const Lowering& b) { return a.type < b.type; }));
    for (const Lowering& lowering : known) {
        EXPECT_NE(find_operator(lowering.type), nullptr) << lowering.type;
        EXPECT_EQ(find_lowering(lowering.type), &lowering);
    }
    EXPECT_EQ(find_lowering("Constant"), nullptr); // folded before training
}

/// Runs a network both ways on seeded samples.
void expect_equal_to_the_engine(const Network& network) {
    constexpr std::int64_t kSamples = 3;
    const std::vector<float> input = random_samples(network, kSamples, 11);
    const Result<FloatExecutor> executor = FloatExecutor::create(prepare_for_deployment(network));
    ASSERT_TRUE(executor) << to_string(executor.error());
    const std::vector<float> expected = executor->run(input, kSamples);

    Shape shape = network.shape(network.inputs.front());
    shape.front() = kSamples;
    const torch::Tensor images = torch::tensor(input).reshape(shape);
    const torch::Tensor output =
        GraphModule(network, torch::kCPU, 1).forward(images, Mode::evaluation, 0).detach().contiguous();
    ASSERT_EQ(static_cast<std::size_t>(output.numel()), expected.size());
    const float* const values = output.data_ptr<float>();
    for (std::size_t i = 0; i < expected.size(); ++i) {
        ASSERT_NEAR(values[i], expected[i], 1e-5F * (1.0F + std::abs(expected[i]))) << "element " << i;
    }
}

struct Window2d {
    const char* name;
    std::map<std::string, Attribute> attributes;
};

std::vector<Window2d> pooling_windows() {
    return {
        {"plain", {{"kernel_shape", List{2, 2}}, {"strides", List{2, 2}}}},
        {"padded", {{"kernel_shape", List{3, 3}}, {"pads", List{1, 1, 1, 1}}}},
        {"one-sided", {{"kernel_shape", List{3, 2}}, {"strides", List{2, 1}}, {"pads", List{0, 0, 1, 1}}}},
        {"more than half", {{"kernel_shape", List{3, 3}}, {"pads", List{2, 2, 2, 2}}}},
        {"rounding up",
         {{"kernel_shape", List{2, 2}}, {"strides", List{2, 2}}, {"ceil_mode", std::int64_t{1}}}},
    };
}

TEST(Lowerings, OfMaxPoolEqualTheEngine) {
    for (const Window2d& window : pooling_windows()) {
        SCOPED_TRACE(window.name);
        NetworkBuilder build({3, 7, 9}, 1);
        expect_equal_to_the_engine(build.finish(build.add("MaxPool", {"input"}, window.attributes)));
    }
}

TEST(Lowerings, OfAveragePoolEqualTheEngine) {
    for (const Window2d& window : pooling_windows()) {
        for (const std::int64_t counts : {0, 1}) {
            SCOPED_TRACE(std::string(window.name) + (counts == 1 ? ", padding counted" : ""));
            std::map<std::string, Attribute> attributes = window.attributes;
            // The operator's rule refuses the two together where a window hangs over the padding.
            if (counts == 1 && attributes.contains("ceil_mode")) continue;
            attributes["count_include_pad"] = counts;
            NetworkBuilder build({3, 7, 9}, 1);
            expect_equal_to_the_engine(build.finish(build.add("AveragePool", {"input"}, attributes)));
        }
    }
}

TEST(Lowerings, OfConvEqualTheEngine) {
    const std::vector<std::pair<Shape, std::map<std::string, Attribute>>> convs = {
        {{5, 4, 3, 3}, {{"kernel_shape", List{3, 3}}, {"pads", List{1, 1, 1, 1}}}},
        {{6, 2, 3, 1}, {{"kernel_shape", List{3, 1}}, {"group", std::int64_t{2}}}},
        {{4, 1, 3, 3}, {{"kernel_shape", List{3, 3}}, {"group", std::int64_t{4}}, {"strides", List{2, 1}}}},
        {{3, 4, 2, 2}, {{"kernel_shape", List{2, 2}}, {"dilations", List{2, 3}}}},
        {{3, 4, 3, 3}, {{"kernel_shape", List{3, 3}}, {"pads", List{0, 1, 2, 0}}, {"strides", List{2, 2}}}},
    };
    for (std::size_t i = 0; i < convs.size(); ++i) {
        SCOPED_TRACE(i);
        NetworkBuilder build({4, 8, 7}, i);
        expect_equal_to_the_engine(build.finish(build.conv("input", convs[i].first, convs[i].second)));
    }
}

TEST(Lowerings, OfGemmEqualTheEngineEitherWayRound) {
    NetworkBuilder plain({5}, 1);
    expect_equal_to_the_engine(plain.finish(plain.gemm("input", 5, 3)));
    NetworkBuilder transposed({5}, 2);
    const std::string weights = transposed.random_parameter({3, 5}, 1.0);
    expect_equal_to_the_engine(
        transposed.finish(transposed.add("Gemm", {"input", weights}, {{"transB", std::int64_t{1}}})));
}

TEST(Lowerings, OfElementwiseOperatorsEqualTheEngine) {
    NetworkBuilder build({4, 5, 5}, 3);
    const std::string conv = build.conv("input", {4, 4, 1, 1}, {{"kernel_shape", List{1, 1}}});
    const std::string scale = build.random_parameter({4}, 1.0);
    const std::string shift = build.random_parameter({4}, 1.0);
    const std::string mean = build.random_parameter({4}, 1.0);
    const std::string variance = build.parameter({4}, {0.5F, 1.0F, 2.0F, 3.0F});
    const std::string normal = build.add(
        "BatchNormalization", {build.relu(conv), scale, shift, mean, variance}, {{"epsilon", 1e-3F}});
    const std::string low = build.parameter({}, {-0.5F});
    const std::string high = build.parameter({}, {0.75F});
    const std::string clipped = build.add("Clip", {normal, low, high});
    expect_equal_to_the_engine(build.finish(build.add("Add", {clipped, build.add("Identity", {conv})})));
}

TEST(Lowerings, OfShapesAndBordersEqualTheEngine) {
    NetworkBuilder build({2, 4, 6}, 4);
    const std::string pads = build.integers({0, 1, 0, 2, 0, 0, 3, 1});
    const std::string value = build.parameter({}, {0.25F});
    const std::string padded = build.add("Pad", {"input", pads, value});
    const std::string reshaped = build.add("Reshape", {padded, build.integers({0, -1, 7, 9})});
    const std::string pooled = build.add("GlobalAveragePool", {reshaped});
    expect_equal_to_the_engine(build.finish(build.add("Flatten", {pooled})));
}

TEST(Lowerings, OfSoftmaxInsideANetworkEqualTheEngine) {
    NetworkBuilder build({6}, 5);
    const std::string softmax = build.add("Softmax", {build.gemm("input", 6, 4)});
    expect_equal_to_the_engine(build.finish(build.gemm(softmax, 4, 3)));
}

TEST(Lowerings, FoldConstantsFirst) {
    NetworkBuilder build({2, 4}, 6);
    const std::string shape = build.add("Constant", {}, {{"value_ints", List{0, 8}}});
    expect_equal_to_the_engine(build.finish(build.add("Reshape", {"input", shape})));
}

} // namespace
} // namespace tandem
