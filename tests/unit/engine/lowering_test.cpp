#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

#include "../network_builder.h"
#include "tandem/engine/calibration.h"
#include "tandem/engine/float_executor.h"
#include "tandem/engine/integer_executor.h"
#include "tandem/engine/integer_program.h"
#include "tandem/network/rewrites/rewrites.h"
#include "tandem/network/topologies/topologies.h"

namespace tandem {
namespace {

using List = std::vector<std::int64_t>;

template <class T> T require(Result<T> result) {
    TANDEM_CHECK(result.has_value(), to_string(result.error()));
    return *std::move(result);
}

Strategy calibrate_uniformly(const Network& network, std::span<const float> samples, int weight_bits,
                             int activation_bits) {
    const Calibration calibration = require(calibrate(network, samples, {weight_bits, activation_bits}));
    return apply_calibration(uniform_strategy(network, weight_bits, activation_bits), network, calibration);
}

/// Lowers the network at 16 bits throughout and compares its outputs with the float network's: the
/// root of the mean squared error over the root of the mean square.
double relative_error_at_16_bits(const Network& network) {
    constexpr std::int64_t kSamples = 8;
    const std::vector<float> samples = random_samples(network, kSamples, /*seed=*/2);
    const IntegerProgram program =
        require(lower_to_integers(network, calibrate_uniformly(network, samples, 16, 16)));
    const IntegerValues outputs =
        execute_plain(program, quantize_input(program, samples), kSamples)[program.output];
    const std::vector<float> expected = require(FloatExecutor::create(network)).run(samples, kSamples);
    EXPECT_EQ(outputs.size(), expected.size());
    double error = 0.0;
    double square = 0.0;
    for (std::size_t i = 0; i < expected.size(); ++i) {
        const double exact = static_cast<double>(expected[i]);
        const double found =
            static_cast<double>(dequantize(outputs[i], program.tensors[program.output].format));
        error += (found - exact) * (found - exact);
        square += exact * exact;
    }
    return std::sqrt(error / square);
}

// 16-bit rounding leaves errors of about 2^-13; a wrong layout, pad or bias leaves about 1.
constexpr double kRoundingError = 1e-3;

TEST(Lowering, ComputesWhatTheFloatNetworkComputes) {
    NetworkBuilder build({3, 9, 7}, /*seed=*/21);
    const std::string stem = build.relu(
        build.conv("input", {8, 3, 3, 3},
                   {{"pads", List{1, 0, 2, 1}}, {"strides", List{1, 2}}, {"dilations", List{2, 1}}}));
    const std::string grouped = build.conv(stem, {8, 2, 1, 1}, {{"group", std::int64_t{4}}});
    const std::string sum = build.relu(build.add("Add", {grouped, stem}));
    EXPECT_LT(relative_error_at_16_bits(build.finish(build.add("Flatten", {sum}))), kRoundingError);
}

TEST(Lowering, PoolsLikeTheFloatNetwork) {
    NetworkBuilder build({4, 7, 7}, /*seed=*/22);
    const std::string maximum = build.add("MaxPool", {"input"},
                                          {{"kernel_shape", List{3, 2}},
                                           {"strides", List{2, 2}},
                                           {"pads", List{1, 0, 1, 0}},
                                           {"ceil_mode", std::int64_t{1}}});
    const std::string mean =
        build.add("AveragePool", {maximum}, {{"kernel_shape", List{3, 3}}, {"pads", List{1, 1, 1, 1}}});
    const std::string padded_mean = build.add(
        "AveragePool", {mean},
        {{"kernel_shape", List{2, 2}}, {"pads", List{1, 1, 0, 0}}, {"count_include_pad", std::int64_t{1}}});
    EXPECT_LT(relative_error_at_16_bits(build.finish(build.add("Flatten", {padded_mean}))), kRoundingError);
}

TEST(Lowering, FlattensInTheOrderOfTheWeights) {
    NetworkBuilder build({3, 4, 5}, /*seed=*/23);
    const std::string hidden = build.relu(build.gemm(build.add("Flatten", {"input"}), 60, 16));
    const std::string output =
        build.add("Gemm", {hidden, build.random_parameter({5, 16}, 0.3), build.parameter({1}, {0.5F})},
                  {{"transB", std::int64_t{1}}});
    EXPECT_LT(relative_error_at_16_bits(build.finish(output)), kRoundingError);
}

TEST(Lowering, ClipsLikeTheFloatNetwork) {
    NetworkBuilder build({16}, /*seed=*/24);
    const std::string low = build.parameter({}, {-0.7F});
    const std::string high = build.parameter({}, {0.4F});
    EXPECT_LT(relative_error_at_16_bits(build.finish(build.add("Clip", {"input", low, high}))),
              kRoundingError);
    NetworkBuilder layer({16}, /*seed=*/25);
    const std::string dense = layer.gemm("input", 16, 8);
    const std::string bound = layer.parameter({}, {0.5F});
    EXPECT_LT(relative_error_at_16_bits(layer.finish(layer.add("Clip", {dense, "", bound}))), kRoundingError);
}

TEST(Lowering, KeepsLenetAtSixteenBits) {
    const TopologyRequest request{.input_shape = {kBatch, 1, 16, 16}};
    const Network network = prepare_for_deployment(find_topology("lenet5")->build(request));
    EXPECT_LT(relative_error_at_16_bits(network), kRoundingError);
}

class LoweredResnet8 : public testing::Test {
  protected:
    const Network network_ =
        prepare_for_deployment(find_topology("resnet8")->build({.input_shape = {kBatch, 1, 28, 28}}));
    const std::vector<float> samples_ = random_samples(network_, 4, /*seed=*/3);
    const Calibration calibration_ = require(calibrate(network_, samples_, {4, 6, 8}));
};

TEST_F(LoweredResnet8, ComputesWhatTheFloatNetworkComputes) {
    EXPECT_LT(relative_error_at_16_bits(network_), kRoundingError);
}

TEST_F(LoweredResnet8, HasOneStepALayerAndOneForTheMean) {
    const Strategy strategy = apply_calibration(uniform_strategy(network_, 8, 8), network_, calibration_);
    const IntegerProgram program = require(lower_to_integers(network_, strategy));
    ASSERT_EQ(program.steps.size(), 11U); // conv1; 2, 3 and 3 of the stages; mean; classifier
    EXPECT_EQ(program.tensors.size(), 12U);
    std::vector<std::string> residuals;
    for (const Step& step : program.steps) {
        const auto* layer = std::get_if<LayerStep>(&step);
        if (layer == nullptr) continue;
        residuals.push_back(layer->layer +
                            (layer->residual ? " + " + program.tensors[*layer->residual].name : ""));
    }
    EXPECT_EQ(residuals,
              (std::vector<std::string>{"conv1", "stage1.conv1", "stage1.conv2 + relu1", "stage2.conv1",
                                        "stage2.conv2", "stage2.shortcut + stage2.bn2", "stage3.conv1",
                                        "stage3.conv2", "stage3.shortcut + stage3.bn2", "classifier"}));
    EXPECT_EQ(program.tensors[program.output].extents, (Extents{.channels = 10}));
}

TEST_F(LoweredResnet8, StoresEachTensorForItsWidestReader) {
    Strategy strategy = uniform_strategy(network_, 8, 6);
    for (LayerStrategy& layer : strategy.layers) {
        if (layer.layer == "stage2.conv1") layer.activation_bits = 4;
        if (layer.layer == "stage2.shortcut") layer.activation_bits = 8;
    }
    const IntegerProgram program =
        require(lower_to_integers(network_, apply_calibration(strategy, network_, calibration_)));
    for (const Step& step : program.steps) {
        const auto* layer = std::get_if<LayerStep>(&step);
        if (layer == nullptr) continue;
        const NumberFormat& stored = program.tensors[layer->input].format;
        if (layer->layer == "stage2.conv1") {
            EXPECT_EQ(stored.bits, 8);
            EXPECT_EQ(layer->input_format.bits, 4);
        }
        if (layer->layer == "stage3.conv1") {
            EXPECT_EQ(stored, layer->input_format);
        }
    }
    const IntegerTensor& output = program.tensors[program.output];
    EXPECT_EQ(output.format.bits, kOutputBits);
    EXPECT_EQ(output.format.signedness, Signedness::is_signed);
    // After a Relu no sign is stored, and the clamp is the format's whole range.
    const auto& inner = std::get<LayerStep>(program.steps[3]);
    EXPECT_EQ(inner.layer, "stage2.conv1");
    EXPECT_EQ(program.tensors[inner.output].format.signedness, Signedness::is_unsigned);
    EXPECT_EQ(inner.clamp, (Clamp{0, 63}));
    // The first layer's output is also a residual of what stage2.shortcut reads at 8 bits.
    EXPECT_EQ(std::get<LayerStep>(program.steps[0]).clamp, (Clamp{0, 255}));
}

TEST(Lowering, LaysWeightsOutChannelLast) {
    NetworkBuilder build({2, 2, 1}, 1);
    const std::string weights = build.parameter({1, 2, 2, 1}, {0.25F, 0.5F, 0.75F, 1.0F});
    const Network network =
        build.finish(build.add("Conv", {"input", weights, build.parameter({1}, {-0.5F})}));
    const IntegerProgram program = require(
        lower_to_integers(network, calibrate_uniformly(network, std::vector<float>(4, 0.5F), 16, 16)));
    const auto& step = std::get<LayerStep>(program.steps[0]);
    const std::int32_t one = quantize(1.0F, step.weight_format);
    EXPECT_EQ(step.weights, (std::vector<std::int16_t>{
                                static_cast<std::int16_t>(one / 4), static_cast<std::int16_t>(one / 4 * 3),
                                static_cast<std::int16_t>(one / 2), static_cast<std::int16_t>(one)}));
    const int fraction_bits = step.input_format.fraction_bits + step.weight_format.fraction_bits;
    EXPECT_EQ(step.bias, std::vector<std::int64_t>{-(std::int64_t{1} << (fraction_bits - 1))});
}

class LoweringRefusal : public testing::Test {
  protected:
    LoweringRefusal() {
        NetworkBuilder build({2, 3, 3}, /*seed=*/31);
        const std::string flat = build.add("Flatten", {"input"});
        network_ = build.finish(build.gemm(flat, 18, 2));
        strategy_ = calibrate_uniformly(network_, random_samples(network_, 4, 1), 8, 8);
    }

    std::string refusal() const {
        const Result<IntegerProgram> program = lower_to_integers(network_, strategy_);
        return program ? "none" : to_string(program.error());
    }

    Network network_;
    Strategy strategy_;
};

TEST_F(LoweringRefusal, ComesNotForACalibratedStrategy) { EXPECT_EQ(refusal(), "none"); }

TEST_F(LoweringRefusal, AsksForCalibration) {
    strategy_.calibrated.reset();
    EXPECT_EQ(refusal(), "strategy: calibrated: found no formats, expected a calibrated strategy");
}

TEST_F(LoweringRefusal, NamesEveryTensorWithoutAFormat) {
    strategy_.calibrated->tensors.erase(strategy_.calibrated->tensors.begin() + 1,
                                        strategy_.calibrated->tensors.end());
    EXPECT_EQ(refusal(),
              "small: Flatten_0_out: found no format in the strategy, expected one for every stored "
              "tensor: calibrate the strategy\n"
              "small: Gemm_1_out: found no format in the strategy, expected one for every stored "
              "tensor: calibrate the strategy");
}

TEST_F(LoweringRefusal, KeepsRearrangedTensorsInOneFormat) {
    strategy_.calibrated->tensors[0].format = {8, 5, Signedness::is_signed};
    strategy_.calibrated->tensors[1].format = {8, 4, Signedness::is_signed};
    EXPECT_EQ(
        refusal(),
        "small: Flatten_0_out: found format s8.4, expected s8.5, that of 'input', which it only rearranges");
}

TEST_F(LoweringRefusal, KeepsIntermediateResultsWithinSixtyTwoBits) {
    strategy_.calibrated->layers[0].weights.fraction_bits = -32;
    strategy_.calibrated->tensors[2].format.fraction_bits = 32;
    // All weights round to 0 at such steps; one that does not is enough.
    std::get<std::vector<float>>(network_.parameters.at(network_.nodes[1].inputs[1]).values)[0] = 1e12F;
    EXPECT_EQ(refusal(),
              "small: Gemm_1: found intermediate results beyond 62 bits, expected radix points that lie "
              "closer together");
}

TEST_F(LoweringRefusal, ComesWithTheStrategysOwnProblems) {
    strategy_.layers[0].layer = "Gemm_2";
    EXPECT_NE(refusal().find("did you mean 'Gemm_1'?"), std::string::npos) << refusal();
}

} // namespace
} // namespace tandem
