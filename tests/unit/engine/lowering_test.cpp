#include <algorithm>
#include <cmath>
#include <functional>
#include <map>

#include <gtest/gtest.h>

#include "../network_builder.h"
#include "../require.h"
#include "tandem/engine/calibration.h"
#include "tandem/engine/float_executor.h"
#include "tandem/engine/integer_executor.h"
#include "tandem/engine/integer_program.h"
#include "tandem/engine/rules.h"
#include "tandem/network/rewrites/rewrites.h"
#include "tandem/network/topologies/topologies.h"

namespace tandem {
namespace {

using List = std::vector<std::int64_t>;

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

/// Two layers, a Relu, a shortcut's Add and a mean, small enough to look at.
Network residual_network() {
    NetworkBuilder build({2, 4, 4}, /*seed=*/31);
    const std::string stem = build.relu(build.conv("input", {4, 2, 1, 1}));
    const std::string branch = build.conv(stem, {4, 4, 3, 3}, {{"pads", List{1, 1, 1, 1}}});
    const std::string sum = build.relu(build.add("Add", {branch, stem}));
    return build.finish(build.gemm(build.add("Flatten", {build.add("GlobalAveragePool", {sum})}), 4, 3));
}

/// Its strategy by scales: each tensor a scale that covers its values on the samples.
Strategy scaled_strategy(const Network& network, RequantizationKind kind, std::span<const float> samples) {
    Strategy strategy = uniform_strategy(network, 8, 8);
    strategy.output_bits = 8;
    strategy.arithmetic.requantization = kind;
    strategy.calibrated.emplace();
    std::map<std::string, AffineScale> scales;
    const auto observe = [&](std::string_view tensor, std::span<const float> values) {
        const auto [least, most] = std::minmax_element(values.begin(), values.end());
        const float low = std::min(*least, 0.0F);
        const float scale = (std::max(*most, 0.0F) - low) / 255.0F;
        scales[std::string(tensor)] = {scale,
                                       static_cast<std::int32_t>(std::nearbyint(-128.0F - low / scale))};
    };
    observe("input", samples);
    require(FloatExecutor::create(network)).run(samples, 8, observe);
    for (const auto& [tensor, shape] : network.shapes) {
        const Node* producer = network.producer(tensor);
        const bool has_own_scale = producer == nullptr || producer->type != "Flatten";
        const std::string source = has_own_scale ? tensor : producer->inputs[0];
        // The outputs of layers before a Relu are fused with it, but for the Add's operand.
        const auto readers = network.consumers(tensor);
        if (readers.size() == 1 && readers[0]->type == "Relu") continue;
        if (producer != nullptr && producer->type == "GlobalAveragePool") {
            scales[tensor] = scales[producer->inputs[0]];
        }
        strategy.calibrated->tensors.push_back(
            {.tensor = tensor, .format = {.bits = 8}, .scale = scales.at(source)});
    }
    for (const Node* layer : layers(network)) {
        const auto& weights = float_values(*network.parameter(layer->inputs[1]));
        float largest = 0.0F;
        for (const float weight : weights) largest = std::max(largest, std::abs(weight));
        strategy.calibrated->layers.push_back({.layer = layer->name,
                                               .weights = {.bits = 8},
                                               .activations = {.bits = 8},
                                               .weight_scales = {largest / 127.0F}});
    }
    return strategy;
}

TEST(Lowering, FollowsScalesByEachKindOfRequantization) {
    const Network network = prepare_for_deployment(residual_network());
    const std::vector<float> samples = random_samples(network, 8, /*seed=*/2);
    const std::vector<float> expected = require(FloatExecutor::create(network)).run(samples, 8);
    for (const RequantizationKind kind :
         {RequantizationKind::multiplier_twice, RequantizationKind::multiplier_once,
          RequantizationKind::floating}) {
        const IntegerProgram program =
            require(lower_to_integers(network, scaled_strategy(network, kind, samples)));
        EXPECT_TRUE(std::holds_alternative<AddStep>(program.steps[2])) << "an Add of its own";
        const IntegerTensor& output = program.tensors[program.output];
        const IntegerValues integers =
            execute_plain(program, quantize_input(program, samples), 8)[program.output];
        for (std::size_t i = 0; i < expected.size(); ++i) {
            EXPECT_NEAR(value_of(output, integers[i]), expected[i], 6.0F * output.scale->scale) << i;
        }
    }
}

TEST(Lowering, GivesTablesOfThresholdsThatEqualTheShift) {
    const Network network = prepare_for_deployment(residual_network());
    const std::vector<float> samples = random_samples(network, 8, /*seed=*/2);
    Strategy strategy = calibrate_uniformly(network, samples, 4, 4);
    const IntegerProgram shifted = require(lower_to_integers(network, strategy));
    strategy.arithmetic.requantization = RequantizationKind::threshold;
    const IntegerProgram tabled = require(lower_to_integers(network, strategy));
    EXPECT_TRUE(
        std::holds_alternative<ThresholdRequantization>(std::get<LayerStep>(tabled.steps[0]).requantization));
    const IntegerValues input = quantize_input(shifted, samples);
    EXPECT_EQ(execute_plain(shifted, input, 8), execute_plain(tabled, input, 8));
}

TEST(Lowering, PassesRoundingAndAccumulatorOn) {
    const Network network = prepare_for_deployment(residual_network());
    Strategy strategy = calibrate_uniformly(network, random_samples(network, 8, /*seed=*/2), 8, 8);
    strategy.arithmetic.rounding = Rounding::stochastic;
    strategy.arithmetic.seed = 5;
    strategy.arithmetic.accumulator = Accumulator{.bits = 12, .overflow = Overflow::saturate};
    const IntegerProgram program = require(lower_to_integers(network, strategy));
    const auto& layer = std::get<LayerStep>(program.steps[0]);
    EXPECT_EQ(layer.requantization, Requantization(ShiftRequantization{Rounding::stochastic, 5}));
    EXPECT_EQ(layer.accumulator, strategy.arithmetic.accumulator);
}

TEST(Lowering, MakesBipolarWeightsAndTensorsOfSigns) {
    const Network network = prepare_for_deployment(residual_network());
    Strategy strategy = calibrate_uniformly(network, random_samples(network, 8, /*seed=*/2), 1, 1);
    strategy.calibrated->layers[1].weights = bipolar_format();
    for (TensorFormat& tensor : strategy.calibrated->tensors) {
        if (tensor.tensor == "Relu_1_out") tensor.format = bipolar_format();
    }
    const IntegerProgram program = require(lower_to_integers(network, strategy));
    const auto& weights = std::get<LayerStep>(program.steps[1]).weights;
    EXPECT_TRUE(std::all_of(weights.begin(), weights.end(), [](int weight) { return weight * weight == 1; }));
    EXPECT_EQ(std::get<LayerStep>(program.steps[0]).requantization,
              Requantization(ThresholdRequantization{.lowest = -1, .thresholds = {{0, 0}}}));
}

TEST(Lowering, TakesSumsBeyond32BitsUnderFloatFactors) {
    const Network network = prepare_for_deployment(residual_network());
    const std::vector<float> samples = random_samples(network, 8, /*seed=*/2);
    Strategy strategy = scaled_strategy(network, RequantizationKind::floating, samples);
    const std::int64_t bias = std::int64_t{1} << 40;
    strategy.calibrated->layers[0].bias.assign(4, bias);
    const IntegerProgram program = require(lower_to_integers(network, strategy));
    EXPECT_EQ(std::get<LayerStep>(program.steps[0]).bias, std::vector<std::int64_t>(4, bias));
    // float(2^40 + 3) * 2^-38: what 24 bits hold of the sum.
    const Requantization rule = FloatRequantization{.scales = {std::ldexp(1.0F, -38)}};
    EXPECT_EQ(requantized(rule, bias + 3, 0, {}), 4);
}

TEST(Lowering, RefusesScalesThatDoNotFit) {
    const Network network = prepare_for_deployment(residual_network());
    const std::vector<float> samples = random_samples(network, 8, /*seed=*/2);
    const Strategy strategy = scaled_strategy(network, RequantizationKind::multiplier_twice, samples);
    const auto problem = [&](const std::function<void(Calibrated&)>& change) {
        Strategy changed = strategy;
        change(*changed.calibrated);
        const auto lowered = lower_to_integers(network, changed);
        return lowered ? std::string("none") : to_string(lowered.error());
    };
    const auto change_tensor = [&](const std::string& name,
                                   const std::function<void(TensorFormat&)>& change) {
        return problem([&](Calibrated& calibrated) {
            for (TensorFormat& tensor : calibrated.tensors) {
                if (tensor.tensor == name) change(tensor);
            }
        });
    };
    EXPECT_EQ(problem([](Calibrated&) {}), "none");
    // The mean of all rows and columns has a factor, averages of windows have one scale alone.
    EXPECT_EQ(change_tensor("GlobalAveragePool_5_out", [](auto& tensor) { tensor.scale->scale *= 2.0F; }),
              "none");
    const IntegerTensor fine{"fine",
                             {.channels = 1, .rows = 4, .columns = 4},
                             {8, 0, Signedness::is_signed},
                             AffineScale{0.5F, 0}};
    const IntegerTensor coarse{"coarse", {.channels = 1}, fine.format, AffineScale{1.0F, 0}};
    EXPECT_EQ(mean_rule(strategy.arithmetic, true, fine, coarse).value(),
              MeanRule(MultiplierMean{.factor = fixed_point_multiplier(0.5)}));
    const auto windows = mean_rule(strategy.arithmetic, false, fine, coarse);
    ASSERT_FALSE(windows);
    EXPECT_EQ(windows.error().found, "an average between two scales");
    EXPECT_NE(change_tensor("Relu_1_out",
                            [](auto& tensor) { tensor.format.bits = 7, tensor.scale->zero_point = 0; })
                  .find("scaled tensors are read as they are"),
              std::string::npos);
    EXPECT_NE(problem([](Calibrated& calibrated) {
                  calibrated.layers[0].bias.assign(4, std::int64_t{1} << 40);
              }).find("sums beyond 32 bits"),
              std::string::npos);
    EXPECT_NE(
        problem([](Calibrated& calibrated) { calibrated.layers[0].weight_scales.clear(); }).find("no scale"),
        std::string::npos);
    EXPECT_NE(change_tensor("input", [](auto& tensor) { tensor.scale.reset(); }).find("no scale"),
              std::string::npos);
}

} // namespace
} // namespace tandem
