#include "tandem/engine/post_training.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <map>

#include <gtest/gtest.h>

#include "../network_builder.h"
#include "../require.h"
#include "tandem/core/parallel.h"
#include "tandem/engine/calibration.h"
#include "tandem/engine/float_executor.h"
#include "tandem/engine/integer_executor.h"
#include "tandem/engine/layer_columns.h"
#include "tandem/engine/weight_grid.h"
#include "tandem/network/rewrites/rewrites.h"

namespace tandem {
namespace {

using List = std::vector<std::int64_t>;

/// Convolutions of every kind, and a Gemm whose weights stand either way.
Network mixed_network(std::int64_t transposes) {
    NetworkBuilder build({3, 9, 7}, /*seed=*/5);
    const std::string stem = build.relu(
        build.conv("input", {8, 3, 3, 3},
                   {{"pads", List{1, 0, 2, 1}}, {"strides", List{1, 2}}, {"dilations", List{2, 1}}}));
    const std::string depthwise =
        build.relu(build.conv(stem, {8, 1, 3, 3}, {{"group", std::int64_t{8}}, {"pads", List{1, 1, 1, 1}}}));
    const std::string grouped = build.relu(build.conv(depthwise, {6, 4, 1, 1}, {{"group", std::int64_t{2}}}));
    const std::string pooled = build.add("Flatten", {build.add("GlobalAveragePool", {grouped})});
    const Shape shape = transposes != 0 ? Shape{5, 6} : Shape{6, 5};
    return prepare_for_deployment(build.finish(
        build.add("Gemm", {pooled, build.random_parameter(shape, 0.5), build.random_parameter({5}, 0.1)},
                  {{"transB", transposes}})));
}

using Activations = std::map<std::string, std::vector<float>>;

Activations activations_of(const Network& network, std::span<const float> samples, std::int64_t count) {
    Activations activations;
    require(FloatExecutor::create(network))
        .run(samples, count, [&](std::string_view tensor, std::span<const float> values) {
            activations[std::string(tensor)].assign(values.begin(), values.end());
        });
    return activations;
}

TEST(LayerColumns, TimesTheWeightsGiveWhatTheLayerGives) {
    for (const std::int64_t transposes : {0, 1}) {
        const Network network = mixed_network(transposes);
        const std::vector<float> sample = random_samples(network, 1, /*seed=*/3);
        const Activations activations = activations_of(network, sample, 1);
        for (const Node* layer : layers(network)) {
            const LayerColumns columns(network, *layer);
            const std::vector<float>& weights = float_values(*network.parameter(layer->inputs[1]));
            const std::vector<float>& bias = float_values(*network.parameter(layer->inputs[2]));
            const std::vector<float>& expected = activations.at(layer->outputs.front());
            std::vector<float> column(static_cast<std::size_t>(columns.reads()));
            std::size_t place = 0;
            for (std::int64_t group = 0; group < columns.groups(); ++group) {
                for (std::int64_t output = 0; output < columns.outputs(); ++output) {
                    for (std::int64_t position = 0; position < columns.positions(); ++position, ++place) {
                        columns.copy(activations.at(layer->inputs.front()), group, position, column);
                        double sum = static_cast<double>(
                            bias[static_cast<std::size_t>(group * columns.outputs() + output)]);
                        for (std::int64_t read = 0; read < columns.reads(); ++read) {
                            sum += static_cast<double>(column[static_cast<std::size_t>(read)] *
                                                       weights[columns.weight(group, output, read)]);
                        }
                        ASSERT_NEAR(sum, expected[place], 1e-4) << layer->name << " at " << place;
                    }
                }
            }
            EXPECT_EQ(place, expected.size());
        }
    }
}

Strategy scales_of(const Network& network, std::span<const float> samples, int weight_bits,
                   int activation_bits, bool is_per_channel) {
    return require(calibrate_scales(uniform_strategy(network, weight_bits, activation_bits), network, samples,
                                    {.is_per_channel = is_per_channel}));
}

/// The squared error of a layer's outputs in float when its weights alone become those of `changed`.
double output_error(const Network& network, const Node& layer, const std::vector<float>& changed,
                    const Activations& activations, std::int64_t samples) {
    const LayerColumns columns(network, layer);
    const std::vector<float>& weights = float_values(*network.parameter(layer.inputs[1]));
    const std::vector<float>& input = activations.at(layer.inputs.front());
    const std::size_t elements = input.size() / static_cast<std::size_t>(samples);
    std::vector<float> column(static_cast<std::size_t>(columns.reads()));
    double error = 0.0;
    for (std::int64_t sample = 0; sample < samples; ++sample) {
        for (std::int64_t group = 0; group < columns.groups(); ++group) {
            for (std::int64_t position = 0; position < columns.positions(); ++position) {
                columns.copy(std::span(input).subspan(static_cast<std::size_t>(sample) * elements, elements),
                             group, position, column);
                for (std::int64_t output = 0; output < columns.outputs(); ++output) {
                    double difference = 0.0;
                    for (std::int64_t read = 0; read < columns.reads(); ++read) {
                        const std::size_t place = columns.weight(group, output, read);
                        difference += static_cast<double>((changed[place] - weights[place]) *
                                                          column[static_cast<std::size_t>(read)]);
                    }
                    error += difference * difference;
                }
            }
        }
    }
    return error;
}

TEST(AdaptiveRounding, TakesOneOfTheTwoNextIntegersAndErrsLessThanTheNearest) {
    const Network network = mixed_network(1);
    constexpr std::int64_t kSamples = 24;
    const std::vector<float> samples = random_samples(network, kSamples, /*seed=*/7);
    const Activations activations = activations_of(network, samples, kSamples);
    for (const bool is_per_channel : {false, true}) {
        const Strategy strategy = scales_of(network, samples, 3, 8, is_per_channel);
        const Network rounded = require(round_adaptively(network, strategy, samples));
        double best_ratio = 1.0;
        for (const Node* layer : layers(network)) {
            const LayerFormats& formats = formats_of(strategy, layer->name);
            const WeightGrid grid(formats);
            const LayerColumns columns(network, *layer);
            const std::vector<float>& exact = float_values(*network.parameter(layer->inputs[1]));
            const std::vector<float>& changed = float_values(*rounded.parameter(layer->inputs[1]));
            std::vector<float> nearest = exact;
            int moved = 0;
            for (std::int64_t group = 0; group < columns.groups(); ++group) {
                for (std::int64_t output = 0; output < columns.outputs(); ++output) {
                    const auto channel = static_cast<std::size_t>(group * columns.outputs() + output);
                    for (std::int64_t read = 0; read < columns.reads(); ++read) {
                        const std::size_t place = columns.weight(group, output, read);
                        const std::int32_t integer = grid.integer(changed[place], channel);
                        ASSERT_EQ(grid.value(integer, channel), changed[place]) << "no integer of the format";
                        nearest[place] = grid.value(grid.integer(exact[place], channel), channel);
                        const bool saturates = nearest[place] == changed[place];
                        ASSERT_TRUE(saturates ||
                                    std::abs(changed[place] - exact[place]) <= 1.0001F * grid.step(channel));
                        moved += saturates ? 0 : 1;
                    }
                }
            }
            const double ratio = output_error(network, *layer, changed, activations, kSamples) /
                                 output_error(network, *layer, nearest, activations, kSamples);
            EXPECT_LE(ratio, 1.0001) << layer->name;
            // The network's input is noise, whose values know nothing of each other; what Relus write does.
            const bool reads_relu = activations.at(layer->inputs.front()) != samples;
            if (reads_relu && moved > 0) best_ratio = std::min(best_ratio, ratio);
        }
        EXPECT_LT(best_ratio, 0.8);
    }
}

TEST(AdaptiveRounding, FindsTheBestOfAllRoundingsOfAFewCorrelatedWeights) {
    // One neuron that reads four inputs; the second always equals the first, so their errors may cancel.
    NetworkBuilder build({4}, /*seed=*/1);
    const std::vector<float> weights{0.4F, 0.4F, 0.9F, -0.3F};
    const Network network = prepare_for_deployment(build.finish(
        build.add("Gemm", {"input", build.parameter({1, 4}, weights), build.parameter({1}, {0.0F})},
                  {{"transB", std::int64_t{1}}})));
    std::vector<float> samples;
    Random random(3);
    for (int i = 0; i < 64; ++i) {
        const auto shared = static_cast<float>(random.normal());
        samples.insert(samples.end(), {shared, shared, static_cast<float>(random.normal()),
                                       static_cast<float>(random.normal())});
    }
    Strategy strategy = scales_of(network, samples, 3, 8, false);
    strategy.calibrated->layers[0].weight_scales = {1.0F};
    const Network rounded = require(round_adaptively(network, strategy, samples));
    const std::vector<float>& found = float_values(*rounded.parameter(rounded.nodes[0].inputs[1]));
    // The nearest, 0 and 0, err by 0.8 of the shared input; 1 and 0 by 0.2.
    EXPECT_EQ(found[0] + found[1], 1.0F);
    const Activations activations = activations_of(network, samples, 64);
    double best = 1e9;
    for (unsigned choice = 0; choice < 16; ++choice) {
        std::vector<float> candidate(4);
        for (unsigned i = 0; i < 4; ++i) {
            candidate[i] = (choice >> i & 1U) != 0 ? std::ceil(weights[i]) : std::floor(weights[i]);
        }
        best = std::min(best, output_error(network, network.nodes[0], candidate, activations, 64));
    }
    EXPECT_NEAR(output_error(network, network.nodes[0], found, activations, 64), best, 1e-4 * best);
}

TEST(AdaptiveRounding, IsTheSameOnAnyNumberOfThreadsAndLeavesSignsAlone) {
    const Network network = mixed_network(0);
    const std::vector<float> samples = random_samples(network, 40, /*seed=*/7);
    Strategy strategy = scales_of(network, samples, 4, 8, false);
    strategy.calibrated->layers[2].weights = bipolar_format();
    const Network rounded = require(round_adaptively(network, strategy, samples));
    const std::string& signs = layers(network)[2]->inputs[1];
    EXPECT_EQ(rounded.parameters.at(signs), network.parameters.at(signs));
    const ThreadLimit one(1);
    EXPECT_EQ(require(round_adaptively(network, strategy, samples)), rounded);
}

/// Means of the network's outputs, by channel.
std::vector<double> means_of(std::span<const float> outputs, std::int64_t samples) {
    const std::size_t channels = outputs.size() / static_cast<std::size_t>(samples);
    std::vector<double> means(channels, 0.0);
    for (std::size_t i = 0; i < outputs.size(); ++i) {
        means[i % channels] += static_cast<double>(outputs[i]) / static_cast<double>(samples);
    }
    return means;
}

std::vector<double> integer_means(const Network& network, const Strategy& strategy,
                                  std::span<const float> samples, std::int64_t count) {
    const IntegerProgram program = require(lower_to_integers(network, strategy));
    const IntegerValues outputs =
        execute_plain(program, quantize_input(program, samples), count)[program.output];
    const IntegerTensor& tensor = program.tensors[program.output];
    std::vector<float> values;
    for (std::size_t i = 0; i < outputs.size(); ++i) {
        values.push_back(tensor.scale ? dequantize(outputs[i], *tensor.scale)
                                      : dequantize(outputs[i], tensor.format));
    }
    return means_of(values, count);
}

TEST(BiasCorrection, MeansInIntegersAreThoseInFloat) {
    const Network network = mixed_network(1);
    constexpr std::int64_t kSamples = 64;
    const std::vector<float> samples = random_samples(network, kSamples, /*seed=*/9);
    const std::vector<double> exact =
        means_of(require(FloatExecutor::create(network)).run(samples, kSamples), kSamples);
    const Calibration calibration = require(calibrate(network, samples, {3, 8}));
    for (const Strategy& strategy :
         {scales_of(network, samples, 3, 8, true),
          apply_calibration(uniform_strategy(network, 3, 8), network, calibration)}) {
        const Network corrected = require(correct_biases(network, network, strategy, samples));
        const std::vector<double> before = integer_means(network, strategy, samples, kSamples);
        const std::vector<double> after = integer_means(corrected, strategy, samples, kSamples);
        double error_before = 0.0;
        double error_after = 0.0;
        for (std::size_t i = 0; i < exact.size(); ++i) {
            error_before = std::max(error_before, std::abs(before[i] - exact[i]));
            error_after = std::max(error_after, std::abs(after[i] - exact[i]));
        }
        EXPECT_GT(error_before, 0.02);
        EXPECT_LT(error_after, 0.005) << "what rounding of the sums leaves";
    }
}

TEST(PostTraining, NeedsSamples) {
    const Network network = mixed_network(1);
    const Strategy strategy = scales_of(network, random_samples(network, 4, 1), 4, 8, false);
    EXPECT_EQ(to_string(round_adaptively(network, strategy, {}).error()),
              "adaptive rounding: samples: found none, expected at least one sample");
    EXPECT_EQ(to_string(correct_biases(network, network, strategy, {}).error()),
              "bias correction: samples: found none, expected at least one sample");
}

} // namespace
} // namespace tandem
