// y = gain * (w x + b - mean) + shift with gain = scale / sqrt(variance + epsilon) is again a layer:
// weights gain * w, bias gain * (b - mean) + shift. Ioffe and Szegedy 2015, section 3.1.
#include <algorithm>
#include <cmath>
#include <optional>

#include "tandem/core/check.h"
#include "tandem/network/operators/operators.h"
#include "tandem/network/rewrites/edit.h"
#include "tandem/network/rewrites/rewrites.h"

namespace tandem {

namespace {

/// What a BatchNormalization does to channel c: gain[c] * x + shift[c].
struct ChannelMap {
    std::vector<double> gain;
    std::vector<double> shift;
};

/// Nothing when some input is computed rather than stored.
std::optional<ChannelMap> channel_map(const Node& node, const Network& network) {
    std::vector<const std::vector<float>*> inputs;
    for (std::size_t i = 1; i < 5; ++i) {
        const Parameter* parameter = network.parameter(node.inputs[i]);
        if (parameter == nullptr) return std::nullopt;
        inputs.push_back(&float_values(*parameter));
    }
    const double epsilon = normalization_epsilon(node);
    ChannelMap map;
    for (std::size_t c = 0; c < inputs[0]->size(); ++c) {
        const auto value = [&](std::size_t input) { return static_cast<double>((*inputs[input])[c]); };
        const double gain = value(0) / std::sqrt(value(3) + epsilon);
        map.gain.push_back(gain);
        map.shift.push_back(value(1) - gain * value(2));
    }
    return map;
}

bool all_finite(const std::vector<float>& values) {
    return std::all_of(values.begin(), values.end(), [](float value) { return std::isfinite(value); });
}

/// The output channel that element i of a layer's weights belongs to.
std::size_t output_channel(const Node& layer, const Shape& weights, std::size_t i) {
    const std::size_t outputs_first = static_cast<std::size_t>(elements_per_sample(weights) / weights[0]);
    const bool are_columns = layer.type == "Gemm" && !gemm_attributes(layer).transposes_weights;
    return are_columns ? i % static_cast<std::size_t>(weights[1]) : i / outputs_first;
}

/// Whether the map could be folded into the layer's weights and bias.
bool fold_into(Network& network, Node& layer, const ChannelMap& map) {
    const Parameter* weights = network.parameter(layer.inputs[1]);
    const bool has_bias = layer.inputs.size() > 2 && !layer.inputs[2].empty();
    const Parameter* bias = has_bias ? network.parameter(layer.inputs[2]) : nullptr;
    if (weights == nullptr || (has_bias && bias == nullptr)) return false;

    const std::size_t channels = map.gain.size();
    std::vector<float> folded_weights = float_values(*weights);
    for (std::size_t i = 0; i < folded_weights.size(); ++i) {
        const double gain = map.gain[output_channel(layer, weights->shape, i)];
        folded_weights[i] = static_cast<float>(gain * static_cast<double>(folded_weights[i]));
    }
    std::vector<float> folded_bias(channels);
    for (std::size_t c = 0; c < channels; ++c) {
        double old = 0.0;
        // A Gemm's bias may be one number for all outputs.
        if (bias != nullptr) old = float_values(*bias)[float_values(*bias).size() == 1 ? 0 : c];
        folded_bias[c] = static_cast<float>(map.gain[c] * old + map.shift[c]);
    }
    if (!all_finite(folded_weights) || !all_finite(folded_bias)) return false;

    Shape shape = weights->shape;
    rewrites::set_parameter(network, layer, 1, layer.name + ".weight",
                            {.shape = std::move(shape), .values = std::move(folded_weights)});
    rewrites::set_parameter(
        network, layer, 2, layer.name + ".bias",
        {.shape = {static_cast<std::int64_t>(channels)}, .values = std::move(folded_bias)});
    return true;
}

} // namespace

Network fold_batch_normalization(Network network) {
    const std::map<std::string, int> readers = rewrites::count_readers(network);
    std::map<std::string, std::size_t> producers = rewrites::index_producers(network);
    std::vector<bool> removed(network.nodes.size(), false);
    for (std::size_t i = 0; i < network.nodes.size(); ++i) {
        const Node& node = network.nodes[i];
        if (node.type != "BatchNormalization" || readers.at(node.inputs.front()) != 1) continue;
        const auto producer = producers.find(node.inputs.front());
        if (producer == producers.end()) continue;
        Node& layer = network.nodes[producer->second];
        if (!is_layer(layer)) continue;
        const std::optional<ChannelMap> map = channel_map(node, network);
        if (!map || !fold_into(network, layer, *map)) continue;
        layer.outputs = node.outputs;
        producers[node.outputs.front()] = producer->second;
        removed[i] = true;
    }
    rewrites::remove_nodes(network, removed);
    return rewrites::checked(std::move(network), "fold_batch_normalization");
}

} // namespace tandem
