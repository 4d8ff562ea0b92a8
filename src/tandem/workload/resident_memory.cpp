#include "tandem/workload/resident_memory.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "tandem/core/check.h"
#include "tandem/core/units.h"

namespace tandem {

namespace {

bool moves_nothing(const Node& node) {
    constexpr std::array<std::string_view, 5> kTypes{"Constant", "Flatten", "Identity", "Reshape", "Squeeze"};
    return std::find(kTypes.begin(), kTypes.end(), node.type) != kTypes.end();
}

/// Elements of a node's activations, read and written.
std::int64_t activations_of(const Network& network, const Node& node) {
    std::int64_t count = 0;
    for (const std::string& input : node.inputs) {
        if (!input.empty() && network.parameter(input) == nullptr) {
            count += elements_per_sample(network.shape(input));
        }
    }
    for (const std::string& output : node.outputs) count += elements_per_sample(network.shape(output));
    return count;
}

std::int64_t buffer_of(const Network& network, const Node& node) {
    if (!is_layer(node)) return 0;
    const Shape& weights = network.parameter(node.inputs[1])->shape;
    if (node.type == "Conv") { // (output channels, input channels of a group, filter extents...)
        return 4 * elements_per_sample(weights) / weights.front();
    }
    return 2 * elements_per_sample(network.shape(node.inputs.front()));
}

} // namespace

ResidentElements resident_elements(const Network& network) {
    ResidentElements elements;
    for (const auto& [name, parameter] : network.parameters) {
        if (std::holds_alternative<std::vector<float>>(parameter.values)) {
            elements.parameters += elements_per_sample(parameter.shape);
        }
    }
    for (const Node& node : network.nodes) {
        if (moves_nothing(node)) continue;
        elements.activations = std::max(elements.activations, activations_of(network, node));
        elements.buffer = std::max(elements.buffer, buffer_of(network, node));
    }
    return elements;
}

std::int64_t resident_kibibytes(const ResidentElements& elements, int bits) {
    TANDEM_CHECK(bits >= 1 && bits <= 16, "a width of 1 to 16 bits");
    return divide_up(bits * elements.total(), std::int64_t{8192});
}

} // namespace tandem
