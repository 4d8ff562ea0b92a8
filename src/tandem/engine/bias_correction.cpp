#include <algorithm>
#include <vector>

#include "tandem/core/check.h"
#include "tandem/core/parallel.h"
#include "tandem/engine/float_executor.h"
#include "tandem/engine/integer_executor.h"
#include "tandem/engine/layer_columns.h"
#include "tandem/engine/post_training.h"
#include "tandem/engine/weight_grid.h"
#include "tandem/network/rewrites/edit.h"

namespace tandem {

namespace {

constexpr std::int64_t kBatchSamples = 16;

/// Batch by batch, on as many threads as there are: `batch(samples, how many)` gives the sum over its samples
/// of mean columns. Their mean, added up in the order of batches.
template <class Batch> std::vector<double>
mean_over_batches(std::span<const float> samples, std::int64_t sample_elements, const Batch& batch) {
    const std::int64_t count = std::ssize(samples) / sample_elements;
    std::vector<std::vector<double>> sums(
        static_cast<std::size_t>((count + kBatchSamples - 1) / kBatchSamples));
    parallel_for(sums.size(), [&](std::size_t index) {
        const std::int64_t first = static_cast<std::int64_t>(index) * kBatchSamples;
        const std::int64_t in_batch = std::min(kBatchSamples, count - first);
        sums[index] = batch(samples.subspan(static_cast<std::size_t>(first * sample_elements),
                                            static_cast<std::size_t>(in_batch * sample_elements)),
                            in_batch);
        for (double& sum : sums[index]) sum *= static_cast<double>(in_batch) / static_cast<double>(count);
    });
    std::vector<double> mean(sums.front().size(), 0.0);
    for (const std::vector<double>& sum : sums) {
        for (std::size_t i = 0; i < mean.size(); ++i) mean[i] += sum[i];
    }
    return mean;
}

/// What the multipliers of the layer read of a stored tensor, as values, (N, C, H, W).
std::vector<float> values_read(const IntegerProgram& program, const LayerStep& step,
                               const IntegerValues& stored, std::int64_t samples) {
    const IntegerTensor& tensor = program.tensors[step.input];
    const Extents& extents = tensor.extents;
    const std::int64_t pixels = extents.rows * extents.columns;
    std::vector<float> values(stored.size());
    for (std::int64_t sample = 0; sample < samples; ++sample) {
        for (std::int64_t i = 0; i < pixels * extents.channels; ++i) {
            const auto place = static_cast<std::size_t>(sample * extents.elements() + i);
            const std::int64_t to = (i % extents.channels) * pixels + i / extents.channels;
            values[static_cast<std::size_t>(sample * extents.elements() + to)] =
                tensor.scale
                    ? dequantize(stored[place], *tensor.scale)
                    : dequantize(requantize(stored[place], tensor.format.fraction_bits, step.input_format),
                                 step.input_format);
        }
    }
    return values;
}

const LayerStep& step_of(const IntegerProgram& program, const std::string& layer) {
    for (const Step& step : program.steps) {
        const auto* const found = std::get_if<LayerStep>(&step);
        if (found != nullptr && found->layer == layer) return *found;
    }
    TANDEM_CHECK(false, "a step of every layer");
    return std::get<LayerStep>(program.steps.front());
}

/// The mean columns of every layer in float, one after the other.
Result<std::vector<std::vector<double>>> float_means(const Network& network,
                                                     std::span<const LayerColumns> columns,
                                                     std::span<const float> samples,
                                                     std::int64_t sample_elements) {
    const FloatExecutor executor = TANDEM_TRY(FloatExecutor::create(network));
    const std::vector<const Node*> all = layers(network);
    std::vector<std::size_t> begins{0};
    for (const LayerColumns& of_layer : columns) {
        begins.push_back(begins.back() + static_cast<std::size_t>(of_layer.groups() * of_layer.reads()));
    }
    const auto together = [&](std::span<const float> batch, std::int64_t count) {
        std::vector<double> means(begins.back());
        executor.run(batch, count, [&](std::string_view tensor, std::span<const float> values) {
            for (std::size_t layer = 0; layer < all.size(); ++layer) {
                if (all[layer]->inputs.front() != tensor) continue;
                const std::vector<double> of_layer = mean_columns(columns[layer], values, count);
                std::copy(of_layer.begin(), of_layer.end(),
                          means.begin() + static_cast<std::ptrdiff_t>(begins[layer]));
            }
        });
        return means;
    };
    const std::vector<double> all_means = mean_over_batches(samples, sample_elements, together);
    std::vector<std::vector<double>> by_layer;
    for (std::size_t layer = 0; layer < all.size(); ++layer) {
        by_layer.emplace_back(all_means.begin() + static_cast<std::ptrdiff_t>(begins[layer]),
                              all_means.begin() + static_cast<std::ptrdiff_t>(begins[layer + 1]));
    }
    return by_layer;
}

/// The mean column of one layer as the integer program reads it.
std::vector<double> integer_means(const IntegerProgram& program, const std::string& layer,
                                  const LayerColumns& columns, std::span<const float> samples,
                                  std::int64_t sample_elements) {
    const FastProgram fast(program);
    const LayerStep& step = step_of(program, layer);
    return mean_over_batches(samples, sample_elements, [&](std::span<const float> batch, std::int64_t count) {
        const std::vector<IntegerValues> tensors =
            execute_fast(fast, quantize_input_fast(program, batch), count);
        return mean_columns(columns, values_read(program, step, tensors[step.input], count), count);
    });
}

/// Adds to each bias by how much the mean of its channel is larger in float: `exact` weights times what is
/// read in float, less the integers' weights times what is read in integers.
void correct(Network& network, const std::vector<float>& exact, std::size_t node, const WeightGrid& grid,
             const LayerColumns& columns, const std::vector<double>& in_float,
             const std::vector<double>& in_integers) {
    Node& layer = network.nodes[node];
    const std::vector<float>& weights = float_values(*network.parameter(layer.inputs[1]));
    Parameter bias = *network.parameter(layer.inputs[2]);
    auto& values = std::get<std::vector<float>>(bias.values);
    for (std::int64_t group = 0; group < columns.groups(); ++group) {
        for (std::int64_t output = 0; output < columns.outputs(); ++output) {
            const auto channel = static_cast<std::size_t>(group * columns.outputs() + output);
            double missing = 0.0;
            for (std::int64_t read = 0; read < columns.reads(); ++read) {
                const std::size_t place = columns.weight(group, output, read);
                const auto mean = static_cast<std::size_t>(group * columns.reads() + read);
                const float rounded = grid.value(grid.integer(weights[place], channel), channel);
                missing += static_cast<double>(exact[place]) * in_float[mean] -
                           static_cast<double>(rounded) * in_integers[mean];
            }
            values[channel] = static_cast<float>(static_cast<double>(values[channel]) + missing);
        }
    }
    const std::string wanted = layer.inputs[2];
    rewrites::set_parameter(network, layer, 2, wanted, std::move(bias));
}

} // namespace

Result<Network> correct_biases(Network network, const Network& exact, const Strategy& strategy,
                               std::span<const float> samples) {
    const std::int64_t sample_elements = elements_per_sample(exact.shape(exact.inputs.front()));
    TANDEM_CHECK(std::ssize(samples) % sample_elements == 0, "whole samples");
    if (samples.empty()) return bad_input("bias correction", "samples", "none", "at least one sample");
    std::vector<LayerColumns> columns;
    for (const Node* layer : layers(exact)) columns.emplace_back(exact, *layer);
    const std::vector<std::vector<double>> in_float =
        TANDEM_TRY(float_means(exact, columns, samples, sample_elements));
    std::size_t layer = 0;
    for (std::size_t node = 0; node < network.nodes.size(); ++node) {
        if (!is_layer(network.nodes[node])) continue;
        const std::string name = network.nodes[node].name;
        const IntegerProgram program = TANDEM_TRY(lower_to_integers(network, strategy));
        correct(network, float_values(*exact.parameter(exact.nodes[node].inputs[1])), node,
                WeightGrid(formats_of(strategy, name)), columns[layer], in_float[layer],
                integer_means(program, name, columns[layer], samples, sample_elements));
        ++layer;
    }
    return rewrites::checked(std::move(network), "correct_biases");
}

} // namespace tandem
