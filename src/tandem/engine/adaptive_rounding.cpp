// One layer after the other: columns of its inputs, their second moments, then every filter by itself.
#include <algorithm>
#include <cmath>
#include <map>
#include <vector>

#include "tandem/core/check.h"
#include "tandem/core/parallel.h"
#include "tandem/core/random.h"
#include "tandem/engine/float_executor.h"
#include "tandem/engine/layer_columns.h"
#include "tandem/engine/onednn.h"
#include "tandem/engine/post_training.h"
#include "tandem/engine/weight_grid.h"
#include "tandem/network/rewrites/edit.h"

namespace tandem {

namespace {

constexpr std::int64_t kFewestPositions = 4096;
constexpr std::int64_t kBatchSamples = 16;
/// Rows of second moments that one thread computes: fixed, because it decides how sums are ordered.
constexpr std::int64_t kRows = 128;
constexpr int kMaximumPasses = 20;
/// Columns of layers that are gathered in one run of the network take at most this much memory.
constexpr std::int64_t kMaximumFloats = std::int64_t{1} << 28;

/// Columns of one layer at positions drawn from all samples, group by group.
struct Gathered {
    const Node* layer = nullptr;
    LayerColumns columns;
    std::vector<std::int64_t> places; ///< sample * positions + position, rising
    std::vector<float> values;        ///< (group, place, read)

    std::int64_t count() const { return std::ssize(places); }
};

Gathered draw_places(const Network& network, const Node& layer, std::int64_t samples) {
    Gathered gathered{.layer = &layer, .columns = LayerColumns(network, layer), .places = {}, .values = {}};
    const std::int64_t all = samples * gathered.columns.positions();
    const std::int64_t wanted = std::min(all, std::max(kFewestPositions, 2 * gathered.columns.reads()));
    Random random = Random(1).fork("adaptive rounding").fork(layer.name);
    for (std::int64_t i = 0; i < wanted; ++i) {
        gathered.places.push_back(
            wanted == all ? i : static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(all))));
    }
    std::sort(gathered.places.begin(), gathered.places.end());
    gathered.values.resize(
        static_cast<std::size_t>(wanted * gathered.columns.groups() * gathered.columns.reads()));
    return gathered;
}

/// Fills the columns of the samples from `first` on, whose values of the layer's input are given.
void gather(Gathered& gathered, std::int64_t first, std::int64_t count, std::span<const float> values) {
    const LayerColumns& columns = gathered.columns;
    const auto elements = static_cast<std::int64_t>(values.size()) / count;
    const auto begin =
        std::lower_bound(gathered.places.begin(), gathered.places.end(), first * columns.positions());
    const auto end = std::lower_bound(begin, gathered.places.end(), (first + count) * columns.positions());
    for (auto place = begin; place != end; ++place) {
        const std::int64_t sample = *place / columns.positions() - first;
        for (std::int64_t group = 0; group < columns.groups(); ++group) {
            const std::int64_t row = group * gathered.count() + (place - gathered.places.begin());
            columns.copy(values.subspan(static_cast<std::size_t>(sample * elements),
                                        static_cast<std::size_t>(elements)),
                         group, *place % columns.positions(),
                         std::span(gathered.values)
                             .subspan(static_cast<std::size_t>(row * columns.reads()),
                                      static_cast<std::size_t>(columns.reads())));
        }
    }
}

/// Runs the network once over the samples for all of these layers.
void gather_all(const FloatExecutor& executor, std::vector<Gathered>& layers, std::span<const float> samples,
                std::int64_t sample_elements) {
    const std::int64_t count = std::ssize(samples) / sample_elements;
    const auto batches = static_cast<std::size_t>((count + kBatchSamples - 1) / kBatchSamples);
    parallel_for(batches, [&](std::size_t batch) {
        const std::int64_t first = static_cast<std::int64_t>(batch) * kBatchSamples;
        const std::int64_t in_batch = std::min(kBatchSamples, count - first);
        const auto on_activation = [&](std::string_view tensor, std::span<const float> values) {
            for (Gathered& layer : layers) {
                if (layer.layer->inputs.front() == tensor) gather(layer, first, in_batch, values);
            }
        };
        executor.run(samples.subspan(static_cast<std::size_t>(first * sample_elements),
                                     static_cast<std::size_t>(in_batch * sample_elements)),
                     in_batch, on_activation);
    });
}

/// The second moments of a group's columns, (read, read): in them an output's squared error is d' M d for
/// differences d of a filter's weights.
std::vector<float> second_moments(const Gathered& gathered, std::int64_t group) {
    const std::int64_t reads = gathered.columns.reads();
    const std::int64_t count = gathered.count();
    std::vector<float> moments(static_cast<std::size_t>(reads * reads));
    const float* const columns = gathered.values.data() + group * count * reads;
    onednn::cpu(); // the instruction set is chosen before the first product
    parallel_for(static_cast<std::size_t>((reads + kRows - 1) / kRows), [&](std::size_t block) {
        const onednn::OneThread one_thread;
        const std::int64_t first = static_cast<std::int64_t>(block) * kRows;
        const dnnl_status_t status = dnnl_sgemm('T', 'N', std::min(kRows, reads - first), reads, count,
                                                1.0F / static_cast<float>(count), columns + first, reads,
                                                columns, reads, 0.0F, moments.data() + first * reads, reads);
        TANDEM_CHECK(status == dnnl_success, "a product of matrices");
    });
    return moments;
}

/// One filter of `reads` weights. Its weights become multiples of the step of its channel.
void round_filter(std::span<float> weights, std::span<const float> moments, const WeightGrid& grid,
                  std::size_t output) {
    const std::size_t reads = weights.size();
    const float step = grid.step(output);
    const auto lowest = static_cast<float>(minimum_integer(grid.format()));
    const auto highest = static_cast<float>(maximum_integer(grid.format()));
    std::vector<float> integers(reads);
    std::vector<float> others(reads); // the second nearest; the same where there is none
    std::vector<float> gradient(reads, 0.0F);
    const auto move = [&](std::size_t read, float by) {
        const float* const row = moments.data() + read * reads;
        for (std::size_t i = 0; i < reads; ++i) gradient[i] += by * row[i];
    };
    for (std::size_t i = 0; i < reads; ++i) {
        const float exact = weights[i] / step;
        integers[i] = static_cast<float>(grid.integer(weights[i], output));
        const float other = integers[i] > exact ? std::floor(exact) : std::ceil(exact);
        others[i] = std::clamp(other, lowest, highest);
        move(i, integers[i] * step - weights[i]);
    }
    for (int pass = 0; pass < kMaximumPasses; ++pass) {
        bool has_changed = false;
        for (std::size_t i = 0; i < reads; ++i) {
            const float by = (others[i] - integers[i]) * step;
            if (by * (2.0F * gradient[i] + by * moments[i * reads + i]) >= 0.0F) continue;
            std::swap(integers[i], others[i]);
            move(i, by);
            has_changed = true;
        }
        if (!has_changed) break;
    }
    for (std::size_t i = 0; i < reads; ++i) {
        weights[i] = grid.value(static_cast<std::int32_t>(integers[i]), output);
    }
}

std::vector<float> rounded_weights(const Network& network, const Gathered& gathered, const WeightGrid& grid) {
    const LayerColumns& columns = gathered.columns;
    std::vector<float> weights = float_values(*network.parameter(gathered.layer->inputs[1]));
    for (std::int64_t group = 0; group < columns.groups(); ++group) {
        const std::vector<float> moments = second_moments(gathered, group);
        parallel_for(static_cast<std::size_t>(columns.outputs()), [&](std::size_t output) {
            std::vector<float> filter(static_cast<std::size_t>(columns.reads()));
            const auto place = [&](std::size_t read) {
                return columns.weight(group, static_cast<std::int64_t>(output),
                                      static_cast<std::int64_t>(read));
            };
            for (std::size_t i = 0; i < filter.size(); ++i) filter[i] = weights[place(i)];
            round_filter(filter, moments, grid, static_cast<std::size_t>(group * columns.outputs()) + output);
            for (std::size_t i = 0; i < filter.size(); ++i) weights[place(i)] = filter[i];
        });
    }
    return weights;
}

} // namespace

Result<Network> round_adaptively(Network network, const Strategy& strategy, std::span<const float> samples) {
    const FloatExecutor executor = TANDEM_TRY(FloatExecutor::create(network));
    const std::int64_t sample_elements = elements_per_sample(network.shape(network.inputs.front()));
    TANDEM_CHECK(std::ssize(samples) % sample_elements == 0, "whole samples");
    if (samples.empty()) return bad_input("adaptive rounding", "samples", "none", "at least one sample");
    const Network original = network;
    const std::vector<const Node*> all = layers(original);
    std::map<std::string, Parameter> rounded; // by layer
    for (std::size_t begin = 0; begin < all.size();) {
        std::vector<Gathered> together;
        std::int64_t floats = 0;
        while (begin < all.size() && floats < kMaximumFloats) {
            const Node& layer = *all[begin++];
            if (formats_of(strategy, layer.name).weights.levels == Levels::bipolar) continue;
            together.push_back(draw_places(original, layer, std::ssize(samples) / sample_elements));
            floats += std::ssize(together.back().values);
        }
        gather_all(executor, together, samples, sample_elements);
        for (const Gathered& gathered : together) {
            const WeightGrid grid(formats_of(strategy, gathered.layer->name));
            rounded[gathered.layer->name] = {.shape = original.parameter(gathered.layer->inputs[1])->shape,
                                             .values = rounded_weights(original, gathered, grid)};
        }
    }
    for (Node& node : network.nodes) {
        const auto found = rounded.find(node.name);
        if (found == rounded.end() || !is_layer(node)) continue;
        const std::string wanted = node.inputs[1];
        rewrites::set_parameter(network, node, 1, wanted, std::move(found->second));
    }
    return rewrites::checked(std::move(network), "round_adaptively");
}

} // namespace tandem
