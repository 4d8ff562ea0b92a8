// The float kernels of single operators against values worked by hand.
#include <cmath>

#include <gtest/gtest.h>

#include "tandem/engine/float_executor.h"

namespace tandem {
namespace {

using Attributes = std::map<std::string, Attribute>;
using Integers = std::vector<std::int64_t>;
using Floats = std::vector<float>;

Parameter numbers(Shape shape, Floats values) { return {std::move(shape), std::move(values)}; }
Parameter indices(Integers values) { return {{std::ssize(values)}, std::move(values)}; }

/// What one node gives for one sample "x" of these extents; `parameters` are its further inputs.
Floats run(const std::string& type, const Shape& extents, const Floats& sample,
           const Attributes& attributes = {}, const std::vector<Parameter>& parameters = {},
           std::int64_t opset = 13) {
    Network network;
    network.name = "test";
    network.opset = opset;
    network.inputs = {"x"};
    network.outputs = {"y"};
    network.shapes["x"] = {kBatch};
    network.shapes["x"].insert(network.shapes["x"].end(), extents.begin(), extents.end());
    Node node{"node", type, {"x"}, {"y"}, attributes};
    for (const Parameter& each : parameters) {
        node.inputs.push_back("p" + std::to_string(node.inputs.size()));
        network.parameters[node.inputs.back()] = each;
    }
    network.nodes = {node};
    const Result<Network> inferred = infer_shapes(std::move(network), "test");
    if (!inferred) {
        ADD_FAILURE() << to_string(inferred.error());
        return {};
    }
    return FloatExecutor::create(*inferred).value().run(sample, 1);
}

void expect_values(const Floats& found, const Floats& expected) {
    ASSERT_EQ(found.size(), expected.size());
    for (std::size_t i = 0; i < found.size(); ++i) {
        EXPECT_NEAR(found[i], expected[i], 1e-5F * (1.0F + std::abs(expected[i]))) << "element " << i;
    }
}

TEST(ElementwiseKernels, GiveKnownValues) {
    struct Case {
        const char* type;
        Floats sample;
        Floats expected;
        Attributes attributes = {};
        std::int64_t opset = 13;
    };
    const std::vector<Case> cases{
        {"Abs", {-2, 0, 3}, {2, 0, 3}},
        {"Elu", {-1, 2}, {0.5F * (std::exp(-1.0F) - 1), 2}, {{"alpha", 0.5F}}},
        {"Erf", {0, 1}, {0, 0.842701F}},
        {"Exp", {0, 1}, {1, 2.718282F}},
        {"Floor", {-1.5F, 1.5F}, {-2, 1}},
        {"Gelu", {0, 1, -1}, {0, 0.841345F, -0.158655F}, {}, 20},
        {"Gelu", {1}, {0.841192F}, {{"approximate", std::string("tanh")}}, 20},
        {"HardSigmoid", {-5, 0, 1, 5}, {0, 0.5F, 0.7F, 1}},
        {"HardSwish", {-4, -1, 1, 4}, {0, -1.0F / 3, 2.0F / 3, 4}, {}, 14},
        {"LeakyRelu", {-2, 3}, {-0.2F, 3}, {{"alpha", 0.1F}}},
        {"Log", {1, 2}, {0, 0.693147F}},
        {"Neg", {1, -2}, {-1, 2}},
        {"Reciprocal", {2, -4}, {0.5F, -0.25F}},
        {"Round", {0.5F, 1.5F, -2.5F, 2.6F}, {0, 2, -2, 3}},
        {"Selu", {1, -1}, {1.050701F, -1.111331F}},
        {"Sigmoid", {0, 2}, {0.5F, 0.880797F}},
        {"Sign", {-3, 0, 4}, {-1, 0, 1}},
        {"Softplus", {0, 100}, {0.693147F, 100}},
        {"Sqrt", {4, 2}, {2, 1.414214F}},
        {"Tanh", {0, 1}, {0, 0.761594F}},
        {"Cast", {-1.7F, 2.7F}, {-1, 2}, {{"to", std::int64_t{7}}}},
    };
    for (const Case& each : cases) {
        SCOPED_TRACE(each.type);
        expect_values(run(each.type, {std::ssize(each.sample)}, each.sample, each.attributes, {}, each.opset),
                      each.expected);
    }
}

TEST(BroadcastKernels, RepeatConstantsByChannelAndByColumn) {
    const Floats image{1, 2, 3, 4, 5, 6, 7, 8}; // two channels of 2x2
    const Shape shape{2, 2, 2};
    expect_values(run("Mul", shape, image, {}, {numbers({2, 1, 1}, {10, 100})}),
                  {10, 20, 30, 40, 500, 600, 700, 800});
    expect_values(run("Sub", shape, image, {}, {numbers({2}, {1, 2})}), {0, 0, 2, 2, 4, 4, 6, 6});
    expect_values(run("Div", shape, image, {}, {numbers({1, 1, 2, 1}, {1, 2})}),
                  {1, 2, 1.5F, 2, 5, 6, 3.5F, 4});
    expect_values(run("Add", shape, image, {}, {numbers({}, {0.5F})}),
                  {1.5F, 2.5F, 3.5F, 4.5F, 5.5F, 6.5F, 7.5F, 8.5F});
    expect_values(run("Pow", {3}, {1, 2, 3}, {}, {numbers({}, {2})}), {1, 4, 9});
    expect_values(run("Max", {3}, {1, 5, 3}, {}, {numbers({3}, {2, 2, 2}), numbers({1}, {4})}), {4, 5, 4});
    expect_values(run("Min", {3}, {1, 5, 3}, {}, {numbers({1}, {2})}), {1, 2, 2});
    expect_values(run("PRelu", {2, 1, 2}, {-1, 2, -3, 4}, {}, {numbers({2, 1, 1}, {0.5F, 0.1F})}),
                  {-0.5F, 2, -0.3F, 4});
}

TEST(LayerKernels, ConvolveAlongOneDimension) {
    // Kernel (1, -1) with a pad of one zero before: differences to the left neighbour.
    expect_values(
        run("Conv", {1, 4}, {1, 4, 9, 16}, {{"pads", Integers{1, 0}}}, {numbers({1, 1, 2}, {-1, 1})}),
        {1, 3, 5, 7});
    expect_values(
        run("MaxPool", {1, 4}, {1, 4, 9, 16}, {{"kernel_shape", Integers{2}}, {"strides", Integers{2}}}),
        {4, 16});
    expect_values(run("GlobalAveragePool", {2, 2}, {1, 3, 5, 9}), {2, 7});
}

TEST(LayerKernels, SpreadPixelsWithATransposedConvolution) {
    // Stride 2, kernel 2x2: each pixel becomes a block, scaled by the kernel.
    expect_values(run("ConvTranspose", {1, 1, 2}, {1, 10}, {{"strides", Integers{2, 2}}},
                      {numbers({1, 1, 2, 2}, {1, 2, 3, 4})}),
                  {1, 2, 10, 20, 3, 4, 30, 40});
    // Overlapping by one column: kernel 3 on stride 2; output padding adds a column of bias.
    expect_values(run("ConvTranspose", {1, 2}, {1, 10},
                      {{"strides", Integers{2}}, {"output_padding", Integers{1}}},
                      {numbers({1, 1, 3}, {1, 2, 3}), numbers({1}, {100})}),
                  {101, 102, 113, 120, 130, 100});
    // Pads cut.
    expect_values(run("ConvTranspose", {1, 2}, {1, 10}, {{"strides", Integers{2}}, {"pads", Integers{1, 1}}},
                      {numbers({1, 1, 3}, {1, 2, 3})}),
                  {2, 13, 20});
}

TEST(LayerKernels, MultiplyMatrices) {
    expect_values(run("MatMul", {2, 2}, {1, 2, 3, 4}, {}, {numbers({2, 3}, {1, 0, 2, 0, 1, 3})}),
                  {1, 2, 8, 3, 4, 18});
}

TEST(NormalizationKernels, GiveKnownValues) {
    // Mean 2, variance 1; mean 0, variance 4.
    expect_values(run("InstanceNormalization", {2, 1, 2}, {1, 3, -2, 2}, {{"epsilon", 0.0F}},
                      {numbers({2}, {1, 10}), numbers({2}, {0, 5})}),
                  {-1, 1, -5, 15});
    expect_values(run("LayerNormalization", {2, 2}, {1, 3, -2, 2}, {{"epsilon", 0.0F}},
                      {numbers({2}, {1, 2}), numbers({2}, {0.5F, 0})}, 17),
                  {-0.5F, 2, -0.5F, 2});
    // size 3, alpha 3, beta 1, bias 1: x / (1 + sum of squares of three channels).
    expect_values(run("LRN", {3, 1, 1}, {1, 2, 3},
                      {{"size", std::int64_t{3}}, {"alpha", 3.0F}, {"beta", 1.0F}, {"bias", 1.0F}}),
                  {1.0F / 6, 2.0F / 15, 3.0F / 14});
    const float third = std::log(1.0F / 3);
    expect_values(run("LogSoftmax", {3, 1, 2}, {0, 1, 0, 1, 0, 1}, {{"axis", std::int64_t{1}}}),
                  {third, third, third, third, third, third});
    // Before opset 13 everything from the axis on is one distribution.
    expect_values(run("Softmax", {2, 1, 2}, {0, 0, 0, 0}, {}, {}, 11), {0.25F, 0.25F, 0.25F, 0.25F});
}

TEST(RearrangementKernels, MoveElements) {
    const Floats image{1, 2, 3, 4, 5, 6, 7, 8}; // two channels of 2x2
    const Shape shape{2, 2, 2};
    expect_values(run("Transpose", shape, image, {{"perm", Integers{0, 2, 3, 1}}}), {1, 5, 2, 6, 3, 7, 4, 8});
    expect_values(run("Slice", shape, image, {}, {indices({1}), indices({-9}), indices({3}), indices({-1})}),
                  {2, 1, 4, 3, 6, 5, 8, 7});
    expect_values(run("Slice", shape, image, {}, {indices({1}), indices({2}), indices({1})}), {5, 6, 7, 8});
    expect_values(run("Slice", shape, image,
                      {{"starts", Integers{1}}, {"ends", Integers{2}}, {"axes", Integers{2}}}, {}, 9),
                  {3, 4, 7, 8});
    expect_values(run("Gather", shape, image, {{"axis", std::int64_t{1}}}, {indices({1, 0})}),
                  {5, 6, 7, 8, 1, 2, 3, 4});
    expect_values(run("Expand", {2, 1}, {1, 2}, {}, {indices({1, 2, 3})}), {1, 1, 1, 2, 2, 2});
    expect_values(run("Squeeze", {2, 1, 1}, {1, 2}), {1, 2});
    expect_values(run("Unsqueeze", {2}, {1, 2}, {}, {indices({1})}), {1, 2});
    expect_values(run("Concat", {2, 1, 1}, {1, 2}, {{"axis", std::int64_t{1}}}), {1, 2});
    // Four channels 1, 2, 3, 4 of one pixel become a block, row by row.
    expect_values(run("DepthToSpace", {4, 1, 1}, {1, 2, 3, 4}, {{"blocksize", std::int64_t{2}}}),
                  {1, 2, 3, 4});
    // Two blocks: channel c * 4 + b in mode CRD, b * 2 + c in DCR.
    const Floats deep{1, 2, 3, 4, 5, 6, 7, 8};
    expect_values(
        run("DepthToSpace", {8, 1, 1}, deep, {{"blocksize", std::int64_t{2}}, {"mode", std::string("CRD")}}),
        {1, 2, 3, 4, 5, 6, 7, 8});
    expect_values(run("DepthToSpace", {8, 1, 1}, deep, {{"blocksize", std::int64_t{2}}}),
                  {1, 3, 5, 7, 2, 4, 6, 8});
    expect_values(run("SpaceToDepth", shape, image, {{"blocksize", std::int64_t{2}}}),
                  {1, 5, 2, 6, 3, 7, 4, 8});
}

TEST(RearrangementKernels, PadWithAConstantAReflectionOrTheEdge) {
    const auto pad = [](const std::string& mode) {
        return run("Pad", {1, 1, 3}, {1, 2, 3}, {{"mode", mode}}, {indices({0, 0, 0, 2, 0, 0, 0, 1})});
    };
    expect_values(pad("constant"), {0, 0, 1, 2, 3, 0});
    expect_values(pad("reflect"), {3, 2, 1, 2, 3, 2});
    expect_values(pad("edge"), {1, 1, 1, 2, 3, 3});
    // Corners.
    expect_values(run("Pad", {1, 2, 2}, {1, 2, 3, 4}, {{"mode", std::string("reflect")}},
                      {indices({0, 0, 1, 1, 0, 0, 0, 0})}),
                  {4, 3, 4, 2, 1, 2, 4, 3, 4});
}

TEST(RearrangementKernels, Resize) {
    const auto resize = [](const Attributes& attributes, float factor) {
        return run("Resize", {1, 1, 2}, {1, 3}, attributes,
                   {numbers({1}, {0}), numbers({4}, {1, 1, 1, factor})});
    };
    const std::string mode = "coordinate_transformation_mode";
    expect_values(resize({}, 2), {1, 1, 3, 3});
    // Half pixels: -0.25, 0.25, 0.75, 1.25, held at the ends.
    expect_values(resize({{"mode", std::string("linear")}}, 2), {1, 1.5F, 2.5F, 3});
    expect_values(resize({{"mode", std::string("linear")}, {mode, std::string("asymmetric")}}, 2),
                  {1, 2, 3, 3});
    expect_values(resize({{"mode", std::string("linear")}, {mode, std::string("align_corners")}}, 2),
                  {1, 1 + 2.0F / 3, 1 + 4.0F / 3, 3});
    expect_values(resize({{"nearest_mode", std::string("ceil")}, {mode, std::string("asymmetric")}}, 2),
                  {1, 3, 3, 3});
    expect_values(run("Upsample", {1, 1, 2}, {1, 3}, {}, {numbers({4}, {1, 1, 2, 1})}, 9), {1, 3, 1, 3});
}

const Attributes kBatchFirst{{"layout", std::int64_t{1}}};

TEST(RecurrentKernels, RememberInCellsAndShowThroughAGate) {
    // All gates one half, the candidate tanh(x): the cell is 0.5 tanh(1), then that halved plus 0.5 tanh(1).
    const Parameter weights = numbers({1, 4, 1}, {0, 0, 0, 1});
    expect_values(run("LSTM", {2, 1}, {1, 1}, kBatchFirst, {weights, numbers({1, 4, 1}, {0, 0, 0, 0})}),
                  {0.181700F, 0.258118F});
    // From h = 2 and C = 1, recurrence 0.5 to the candidate: C = 0.5 + 0.5 tanh(1 + 1), which opens its own
    // output gate by a peephole of 1.
    Network network;
    network.name = "test";
    network.inputs = {"x"};
    network.outputs = {"y"};
    network.shapes["x"] = {kBatch, 1, 1};
    network.nodes = {{"node", "LSTM", {"x", "w", "r", "", "", "h", "c", "p"}, {"y"}, kBatchFirst}};
    network.parameters = {{"w", weights},
                          {"r", numbers({1, 4, 1}, {0, 0, 0, 0.5F})},
                          {"h", numbers({1, 1, 1}, {2})},
                          {"c", numbers({1, 1, 1}, {1})},
                          {"p", numbers({1, 3}, {0, 1, 0})}};
    const Network inferred = infer_shapes(std::move(network), "test").value();
    expect_values(FloatExecutor::create(inferred).value().run(Floats{1}, 1), {0.548494F});
}

TEST(RecurrentKernels, RunBackwardsAndBothWays) {
    // Gates one half: what comes first is halved once more. Forward and backward beside each other by time.
    const Floats samples{1, 0};
    const float once = 0.5F * std::tanh(0.5F * std::tanh(1.0F));
    const float twice = 0.5F * std::tanh(0.25F * std::tanh(1.0F));
    const auto lstm = [&](const std::string& direction, std::int64_t directions) {
        Attributes attributes = kBatchFirst;
        attributes["direction"] = direction;
        Floats weights{0, 0, 0, 1};
        if (directions == 2) weights.insert(weights.end(), {0, 0, 0, 1});
        return run("LSTM", {2, 1}, samples, attributes,
                   {numbers({directions, 4, 1}, weights),
                    numbers({directions, 4, 1}, Floats(static_cast<std::size_t>(4 * directions), 0))});
    };
    expect_values(lstm("forward", 1), {once, twice});
    expect_values(lstm("reverse", 1), {once, 0});
    expect_values(lstm("bidirectional", 2), {once, once, twice, 0});
}

TEST(RecurrentKernels, ResetBeforeOrAfterTheProduct) {
    // Both gates one half. From 0: the candidate is tanh(1 + 2), or, reset after the product, tanh(1 + 0.5 *
    // 2).
    const Parameter weights = numbers({1, 3, 1}, {0, 0, 1});
    const Parameter recurrence = numbers({1, 3, 1}, {0, 0, 2});
    const Parameter bias = numbers({1, 6}, {0, 0, 0, 0, 0, 2});
    expect_values(run("GRU", {1, 1}, {1}, kBatchFirst, {weights, recurrence, bias}),
                  {0.5F * std::tanh(3.0F)});
    Attributes linear = kBatchFirst;
    linear["linear_before_reset"] = std::int64_t{1};
    expect_values(run("GRU", {1, 1}, {1}, linear, {weights, recurrence, bias}), {0.5F * std::tanh(2.0F)});
    // Two steps without biases: h1 = 0.5 tanh(1), then 0.5 tanh(1 + 2 * 0.5 h1) + 0.5 h1.
    const float first = 0.5F * std::tanh(1.0F);
    expect_values(run("GRU", {2, 1}, {1, 1}, kBatchFirst, {weights, recurrence}),
                  {first, 0.5F * std::tanh(1.0F + first) + 0.5F * first});
}

TEST(ReductionKernels, ReduceAlongAxes) {
    const Floats image{1, 2, 3, 4, 5, 6, 7, 8}; // two channels of 2x2
    const Shape shape{2, 2, 2};
    expect_values(run("ReduceMean", shape, image, {{"axes", Integers{2, 3}}}), {2.5F, 6.5F});
    expect_values(run("ReduceSum", shape, image, {}, {indices({1})}), {6, 8, 10, 12});
    expect_values(run("ReduceMax", shape, image, {{"axes", Integers{-1}}, {"keepdims", std::int64_t{0}}}),
                  {2, 4, 6, 8});
    expect_values(run("ReduceMin", shape, image, {{"axes", Integers{1, 2, 3}}}), {1});
    expect_values(run("ArgMax", {3}, {1, 5, 5}, {{"axis", std::int64_t{1}}}), {1});
    expect_values(
        run("ArgMax", {3}, {1, 5, 5}, {{"axis", std::int64_t{1}}, {"select_last_index", std::int64_t{1}}}),
        {2});
}

} // namespace
} // namespace tandem
