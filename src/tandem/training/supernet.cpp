#include "tandem/training/supernet.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "tandem/core/check.h"
#include "tandem/network/operators/operators.h"
#include "tandem/network/rewrites/rewrites.h"
#include "tandem/training/quantization.h"

namespace tandem {

namespace {

/// The layer's weights as they become integers: to the nearest, or their signs, times the step.
void round_weights(std::vector<float>& weights, const LayerFormats& formats) {
    const float step = formats.weight_scales.front();
    const float inverse = 1.0F / step; // as training divides
    const auto lowest = static_cast<float>(minimum_integer(formats.weights));
    const auto highest = static_cast<float>(maximum_integer(formats.weights));
    for (float& weight : weights) {
        const float integer = formats.weights.levels == Levels::bipolar
                                  ? (weight >= 0.0F ? 1.0F : -1.0F)
                                  : std::nearbyint(std::clamp(weight * inverse, lowest, highest));
        weight = integer * step;
    }
}

/// One scale an output channel: the step times what batch normalisation multiplies the channel with.
std::vector<float> folded_scales(const Network& network, const Node& normalization, float step) {
    const std::vector<float>& scale = float_values(*network.parameter(normalization.inputs[1]));
    const std::vector<float>& variance = float_values(*network.parameter(normalization.inputs[4]));
    const auto epsilon = static_cast<double>(normalization_epsilon(normalization));
    std::vector<float> scales;
    for (std::size_t c = 0; c < scale.size(); ++c) {
        const double gain =
            static_cast<double>(scale[c]) / std::sqrt(static_cast<double>(variance[c]) + epsilon);
        scales.push_back(static_cast<float>(static_cast<double>(step) * gain));
    }
    return scales;
}

} // namespace

const Node* normalization_of(const Network& network, const Node& layer) {
    const std::vector<const Node*> readers = network.consumers(layer.outputs.front());
    const bool is_folded = readers.size() == 1 && readers.front()->type == "BatchNormalization";
    return is_folded ? readers.front() : nullptr;
}

std::set<std::pair<int, int>> width_pairs(const std::vector<Strategy>& strategies, std::size_t layer) {
    std::set<std::pair<int, int>> pairs;
    for (const Strategy& one : strategies) {
        for (const Strategy& other : strategies) {
            pairs.emplace(one.layers[layer].weight_bits, other.layers[layer].activation_bits);
        }
    }
    return pairs;
}

std::string scale_source(const Network& network, std::string tensor) {
    for (const Node* producer = network.producer(tensor); producer != nullptr && keeps_scale(*producer);
         producer = network.producer(tensor)) {
        tensor = producer->inputs.front();
    }
    return tensor;
}

PrecisionTable::PrecisionTable(const Network& network, const std::vector<Strategy>& strategies)
    : network_(network), frame_(strategies.front()) {
    network_.parameters.clear();
    for (const Strategy& strategy : strategies) {
        TANDEM_CHECK(strategy.calibrated.has_value(), "calibrated strategies");
        for (const LayerFormats& layer : strategy.calibrated->layers) {
            weights_.emplace(std::pair(layer.layer, layer.weights.bits), layer);
            activations_.emplace(std::pair(layer.layer, layer.activations.bits), layer.activations);
        }
        for (const TensorFormat& tensor : strategy.calibrated->tensors) {
            tensors_.emplace(std::pair(tensor.tensor, tensor.format.bits), tensor);
        }
    }
}

Strategy PrecisionTable::look_up(const Strategy& widths) const {
    Strategy strategy = frame_;
    strategy.layers = widths.layers;
    for (std::size_t i = 0; i < widths.layers.size(); ++i) {
        const LayerStrategy& layer = widths.layers[i];
        LayerFormats& formats = strategy.calibrated->layers[i];
        formats = weights_.at({layer.layer, layer.weight_bits});
        formats.activations = activations_.at({layer.layer, layer.activation_bits});
    }
    for (TensorFormat& tensor : strategy.calibrated->tensors) {
        const int bits = stored_bits(network_, strategy, scale_source(network_, tensor.tensor));
        tensor = tensors_.at({tensor.tensor, bits});
    }
    return strategy;
}

std::vector<Strategy> supernet_panel(const PrecisionSpace& space, const Network& network) {
    const std::vector<Strategy> uniform = uniform_strategies(space, network);
    Random random(0); // always the same one
    return {widest_strategy(space, network), narrowest_strategy(space, network), uniform[uniform.size() / 2],
            draw_strategy(space, network, random)};
}

Subnetworks::Subnetworks(PrecisionSupernet supernet)
    : supernet_(std::move(supernet)), table_(supernet_.network, supernet_.strategies) {
    for (std::size_t i = 0; i < supernet_.statistics.size(); ++i) {
        const NormalizationStatistics& entry = supernet_.statistics[i];
        statistics_.emplace(std::tuple(entry.normalization, entry.weight_bits, entry.activation_bits), i);
    }
}

Network Subnetworks::latent(const Strategy& widths) const {
    Network network = supernet_.network;
    const std::vector<const Node*> nodes = layers(supernet_.network);
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        const Node* const normalization = normalization_of(supernet_.network, *nodes[i]);
        if (normalization == nullptr) continue;
        const LayerStrategy& layer = widths.layers[i];
        const NormalizationStatistics& entry =
            supernet_
                .statistics[statistics_.at({normalization->name, layer.weight_bits, layer.activation_bits})];
        network.parameters.at(normalization->inputs[3]).values = entry.mean;
        network.parameters.at(normalization->inputs[4]).values = entry.variance;
    }
    return network;
}

Result<QuantizedNetwork> Subnetworks::subnetwork(const Strategy& widths) const {
    TANDEM_TRY(check_within(supernet_.space, widths));
    QuantizedNetwork result{.network = latent(widths), .strategy = table_.look_up(widths)};
    Network& network = result.network;
    const std::vector<const Node*> nodes = layers(supernet_.network);
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        LayerFormats& formats = result.strategy.calibrated->layers[i];
        round_weights(std::get<std::vector<float>>(network.parameters.at(nodes[i]->inputs[1]).values),
                      formats);
        const Node* const normalization = normalization_of(supernet_.network, *nodes[i]);
        if (normalization == nullptr) continue;
        formats.weight_scales = folded_scales(network, *normalization, formats.weight_scales.front());
    }
    network = prepare_for_deployment(std::move(network));
    TANDEM_TRY(validate(result.strategy, network, "supernet"));
    if (widths.calibrated && *widths.calibrated != *result.strategy.calibrated) {
        return bad_input(
            "strategy", "", "formats that are not this supernet's",
            "widths alone, or the network that the formats were made for in place of the supernet");
    }
    return result;
}

} // namespace tandem
