#include "tandem/engine/calibration.h"
#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

#include "../network_builder.h"
#include "tandem/core/parallel.h"
#include "tandem/engine/float_executor.h"
#include "tandem/engine/integer_executor.h"
#include "tandem/network/rewrites/rewrites.h"
#include "tandem/numerics/radix_search.h"

namespace tandem {
namespace {

/// Conv and Relu, flattened, Gemm, Softmax: stored are the input, Relu_1_out, Flatten_2_out and
/// Gemm_3_out.
Network small_network() {
    NetworkBuilder build({2, 6, 6}, /*seed=*/41);
    const std::string image = build.relu(build.conv("input", {3, 2, 3, 3}));
    return build.finish(build.add("Softmax", {build.gemm(build.add("Flatten", {image}), 48, 5)}));
}

Calibration calibrate_or_fail(const Network& network, std::span<const float> samples,
                              std::vector<int> widths) {
    Result<Calibration> calibration = calibrate(network, samples, std::move(widths));
    TANDEM_CHECK(calibration.has_value(), to_string(calibration.error()));
    return *std::move(calibration);
}

TEST(Calibration, CoversLayersAndStoredTensorsAtEveryWidth) {
    const Network network = small_network();
    const Calibration calibration = calibrate_or_fail(network, random_samples(network, 3, 1), {4, 8, 4});
    std::vector<std::string> names;
    for (const auto& [key, format] : calibration.activations) {
        names.push_back(key.first + ' ' + std::to_string(key.second));
        EXPECT_EQ(format.bits, key.second);
    }
    EXPECT_EQ(names,
              (std::vector<std::string>{"Gemm_3_out 4", "Gemm_3_out 8", "Gemm_3_out 16", "Relu_1_out 4",
                                        "Relu_1_out 8", "Relu_1_out 16", "input 4", "input 8", "input 16"}));
    EXPECT_EQ(calibration.weights.size(), 6U);
    EXPECT_TRUE(calibration.weights.contains({"Conv_0", 16}));
}

TEST(Calibration, FindsTheFormatsOfLeastError) {
    const Network network = small_network();
    const std::vector<float> samples = random_samples(network, 40, 1);
    const Calibration calibration = calibrate_or_fail(network, samples, {4});
    std::vector<float> seen;
    static_cast<void>(FloatExecutor::create(network)->run(
        samples, 40, [&](std::string_view tensor, std::span<const float> values) {
            if (tensor == "Relu_1_out") seen.assign(values.begin(), values.end());
        }));
    RadixSearch search({4}, 0.0F, *std::max_element(seen.begin(), seen.end()));
    search.observe(seen);
    EXPECT_EQ((calibration.activations.at({"Relu_1_out", 4})), search.best(4));
    const Parameter& weights = *network.parameter(network.nodes[0].inputs[1]);
    EXPECT_EQ((calibration.weights.at({"Conv_0", 4})), best_weight_format(float_values(weights), 4));
}

TEST(Calibration, IsTheSameOnAnyNumberOfThreads) {
    const Network network = small_network();
    const std::vector<float> samples = random_samples(network, 100, 1);
    Calibration one;
    {
        const ThreadLimit limit(1);
        one = calibrate_or_fail(network, samples, {2, 4, 6, 8});
    }
    const ThreadLimit limit(4);
    EXPECT_EQ(calibrate_or_fail(network, samples, {2, 4, 6, 8}), one);
}

TEST(Calibration, NeedsSamples) {
    const Result<Calibration> calibration = calibrate(small_network(), {}, {8});
    ASSERT_FALSE(calibration.has_value());
    EXPECT_EQ(to_string(calibration.error()),
              "calibration: samples: found none, expected at least one sample");
}

TEST(Calibration, RefusesNetworksWithoutAnIntegerForm) {
    NetworkBuilder build({4, 3}, 1);
    EXPECT_FALSE(calibrate(build.finish(build.relu("input")), std::vector<float>(12), {8}).has_value());
}

TEST(ApplyCalibration, LooksUpEveryFormat) {
    const Network network = small_network();
    const Calibration calibration = calibrate_or_fail(network, random_samples(network, 3, 1), {4, 8});
    Strategy strategy = uniform_strategy(network, 4, 8);
    strategy.layers[1].activation_bits = 4;
    const Strategy calibrated = apply_calibration(strategy, network, calibration);
    const auto activation = [&](const char* tensor, int bits) {
        return calibration.activations.at({tensor, bits});
    };
    EXPECT_EQ(calibrated.layers, strategy.layers);
    EXPECT_EQ(calibrated.calibrated->layers,
              (std::vector<LayerFormats>{
                  {"Conv_0", calibration.weights.at({"Conv_0", 4}), activation("input", 8)},
                  {"Gemm_3", calibration.weights.at({"Gemm_3", 4}), activation("Relu_1_out", 4)}}));
    EXPECT_EQ(calibrated.calibrated->tensors,
              (std::vector<TensorFormat>{{"input", activation("input", 8)},
                                         {"Relu_1_out", activation("Relu_1_out", 4)},
                                         {"Flatten_2_out", activation("Relu_1_out", 4)},
                                         {"Gemm_3_out", activation("Gemm_3_out", kOutputBits)}}));
    EXPECT_TRUE(validate(calibrated, network, "strategy").has_value());
}

TEST(ApplyCalibration, RefusesAWidthThatWasNotCalibrated) {
    const Network network = small_network();
    const Calibration calibration = calibrate_or_fail(network, random_samples(network, 3, 1), {8});
    EXPECT_THROW(static_cast<void>(apply_calibration(uniform_strategy(network, 4, 8), network, calibration)),
                 InternalError);
}

TEST(CalibrateScales, GivesEveryOperandOfAnAddItsOwnScale) {
    NetworkBuilder build({2, 6, 6}, /*seed=*/31);
    const std::string stem = build.relu(build.conv("input", {4, 2, 1, 1}));
    const std::string pooled =
        build.add("MaxPool", {stem}, {{"kernel_shape", std::vector<std::int64_t>{2, 2}}});
    const std::string sum = build.relu(build.add("Add", {build.conv(pooled, {4, 4, 1, 1}), pooled}));
    const Network network = prepare_for_deployment(
        build.finish(build.gemm(build.add("Flatten", {build.add("GlobalAveragePool", {sum})}), 4, 3)));
    const auto samples = random_samples(network, 16, /*seed=*/2);
    const std::vector<float> expected = FloatExecutor::create(network).value().run(samples, 16);
    for (const CalibrationMethod method : {CalibrationMethod::mse, CalibrationMethod::minmax,
                                           CalibrationMethod::entropy, CalibrationMethod::percentile}) {
        for (const Symmetry symmetry : {Symmetry::symmetric, Symmetry::asymmetric}) {
            const Result<Strategy> strategy =
                calibrate_scales(uniform_strategy(network, 8, 8), network, samples,
                                 {.method = method, .symmetry = symmetry, .is_per_channel = true});
            ASSERT_TRUE(strategy) << to_string(strategy.error());
            EXPECT_EQ(strategy->calibrated->layers[0].weight_scales.size(), 4U);
            EXPECT_EQ(strategy->calibrated->layers[2].weight_scales.size(), 3U);
            const Result<IntegerProgram> program = lower_to_integers(network, *strategy);
            ASSERT_TRUE(program) << to_string(program.error());
            EXPECT_TRUE(std::any_of(program->steps.begin(), program->steps.end(),
                                    [](const Step& step) { return std::holds_alternative<AddStep>(step); }));
            const auto tensors = execute_plain(*program, quantize_input(*program, samples), 16);
            const IntegerTensor& output = program->tensors[program->output];
            double error = 0.0;
            double square = 0.0;
            for (std::size_t i = 0; i < expected.size(); ++i) {
                const double exact = static_cast<double>(expected[i]);
                const double difference = value_of(output, tensors[program->output][i]) - exact;
                error += difference * difference;
                square += exact * exact;
            }
            // Entropy clips what is rare, and of 16 samples much is.
            const double bar = method == CalibrationMethod::entropy ? 0.2 : 0.05;
            EXPECT_LT(std::sqrt(error / square), bar) << static_cast<int>(method);
        }
    }
}

} // namespace
} // namespace tandem
