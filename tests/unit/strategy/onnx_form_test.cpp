#include "tandem/strategy/onnx_form.h"

#include <gtest/gtest.h>

#include "../network_builder.h"
#include "../require.h"
#include "tandem/core/check.h"
#include "tandem/engine/calibration.h"
#include "tandem/engine/integer_executor.h"
#include "tandem/network/rewrites/rewrites.h"
#include "tandem/strategy/tflite/tflite.h"
#include "tflite_model.h"

namespace tandem {
namespace {

using List = std::vector<std::int64_t>;

/// A residual network with a shortcut, a mean, and a layer at the end.
Network residual_network() {
    NetworkBuilder build({2, 6, 6}, /*seed=*/31);
    const std::string stem = build.relu(build.conv("input", {4, 2, 3, 3}, {{"pads", List{1, 1, 1, 1}}}));
    const std::string pooled =
        build.add("MaxPool", {stem}, {{"kernel_shape", List{2, 2}}, {"strides", List{2, 2}}});
    const std::string branch = build.conv(pooled, {4, 4, 3, 3}, {{"pads", List{1, 1, 1, 1}}});
    const std::string sum = build.relu(build.add("Add", {branch, pooled}));
    return prepare_for_deployment(
        build.finish(build.gemm(build.add("Flatten", {build.add("GlobalAveragePool", {sum})}), 4, 3)));
}

Strategy calibrated(const Network& network, int weight_bits, int activation_bits) {
    const auto samples = random_samples(network, 16, /*seed=*/2);
    return apply_calibration(uniform_strategy(network, weight_bits, activation_bits), network,
                             require(calibrate(network, samples, {weight_bits, activation_bits})));
}

QuantizedNetwork written_and_read(const Network& network, const Strategy& strategy,
                                  QuantizedOnnxForm form = QuantizedOnnxForm::qdq) {
    const std::string bytes = emit_quantized_onnx(require(to_onnx_form(network, strategy, form)), form);
    auto quantized = require(parse_quantized_onnx(bytes, "again.onnx"));
    TANDEM_CHECK(quantized.has_value(), "a quantised file");
    return require(from_onnx_form(*std::move(quantized), "again.onnx"));
}

/// The strategy's formats by tensor: a file has them in another order.
std::map<std::string, TensorFormat> formats_of(const Strategy& strategy) {
    std::map<std::string, TensorFormat> formats;
    for (const TensorFormat& tensor : strategy.calibrated->tensors) formats[tensor.tensor] = tensor;
    return formats;
}

class EveryForm : public testing::TestWithParam<QuantizedOnnxForm> {};
INSTANTIATE_TEST_SUITE_P(OnnxForm, EveryForm,
                         testing::Values(QuantizedOnnxForm::qdq, QuantizedOnnxForm::qonnx),
                         [](const auto& form) {
                             return form.param == QuantizedOnnxForm::qdq ? "qdq" : "qonnx";
                         });

TEST_P(EveryForm, ReadsBackTheSameStrategyAtEveryWidth) {
    const Network network = residual_network();
    for (const auto& [weight_bits, activation_bits] :
         {std::pair{8, 8}, std::pair{4, 4}, std::pair{2, 8}, std::pair{16, 16}, std::pair{8, 12}}) {
        SCOPED_TRACE(testing::Message() << weight_bits << ", " << activation_bits << " bits");
        const Strategy strategy = calibrated(network, weight_bits, activation_bits);
        const auto [again, read] = written_and_read(network, strategy, GetParam());
        EXPECT_EQ(read.layers, strategy.layers);
        EXPECT_EQ(read.calibrated->layers, strategy.calibrated->layers);
        EXPECT_EQ(read.arithmetic, strategy.arithmetic);
        EXPECT_EQ(read.output_bits, strategy.output_bits);
        for (const auto& [tensor, format] : formats_of(strategy)) {
            EXPECT_EQ(formats_of(read).at(tensor), format) << tensor;
        }
        IntegerProgram expected = require(lower_to_integers(network, strategy));
        IntegerProgram found = require(lower_to_integers(again, read));
        EXPECT_EQ(found.steps, expected.steps);
        EXPECT_EQ(found.tensors, expected.tensors);
    }
}

TEST_P(EveryForm, CarriesScalesAndZeroPoints) {
    ImportedNetwork tflite = require(parse_tflite(small_tflite_model(), "small.tflite"));
    const Network network = prepare_for_deployment(std::move(tflite.network));
    Strategy strategy = tflite.strategy.value();
    strategy.arithmetic.requantization = RequantizationKind::floating;
    const auto [again, read] = written_and_read(network, strategy, GetParam());
    EXPECT_EQ(read.arithmetic.requantization, RequantizationKind::floating);
    const IntegerProgram expected = require(lower_to_integers(network, strategy));
    const IntegerProgram found = require(lower_to_integers(again, read));
    EXPECT_EQ(found.tensors, expected.tensors);
    ASSERT_EQ(found.steps.size(), expected.steps.size());
    const auto samples = random_samples(network, 8, /*seed=*/4);
    const IntegerValues input = quantize_input(expected, samples);
    EXPECT_EQ(execute_plain(found, input, 8), execute_plain(expected, input, 8));
}

TEST(OnnxForm, SaysFewLevelsAsQonnxAlone) {
    const Network network = residual_network();
    Strategy strategy = calibrated(network, 8, 8);
    const auto narrow = [&](std::size_t layer, const NumberFormat& format) {
        strategy.layers[layer].weight_bits = format.bits;
        strategy.calibrated->layers[layer].weights = format;
    };
    narrow(0, bipolar_format(2));
    narrow(1, ternary_format(1));
    const Result<QuantizedOnnx> refused = to_onnx_form(network, strategy);
    ASSERT_FALSE(refused);
    EXPECT_NE(to_string(refused.error()).find("--format qonnx"), std::string::npos);
    const auto [again, read] = written_and_read(network, strategy, QuantizedOnnxForm::qonnx);
    EXPECT_EQ(read.calibrated->layers, strategy.calibrated->layers);
    const IntegerProgram expected = require(lower_to_integers(network, strategy));
    EXPECT_EQ(require(lower_to_integers(again, read)).steps, expected.steps);
}

/// A file with one Quant, some words of which are replaced by others of the same length.
std::string refusal_of_qonnx(const std::map<std::string, std::string>& replacements) {
    const Network network = residual_network();
    const QuantizedOnnx form =
        require(to_onnx_form(network, calibrated(network, 8, 8), QuantizedOnnxForm::qonnx));
    std::string bytes = emit_quantized_onnx(form, QuantizedOnnxForm::qonnx);
    for (const auto& [from, to] : replacements) {
        TANDEM_CHECK(from.size() == to.size(), "words of one length");
        for (std::size_t at = 0; (at = bytes.find(from, at)) != std::string::npos; at += to.size()) {
            bytes.replace(at, from.size(), to);
        }
    }
    const auto parsed = parse_quantized_onnx(bytes, "q.onnx");
    return parsed ? std::string("none") : to_string(parsed.error());
}

TEST(OnnxForm, RefusesQuantThatRoundsOtherwise) {
    EXPECT_EQ(refusal_of_qonnx({}), "none");
    EXPECT_NE(refusal_of_qonnx({{"ROUND", "FLOOR"}}).find("found rounding_mode FLOOR, expected ROUND"),
              std::string::npos);
}

TEST_P(EveryForm, SaysWhatALayerReadsNarrowerThanItIsStored) {
    const Network network = residual_network();
    const auto samples = random_samples(network, 16, /*seed=*/2);
    Strategy strategy = uniform_strategy(network, 8, 8);
    strategy.layers[1].activation_bits = 4; // of the tensor that the Add reads too
    strategy = apply_calibration(strategy, network, require(calibrate(network, samples, {4, 8})));
    const QuantizedNetwork read = written_and_read(network, strategy, GetParam());
    const auto outputs = [&](const Network& any, const Strategy& formats) {
        const IntegerProgram program = require(lower_to_integers(any, formats));
        return execute_plain(program, quantize_input(program, samples), 16)[program.output];
    };
    EXPECT_EQ(outputs(read.network, read.strategy), outputs(network, strategy));
}

TEST(OnnxForm, IsDeterministic) {
    const Network network = residual_network();
    const QuantizedOnnx form = require(to_onnx_form(network, calibrated(network, 8, 8)));
    EXPECT_EQ(emit_quantized_onnx(form), emit_quantized_onnx(form));
}

TEST(OnnxForm, SaysNothingOfFilesThatAreNotQuantised) {
    EXPECT_FALSE(require(parse_quantized_onnx(emit_onnx(residual_network()), "float.onnx")).has_value());
}

TEST(OnnxForm, RefusesWhatQdqDoesNotSay) {
    const Network network = residual_network();
    const auto refusal = [&](const Strategy& strategy) {
        const Result<QuantizedOnnx> form = to_onnx_form(network, strategy);
        return form ? std::string("none") : to_string(form.error());
    };
    Strategy strategy = calibrated(network, 8, 8);
    EXPECT_EQ(refusal(strategy), "none");
    strategy.arithmetic.rounding = Rounding::truncation;
    EXPECT_NE(refusal(strategy).find("half_even and exact sums"), std::string::npos);
    strategy = calibrated(network, 8, 8);
    strategy.calibrated->layers[1].activations.fraction_bits += 1;
    EXPECT_NE(refusal(strategy).find("inputs read as they are stored"), std::string::npos);
    strategy.calibrated.reset();
    EXPECT_NE(refusal(strategy).find("a calibrated strategy"), std::string::npos);
}

TEST(OnnxForm, RefusesLayersThatAreNotQuantised) {
    const Network network = residual_network();
    QuantizedOnnx form = require(to_onnx_form(network, calibrated(network, 8, 8)));
    form.constants.erase(network.nodes[0].inputs[1]);
    const auto weights = from_onnx_form(form, "q.onnx");
    ASSERT_FALSE(weights);
    EXPECT_EQ(to_string(weights.error()),
              "q.onnx: node 'Conv_0': found weights that are not quantised, expected "
              "DequantizeLinear of integer constants");
    form = require(to_onnx_form(network, calibrated(network, 8, 8)));
    form.activations.erase("input");
    const auto input = from_onnx_form(form, "q.onnx");
    ASSERT_FALSE(input);
    EXPECT_NE(to_string(input.error()).find("an input that is not quantised"), std::string::npos);
}

} // namespace
} // namespace tandem
