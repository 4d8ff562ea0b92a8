// Pairs are taken in the order of the network, again and again: evening out one pair changes the ranges that
// the next one sees.
#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <string_view>

#include "tandem/network/operators/weight_layout.h"
#include "tandem/network/rewrites/edit.h"
#include "tandem/network/rewrites/rewrites.h"

namespace tandem {

namespace {

constexpr int kMaximumRounds = 30;
constexpr float kConverged = 1e-3F;

/// Whether s times the input of a channel gives s times its output, for every s above 0.
bool is_homogeneous(const Node& node) {
    constexpr std::array<std::string_view, 6> kTypes{"AveragePool", "GlobalAveragePool", "GlobalMaxPool",
                                                     "LeakyRelu",   "MaxPool",           "Relu"};
    return std::find(kTypes.begin(), kTypes.end(), node.type) != kTypes.end();
}

/// Every weight that writes an output.
template <class Visit> void for_output(const WeightLayout& layout, std::int64_t output, const Visit& visit) {
    for (std::int64_t read = 0; read < layout.reads(); ++read) visit(layout.index(output, read));
}

/// Every weight that reads a channel of the input.
template <class Visit>
void for_channel(const WeightLayout& layout, std::int64_t channel, const Visit& visit) {
    const std::int64_t outputs = layout.outputs / layout.groups; // that read it
    const std::int64_t first = channel / layout.channels * outputs;
    for (std::int64_t output = first; output < first + outputs; ++output) {
        for (std::int64_t tap = 0; tap < layout.taps; ++tap) {
            visit(layout.index(output, channel % layout.channels * layout.taps + tap));
        }
    }
}

/// The layer that alone reads what `layer` writes, through homogeneous nodes alone.
std::optional<std::size_t> next_layer(const Network& network, const Node& layer) {
    std::string tensor = layer.outputs.front();
    for (;;) {
        const std::vector<const Node*> readers = network.consumers(tensor);
        const bool leaves =
            std::find(network.outputs.begin(), network.outputs.end(), tensor) != network.outputs.end();
        if (readers.size() != 1 || leaves) return std::nullopt;
        const Node& reader = *readers.front();
        if (is_layer(reader)) {
            const bool is_weight = reader.inputs.front() != tensor;
            if (is_weight) return std::nullopt;
            return static_cast<std::size_t>(&reader - network.nodes.data());
        }
        const Shape& shape = network.shape(tensor);
        const bool is_vector = shape.size() > 1 && elements_per_sample(shape) == shape[1];
        if (!is_homogeneous(reader) && !(reader.type == "Flatten" && is_vector)) return std::nullopt;
        tensor = reader.outputs.front();
    }
}

/// What a channel is divided by where it is written and multiplied by where it is read: the root of the
/// product of both ranges over the range of the reader, by which they become equal (eq. 11).
float equalizing_factor(float written, float read) {
    if (written == 0.0F || read == 0.0F) return 1.0F;
    const float factor = std::sqrt(written / read);
    return std::isfinite(factor) && factor > 0.0F ? factor : 1.0F;
}

/// Evens out one pair; the largest relative change of a range.
float equalize(Network& network, std::size_t first, std::size_t second) {
    const WeightLayout writer = weight_layout(network, network.nodes[first]);
    const WeightLayout reader = weight_layout(network, network.nodes[second]);
    Parameter written = *network.parameter(network.nodes[first].inputs[1]);
    Parameter bias = *network.parameter(network.nodes[first].inputs[2]);
    Parameter read = *network.parameter(network.nodes[second].inputs[1]);
    auto& of_writer = std::get<std::vector<float>>(written.values);
    auto& of_bias = std::get<std::vector<float>>(bias.values);
    auto& of_reader = std::get<std::vector<float>>(read.values);
    float largest = 0.0F;
    for (std::int64_t channel = 0; channel < writer.outputs; ++channel) {
        float range = 0.0F;
        float next = 0.0F;
        for_output(writer, channel, [&](std::size_t i) { range = std::max(range, std::abs(of_writer[i])); });
        for_channel(reader, channel, [&](std::size_t i) { next = std::max(next, std::abs(of_reader[i])); });
        const float factor = equalizing_factor(range, next);
        largest = std::max(largest, std::abs(factor - 1.0F));
        for_output(writer, channel, [&](std::size_t i) { of_writer[i] /= factor; });
        of_bias[static_cast<std::size_t>(channel)] /= factor;
        for_channel(reader, channel, [&](std::size_t i) { of_reader[i] *= factor; });
    }
    const auto set = [&](std::size_t node, std::size_t input, Parameter values) {
        Node& layer = network.nodes[node];
        const std::string wanted = layer.inputs[input];
        rewrites::set_parameter(network, layer, input, wanted, std::move(values));
    };
    set(first, 1, std::move(written));
    set(first, 2, std::move(bias));
    set(second, 1, std::move(read));
    return largest;
}

} // namespace

Network equalize_layers(Network network) {
    std::vector<std::pair<std::size_t, std::size_t>> pairs;
    for (std::size_t i = 0; i < network.nodes.size(); ++i) {
        if (!is_layer(network.nodes[i])) continue;
        const std::optional<std::size_t> next = next_layer(network, network.nodes[i]);
        if (next && network.nodes[i].inputs[1] != network.nodes[*next].inputs[1])
            pairs.emplace_back(i, *next);
    }
    for (int round = 0; round < kMaximumRounds; ++round) {
        float change = 0.0F;
        for (const auto& [first, second] : pairs) change = std::max(change, equalize(network, first, second));
        if (change < kConverged) break;
    }
    return rewrites::checked(std::move(network), "equalize_layers");
}

} // namespace tandem
