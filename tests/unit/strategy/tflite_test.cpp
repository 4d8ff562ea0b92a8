#include "tandem/strategy/tflite/tflite.h"

#include <gtest/gtest.h>

#include "tandem/engine/integer_executor.h"
#include "tandem/engine/integer_values.h"
#include "tandem/network/operators/operators.h"
#include "tandem/network/rewrites/rewrites.h"
#include "tandem/strategy/quantized_network.h"
#include "tflite_model.h"

namespace tandem {
namespace {

using tflite_file::Activation;
using tflite_file::Padding;
using tflite_file::TensorType;

QuantizedNetwork read(const std::string& bytes) {
    Result<ImportedNetwork> read = parse_tflite(bytes, "models/small.tflite");
    EXPECT_TRUE(read) << to_string(read.error());
    if (!read || !read->strategy) return {};
    return {std::move(read->network), *std::move(read->strategy)};
}

std::string refusal(const std::string& bytes) {
    const Result<ImportedNetwork> read = parse_tflite(bytes, "small.tflite");
    return read ? "none" : to_string(read.error());
}

TEST(Tflite, GivesTheNetworkChannelsFirst) {
    const auto [network, strategy] = read(small_tflite_model());
    EXPECT_EQ(network.name, "small");
    EXPECT_EQ(network.shape("input"), (Shape{kBatch, 2, 2, 2}));
    EXPECT_EQ(network.shape("logits"), (Shape{kBatch, 3}));
    std::vector<std::string> types;
    for (const Node& node : network.nodes) types.push_back(node.type);
    EXPECT_EQ(types, (std::vector<std::string>{"Conv", "Clip", "Conv", "Add", "AveragePool", "Flatten",
                                               "Gemm", "Softmax"}));
    // Weights (output, row, column, input) times the output's scale.
    const Parameter& weights = *network.parameter("Conv_0.weight");
    EXPECT_EQ(weights.shape, (Shape{2, 2, 1, 1}));
    EXPECT_EQ(float_values(weights), (std::vector<float>{10 * 0.01F, -20 * 0.01F, 30 * 0.02F, 40 * 0.02F}));
    // Depthwise (1, row, column, channel): channel 0 has 1 and 3, channel 1 has 2 and 4.
    const Parameter& depthwise = *network.parameter("Conv_2.weight");
    EXPECT_EQ(depthwise.shape, (Shape{2, 1, 1, 2}));
    EXPECT_EQ(float_values(depthwise), (std::vector<float>{0.25F, 0.75F, 1.0F, 2.0F}));
    // The filter of two columns leaves its one column of padding at the end.
    const ConvAttributes attributes = conv_attributes(network.nodes[2], network);
    EXPECT_EQ(attributes.groups, 2);
    EXPECT_EQ(attributes.window.pads_begin, (std::array<std::int64_t, 2>{0, 0}));
    EXPECT_EQ(attributes.window.pads_end, (std::array<std::int64_t, 2>{0, 1}));
    EXPECT_FLOAT_EQ(float_values(*network.parameter("Conv_0.bias"))[0], 7 * 0.5F * 0.01F);
}

TEST(Tflite, GivesTheStrategyThatMakesTheIntegersAgain) {
    const auto [network, strategy] = read(small_tflite_model());
    EXPECT_EQ(strategy.arithmetic.requantization, RequantizationKind::multiplier_twice);
    EXPECT_EQ(strategy.output_bits, 8);
    ASSERT_EQ(strategy.calibrated->layers.size(), 3U);
    EXPECT_EQ(strategy.calibrated->layers[0].weight_scales, (std::vector<float>{0.01F, 0.02F}));
    // 1,000,000,001 steps are no float, so the strategy has the integers.
    EXPECT_EQ(strategy.calibrated->layers[0].bias, (std::vector<std::int64_t>{7, -1'000'000'001}));
    EXPECT_TRUE(strategy.calibrated->layers[1].bias.empty());
    // Every tensor but the Softmax's, which is never stored.
    ASSERT_EQ(strategy.calibrated->tensors.size(), 7U);
    EXPECT_EQ(strategy.calibrated->tensors[2], (TensorFormat{"deep", {.bits = 8}, AffineScale{0.125F, 3}}));
    const Result<void> prepared = validate(strategy, prepare_for_deployment(network), "strategy");
    EXPECT_TRUE(prepared) << to_string(prepared.error());
}

TEST(Tflite, PadsAsTheFormatDefines) {
    // 5 rows, kernel 3, stride 2: 3 outputs cover 7, one row of padding on each side. 4 rows: 2 outputs
    // cover 5, and the one goes to the end.
    for (const auto& [extent, begin, end] : {std::array{5, 1, 1}, std::array{4, 0, 1}}) {
        TfliteModel model;
        const auto input = model.activation("input", {1, extent, extent, 1}, 1.0F, 0);
        const auto output = model.activation("output", {1, (extent + 1) / 2, (extent + 1) / 2, 1}, 1.0F, 0);
        const auto weights =
            model.weights("weights", {1, 3, 3, 1}, std::vector<std::int8_t>(9, 1), {1.0F}, 0);
        model.conv({input, weights}, output, Padding::same, 2, Activation::none);
        const auto [network, strategy] = read(model.finish({input}, {output}));
        const Window window = conv_attributes(network.nodes[0], network).window;
        EXPECT_EQ(window.pads_begin[0], begin);
        EXPECT_EQ(window.pads_end[0], end);
    }
}

TEST(Tflite, RefusesWhatIsNoModel) {
    EXPECT_NE(refusal("").find("expected a TensorFlow Lite model"), std::string::npos);
    const std::string whole = small_tflite_model();
    EXPECT_NE(refusal(whole.substr(0, whole.size() / 2)).find("a damaged file"), std::string::npos);
    std::string other = whole;
    other[4] = 'X';
    EXPECT_NE(refusal(other).find("one of another format"), std::string::npos);
}

/// A convolution of one pixel, with one thing wrong.
struct Flaw {
    tflite_file::TensorType input_type = tflite_file::TensorType::int8;
    std::int64_t zero_point = 0;
    float scale = 1.0F;
    std::int32_t input_tensor = 0;
    std::vector<std::int8_t> weights{1};
    std::vector<float> weight_scales{1.0F};
    std::int32_t operation = 3;
    std::int32_t output_rows = 1;
};

std::string refusal_of(const Flaw& flaw) {
    TfliteModel model;
    const auto input = model.activation("input", {1, 1, 1, 1}, flaw.scale, flaw.zero_point, flaw.input_type);
    const auto output = model.activation("output", {1, flaw.output_rows, 1, 1}, 1.0F, 0);
    const auto weights = model.weights("weights", {1, 1, 1, 1}, flaw.weights, flaw.weight_scales, 0);
    if (flaw.operation == 3) {
        model.conv({input + flaw.input_tensor, weights}, output, Padding::valid, 1, Activation::none);
    } else {
        model.other(flaw.operation, {input}, output);
    }
    return refusal(model.finish({input}, {output}));
}

TEST(Tflite, RefusesOneLineAThing) {
    EXPECT_EQ(refusal_of({}), "none");
    EXPECT_NE(refusal_of({.input_type = tflite_file::TensorType::float32})
                  .find("float32, as the input of the model"),
              std::string::npos);
    EXPECT_NE(refusal_of({.zero_point = 200}).find("zero point 200"), std::string::npos);
    EXPECT_NE(refusal_of({.scale = -1.0F}).find("found -1, expected a positive number"), std::string::npos);
    EXPECT_NE(refusal_of({.input_tensor = 1}).find("an input that nothing writes"), std::string::npos);
    EXPECT_NE(refusal_of({.input_tensor = 77}).find("tensor 77"), std::string::npos);
    EXPECT_NE(refusal_of({.weights = {1, 2}}).find("2 bytes, expected 1"), std::string::npos);
    EXPECT_NE(refusal_of({.weight_scales = {1.0F, 2.0F}}).find("weights 'weights'"), std::string::npos);
    EXPECT_NE(refusal_of({.operation = 99}).find("operation 99"), std::string::npos);
    EXPECT_NE(refusal_of({.operation = 3, .output_rows = 2}).find("by its operator"), std::string::npos);
    EXPECT_NE(refusal_of({.operation = 0}).find("another operator's"), std::string::npos);
    EXPECT_NE(refusal_of({.operation = 22}).find("a RESHAPE"), std::string::npos);
    EXPECT_NE(refusal_of({.operation = 25}).find("none"), std::string::npos);
}

/// A pointwise convolution of float activations, its weights floats or, as in hybrid models, 8 bits.
std::string float_model(bool has_float_weights) {
    TfliteModel model;
    const auto input = model.floats("input", {1, 2, 2, 2}, {});
    const auto output = model.floats("output", {1, 2, 2, 1}, {});
    const auto weights = has_float_weights ? model.floats("weights", {1, 1, 1, 2}, {0.5F, -0.75F})
                                           : model.weights("weights", {1, 1, 1, 2}, {2, -3}, {0.25F}, 0);
    const auto bias = model.floats("bias", {1}, {1.5F});
    model.conv({input, weights, bias}, output, Padding::same, 1, Activation::relu);
    return model.finish({input}, {output});
}

TEST(Tflite, FloatModelsAreNetworksWithoutAStrategy) {
    for (const bool has_float_weights : {true, false}) {
        const Result<ImportedNetwork> read = parse_tflite(float_model(has_float_weights), "small.tflite");
        ASSERT_TRUE(read) << to_string(read.error());
        EXPECT_FALSE(read->strategy);
        EXPECT_EQ(read->network.shape("input"), (Shape{kBatch, 2, 2, 2}));
        EXPECT_EQ(float_values(*read->network.parameter("Conv_0.weight")), (std::vector{0.5F, -0.75F}));
        EXPECT_EQ(float_values(*read->network.parameter("Conv_0.bias")), (std::vector{1.5F}));
    }
}

/// A byte made signed, padded, convolved, averaged to a vector, and its class made unsigned again.
std::string padded_model(const std::vector<std::int32_t>& pads, const std::vector<std::int32_t>& axes,
                         bool has_convolution = true) {
    TfliteModel model;
    const auto input = model.activation("input", {1, 2, 2, 1}, 0.5F, 128, TensorType::uint8);
    const auto centred = model.activation("signed", {1, 2, 2, 1}, 0.5F, 0);
    const auto padded = model.activation("padded", {1, 3, 3, 1}, 0.5F, 0);
    const auto wide = model.activation("wide", {1, 2, 2, 1}, 0.25F, 0);
    const auto mean = model.activation("mean", {1, 1}, 0.125F, 3);
    const auto classes = model.activation("classes", {1, 1}, 1.0F / 256.0F, -128);
    const auto last = model.activation("last", {1, 1}, 1.0F / 256.0F, 0, TensorType::uint8);
    const auto weights = model.weights("weights", {1, 2, 2, 1}, {1, 2, 3, 4}, {0.5F}, 0);
    model.other(114, {input}, centred);
    model.other(34, {centred, model.integers_of("pads", {4, 2}, pads)}, padded);
    if (has_convolution) {
        model.conv({padded, weights}, wide, Padding::valid, 1, Activation::none);
    } else {
        model.max_pool(padded, wide, 2, 1);
    }
    model.other(40, {wide, model.integers_of("axes", {2}, axes)}, mean);
    model.softmax(mean, classes);
    model.other(114, {classes}, last);
    return model.finish({input}, {last});
}

TEST(Tflite, ReadsWhatPadsAveragesAndChangesFormats) {
    const auto [network, strategy] = read(padded_model({0, 0, 1, 0, 0, 1, 0, 0}, {1, 2}));
    std::vector<std::string> types;
    for (const Node& node : network.nodes) types.push_back(node.type);
    EXPECT_EQ(types,
              (std::vector<std::string>{"Clip", "Pad", "Conv", "GlobalAveragePool", "Flatten", "Softmax"}));
    const Network prepared = prepare_for_deployment(network);
    const Result<IntegerProgram> program = lower_to_integers(prepared, strategy);
    ASSERT_TRUE(program) << to_string(program.error());
    // Pixels 129 to 132 are 1 to 4. With a row above and a column to the right, the four windows' products
    // with 1, 2, 3, 4 are 11, 6, 30 and 14, at the scale 0.25 as they are. Their sum is 61; twice that over
    // four is 30.5.
    const std::vector<float> sample{0.5F, 1.0F, 1.5F, 2.0F};
    const IntegerValues input = quantize_input(*program, sample);
    EXPECT_EQ(execute_plain(*program, input, 1)[program->output][0], 31 + 3);
}

TEST(Tflite, RefusesOtherPadsAndMeans) {
    EXPECT_NE(refusal(padded_model({0, 1, 1, 0, 0, 1, 0, 0}, {1, 2})).find("zeros beside rows and columns"),
              std::string::npos);
    EXPECT_NE(refusal(padded_model({0, 0, 1, 0, 0, 1, 0, 0}, {1, 3})).find("the axes 1 and 2"),
              std::string::npos);
    EXPECT_NE(refusal(padded_model({0, 0, 1, 0, 0, 1, 0, 0}, {1, 2}, false)).find("one before a convolution"),
              std::string::npos);
}

TEST(Tflite, KindsOfActivationsAreNotMixed) {
    TfliteModel model;
    const auto input = model.floats("input", {1, 1, 1, 2}, {});
    const auto output = model.activation("output", {1, 2}, 0.5F, 0);
    model.reshape(input, output);
    EXPECT_EQ(refusal(model.finish({input}, {output})),
              "small.tflite: output: found type 9, expected float32, as the input of the model");
}

} // namespace
} // namespace tandem
