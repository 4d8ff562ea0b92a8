#include "tandem/machine/microcontroller/resident_memory.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "tandem/core/units.h"
#include "tandem/network/operators/operators.h"

namespace tandem::microcontroller {

namespace {

constexpr std::int64_t kBitsOfKibibyte = 8192;

/// What only says a tensor's shape anew, in place.
bool moves_nothing(const Node& node) {
    constexpr std::array<std::string_view, 6> kNames{"Dropout", "Flatten", "Identity",
                                                     "Reshape", "Squeeze", "Unsqueeze"};
    return std::find(kNames.begin(), kNames.end(), node.type) != kNames.end();
}

std::int64_t parameters_of(const Node& layer, const Network& network) {
    std::int64_t count = 0;
    for (const std::string& input : layer.inputs) {
        if (const Parameter* parameter = network.parameter(input)) {
            count += elements_per_sample(parameter->shape);
        }
    }
    return count;
}

std::int64_t moved_elements(const Node& node, const Network& network) {
    std::int64_t count = elements_per_sample(network.shape(node.outputs.front()));
    for (const std::string& input : node.inputs) {
        if (network.shapes.contains(input)) count += elements_per_sample(network.shape(input));
    }
    return count;
}

std::int64_t buffer_of(const Node& layer, const Network& network) {
    if (layer.type != "Conv") return 2 * network.shape(layer.inputs.front())[1];
    const Shape& weights =
        network.parameter(layer.inputs[1])->shape; // (outputs, inputs of a group, rows, columns)
    return 4 * elements_per_sample(weights) / weights.front();
}

} // namespace

ResidentElements resident_elements(const Network& network) {
    ResidentElements elements;
    for (const Node& node : network.nodes) {
        if (!moves_nothing(node)) {
            elements.activations = std::max(elements.activations, moved_elements(node, network));
        }
        if (!is_layer(node)) continue;
        elements.parameters += parameters_of(node, network);
        elements.buffer = std::max(elements.buffer, buffer_of(node, network));
    }
    return elements;
}

std::int64_t resident_kibibytes(const ResidentElements& elements, int bits) {
    return divide_up(elements.total() * bits, kBitsOfKibibyte);
}

} // namespace tandem::microcontroller
