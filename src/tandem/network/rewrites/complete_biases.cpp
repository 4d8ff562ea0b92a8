// Layers without a bias, and Gemms whose bias ONNX would broadcast.
#include "tandem/network/rewrites/edit.h"
#include "tandem/network/rewrites/rewrites.h"

namespace tandem {

Network complete_biases(Network network) {
    for (Node& node : network.nodes) {
        if (!is_layer(node)) continue;
        const std::int64_t outputs = network.shape(node.outputs.front())[1];
        std::vector<float> values(static_cast<std::size_t>(outputs), 0.0F);
        if (node.inputs.size() > 2 && !node.inputs[2].empty()) {
            const Parameter* bias = network.parameter(node.inputs[2]);
            if (bias == nullptr || bias->shape == Shape{outputs}) continue;
            const std::vector<float>& stored = float_values(*bias);
            for (std::size_t i = 0; i < values.size(); ++i) values[i] = stored[stored.size() == 1 ? 0 : i];
        }
        rewrites::set_parameter(network, node, 2, node.name + ".bias",
                                {.shape = {outputs}, .values = std::move(values)});
    }
    return rewrites::checked(std::move(network), "complete_biases");
}

} // namespace tandem
