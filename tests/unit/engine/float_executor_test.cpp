// Each operator's float kernel against a small case worked by hand or a plain loop.

#include <cmath>
#include <numeric>

#include <gtest/gtest.h>

#include "tandem/core/random.h"
#include "tandem/engine/float_executor.h"
#include "tandem/network/operators/operators.h"

namespace tandem {
namespace {

using Attributes = std::map<std::string, Attribute>;
using Integers = std::vector<std::int64_t>;
using Floats = std::vector<float>;

Parameter parameter(Shape shape, Floats values) { return {std::move(shape), std::move(values)}; }

/// One node on the input "x", with parameters as its further inputs.
Network network_of(const std::string& type, const Shape& input, const Attributes& attributes,
                   const std::vector<Parameter>& parameters = {}) {
    Network network;
    network.name = "test";
    network.inputs = {"x"};
    network.outputs = {"y"};
    network.shapes["x"] = input;
    Node node{"node", type, {"x"}, {"y"}, attributes};
    for (const Parameter& each : parameters) {
        node.inputs.push_back("p" + std::to_string(node.inputs.size()));
        network.parameters[node.inputs.back()] = each;
    }
    network.nodes = {node};
    return infer_shapes(std::move(network), "test").value();
}

Floats run(const Network& network, const Floats& input, std::int64_t samples = 1) {
    return FloatExecutor::create(network).value().run(input, samples);
}

Floats random_floats(Random& random, std::int64_t count) {
    Floats values(static_cast<std::size_t>(count));
    for (float& value : values) value = static_cast<float>(random.normal());
    return values;
}

void expect_near(const Floats& found, const Floats& expected) {
    ASSERT_EQ(found.size(), expected.size());
    for (std::size_t i = 0; i < found.size(); ++i)
        EXPECT_NEAR(found[i], expected[i], 1e-4) << "element " << i;
}

/// The convolution as ONNX defines it, one element after the other.
Floats plain_conv(const Network& network, const Floats& input, std::int64_t samples) {
    const auto [window, groups] = conv_attributes(network.nodes[0], network);
    const Shape& in = network.shape("x");
    const Shape& out = network.shape("y");
    const Shape& weights = network.parameter("p1")->shape;
    const Floats& w = float_values(*network.parameter("p1"));
    const Floats& bias = float_values(*network.parameter("p2"));
    Floats result;
    for (std::int64_t place = 0; place < samples * out[1] * out[2] * out[3]; ++place) {
        const std::int64_t x = place % out[3];
        const std::int64_t y = place / out[3] % out[2];
        const std::int64_t channel = place / out[3] / out[2] % out[1];
        const std::int64_t sample = place / out[3] / out[2] / out[1];
        double sum = bias[static_cast<std::size_t>(channel)];
        for (std::int64_t tap = 0; tap < weights[1] * weights[2] * weights[3]; ++tap) {
            const std::int64_t fx = tap % weights[3];
            const std::int64_t fy = tap / weights[3] % weights[2];
            const std::int64_t read =
                channel / (out[1] / groups) * weights[1] + tap / weights[3] / weights[2];
            const std::int64_t row = y * window.strides[0] - window.pads_begin[0] + fy * window.dilations[0];
            const std::int64_t column =
                x * window.strides[1] - window.pads_begin[1] + fx * window.dilations[1];
            if (row < 0 || row >= in[2] || column < 0 || column >= in[3]) continue;
            sum += double{w[static_cast<std::size_t>(channel * weights[1] * weights[2] * weights[3] + tap)]} *
                   input[static_cast<std::size_t>(((sample * in[1] + read) * in[2] + row) * in[3] + column)];
        }
        result.push_back(static_cast<float>(sum));
    }
    return result;
}

void compare_conv(const Shape& input, const Shape& weights, const Attributes& attributes) {
    Random random(5);
    const Network network = network_of(
        "Conv", input, attributes,
        {parameter(weights, random_floats(random, std::accumulate(weights.begin(), weights.end(),
                                                                  std::int64_t{1}, std::multiplies<>()))),
         parameter({weights[0]}, random_floats(random, weights[0]))});
    const Floats values = random_floats(random, 3 * elements_per_sample(input));
    expect_near(run(network, values, 3), plain_conv(network, values, 3));
}

TEST(FloatExecutor, ConvolvesWithStridesDilationsAndUnequalPads) {
    compare_conv(
        {kBatch, 5, 9, 8}, {7, 5, 3, 2},
        {{"strides", Integers{2, 1}}, {"dilations", Integers{1, 2}}, {"pads", Integers{1, 0, 2, 3}}});
}

TEST(FloatExecutor, ConvolvesInGroups) {
    compare_conv({kBatch, 6, 5, 5}, {4, 3, 3, 3}, {{"group", std::int64_t{2}}});
    compare_conv({kBatch, 8, 5, 5}, {8, 1, 3, 3},
                 {{"group", std::int64_t{8}}, {"pads", Integers{1, 1, 1, 1}}});
}

TEST(FloatExecutor, MultipliesByWeightsOfEitherOrder) {
    // (1, 2) times ((1, 2, 3), (4, 5, 6)) plus (10, 20, 30).
    const Floats expected{19, 32, 45};
    const Parameter bias = parameter({3}, {10, 20, 30});
    EXPECT_EQ(run(network_of("Gemm", {kBatch, 2}, {}, {parameter({2, 3}, {1, 2, 3, 4, 5, 6}), bias}), {1, 2}),
              expected);
    EXPECT_EQ(run(network_of("Gemm", {kBatch, 2}, {{"transB", std::int64_t{1}}},
                             {parameter({3, 2}, {1, 4, 2, 5, 3, 6}), bias}),
                  {1, 2}),
              expected);
}

TEST(FloatExecutor, BroadcastsAScalarBias) {
    EXPECT_EQ(run(network_of("Gemm", {kBatch, 2}, {}, {parameter({2, 2}, {1, 0, 0, 1}), parameter({1}, {7})}),
                  {1, 2}),
              (Floats{8, 9}));
}

TEST(FloatExecutor, NormalisesByChannel) {
    // (x - mean) / sqrt(variance + 0) * scale + bias: channel 0 (x - 1) / 2 * 4 + 3, channel 1 (x - 2) * 5.
    const Network network = network_of(
        "BatchNormalization", {kBatch, 2, 1, 2}, {{"epsilon", 0.0F}},
        {parameter({2}, {4, 5}), parameter({2}, {3, 0}), parameter({2}, {1, 2}), parameter({2}, {4, 1})});
    expect_near(run(network, {1, 3, 2, 4}), {3, 7, 0, 10});
}

TEST(FloatExecutor, BoundsValues) {
    EXPECT_EQ(run(network_of("Relu", {kBatch, 3}, {}), {-1, 0, 2}), (Floats{0, 0, 2}));
    const Network clip = network_of("Clip", {kBatch, 3}, {}, {parameter({}, {0}), parameter({}, {6})});
    EXPECT_EQ(run(clip, {-1, 5, 7}), (Floats{0, 5, 6}));
}

TEST(FloatExecutor, PoolsWhatLiesInsideTheInput) {
    // 1 2 3
    // 4 5 6
    // 7 8 9
    const Floats image{1, 2, 3, 4, 5, 6, 7, 8, 9};
    const Shape shape{kBatch, 1, 3, 3};
    const Attributes padded{
        {"kernel_shape", Integers{2, 2}}, {"strides", Integers{2, 2}}, {"pads", Integers{1, 1, 0, 0}}};
    EXPECT_EQ(run(network_of("MaxPool", shape, padded), image), (Floats{1, 3, 7, 9}));
    EXPECT_EQ(run(network_of("AveragePool", shape, padded), image), (Floats{1, 2.5, 5.5, 7}));
    Attributes counting = padded;
    counting["count_include_pad"] = std::int64_t{1};
    EXPECT_EQ(run(network_of("AveragePool", shape, counting), image), (Floats{0.25, 1.25, 2.75, 7}));
    const Attributes rounded_up{
        {"kernel_shape", Integers{2, 2}}, {"strides", Integers{2, 2}}, {"ceil_mode", std::int64_t{1}}};
    EXPECT_EQ(run(network_of("MaxPool", shape, rounded_up), image), (Floats{5, 6, 8, 9}));
    EXPECT_EQ(run(network_of("AveragePool", shape, rounded_up), image), (Floats{3, 4.5, 7.5, 9}));
    EXPECT_EQ(run(network_of("GlobalAveragePool", shape, {}), image), (Floats{5}));
}

TEST(FloatExecutor, KeepsMaximaOfNegativeValues) {
    const Attributes padded{{"kernel_shape", Integers{3, 3}}, {"pads", Integers{1, 1, 1, 1}}};
    EXPECT_EQ(run(network_of("MaxPool", {kBatch, 1, 1, 1}, padded), {-3}), (Floats{-3}));
}

TEST(FloatExecutor, RearrangesInOnnxOrder) {
    Floats values(2 * 3 * 2 * 2);
    std::iota(values.begin(), values.end(), 0.0F);
    EXPECT_EQ(run(network_of("Flatten", {kBatch, 3, 2, 2}, {}), values, 2), values);
    Network reshape = network_of("Flatten", {kBatch, 3, 2, 2}, {});
    reshape.nodes[0].type = "Reshape";
    reshape.nodes[0].inputs.emplace_back("shape");
    reshape.parameters["shape"] = {{3}, Integers{0, 2, 6}};
    reshape = infer_shapes(std::move(reshape), "test").value();
    EXPECT_EQ(run(reshape, values, 2), values);
}

TEST(FloatExecutor, PadsWithAValue) {
    const Network network = network_of("Pad", {kBatch, 1, 1, 2}, {},
                                       {{{8}, Integers{0, 0, 1, 0, 0, 0, 0, 1}}, parameter({}, {9})});
    EXPECT_EQ(run(network, {1, 2}), (Floats{9, 9, 9, 1, 2, 9}));
}

TEST(FloatExecutor, TurnsScoresIntoProbabilities) {
    const Floats found = run(network_of("Softmax", {kBatch, 2}, {}), {0, std::log(3.0F)});
    expect_near(found, {0.25, 0.75});
}

/// A convolution whose output is added to its input; "sum" is the output.
Network residual_network() {
    Network network = network_of("Conv", {kBatch, 2, 1, 2}, {},
                                 {parameter({2, 2, 1, 1}, {0, 1, 1, 0}), parameter({2}, {10, 20})});
    network.nodes.push_back({"add", "Add", {"x", "y"}, {"sum"}, {}});
    network.outputs = {"sum"};
    return infer_shapes(std::move(network), "test").value();
}

TEST(FloatExecutor, ShowsEveryActivationInOnnxOrder) {
    const FloatExecutor executor = FloatExecutor::create(residual_network()).value();
    std::vector<std::pair<std::string, Floats>> seen;
    const Floats output = executor.run(Floats{1, 2, 3, 4}, 1, [&](std::string_view name, auto values) {
        seen.emplace_back(name, Floats(values.begin(), values.end()));
    });
    // The convolution swaps the channels: (1, 2), (3, 4) to (13, 14), (21, 22).
    EXPECT_EQ(output, (Floats{14, 16, 24, 26}));
    const std::vector<std::pair<std::string, Floats>> expected{
        {"x", {1, 2, 3, 4}}, {"y", {13, 14, 21, 22}}, {"sum", {14, 16, 24, 26}}};
    EXPECT_EQ(seen, expected);
}

TEST(FloatExecutor, ReturnsNothingForNoSamples) { EXPECT_TRUE(run(residual_network(), {}, 0).empty()); }

TEST(FloatExecutor, NamesAllNodesWithoutAKernel) {
    Network network = residual_network();
    network.nodes[0].type = "RNN";
    network.nodes[1].type = "Einsum";
    const auto executor = FloatExecutor::create(network);
    ASSERT_FALSE(executor.has_value());
    EXPECT_EQ(to_string(executor.error()),
              "test: node 'node': found operator RNN, expected an operator with a float kernel\n"
              "test: node 'add': found operator Einsum, expected an operator with a float kernel");
}

TEST(FloatExecutor, RefusesSeveralInputsOrOutputs) {
    Network network = residual_network();
    network.inputs.emplace_back("other");
    network.outputs.emplace_back("y");
    const auto executor = FloatExecutor::create(network);
    ASSERT_FALSE(executor.has_value());
    EXPECT_EQ(to_string(executor.error()), "test: inputs: found 2 inputs, expected one\n"
                                           "test: outputs: found 2 outputs, expected one");
}

} // namespace
} // namespace tandem
