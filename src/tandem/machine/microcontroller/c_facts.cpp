#include "tandem/machine/microcontroller/c_facts.h"

#include <algorithm>
#include <utility>
#include <variant>

namespace tandem {

std::vector<std::int64_t> LayerFacts::array() const {
    if (!encoded) return parameters.weights;
    return {encoded->block.begin(), encoded->block.end()};
}

Bytes LayerFacts::weight_bytes() const {
    return encoded ? Bytes(std::ssize(encoded->block)) : plain_weight_bytes(parameters);
}

Bytes LayerFacts::bias_bytes() const {
    return bytes_holding(Bits(std::ssize(parameters.bias) * parameters.bias_bits));
}

Bytes CFacts::patch_bytes() const {
    std::int64_t largest = 2;
    for (const LayerFacts& layer : layers) largest = std::max(largest, layer.parameters.patch_elements());
    return aligned(Bytes(2 * largest), 8);
}

Bytes CFacts::parameter_bytes() const {
    Bytes total(0);
    for (const LayerFacts& layer : layers) {
        total += layer.weight_bytes();
        total += layer.bias_bytes();
    }
    return total;
}

Bytes CFacts::decoded_bytes() const {
    Bytes most(0);
    for (const LayerFacts& layer : layers) {
        if (layer.encoded) most = std::max(most, layer.encoded->decoded);
    }
    return aligned(most, 8);
}

const LayerFacts* CFacts::layer_of(std::size_t step) const {
    const auto found = std::find_if(layers.begin(), layers.end(),
                                    [&](const LayerFacts& layer) { return layer.step == step; });
    return found == layers.end() ? nullptr : &*found;
}

bool CFacts::is_encoded(std::size_t step) const {
    const LayerFacts* layer = layer_of(step);
    return layer != nullptr && layer->encoded.has_value();
}

CFacts find_c_facts(const IntegerProgram& program, WeightStorage storage) {
    CFacts facts{.program = program, .buffers = plan_buffers(program), .layers = {}};
    for (std::size_t step = 0; step < program.steps.size(); ++step) {
        const auto* layer = std::get_if<LayerStep>(&program.steps[step]);
        if (layer == nullptr) continue;
        CLayerParameters parameters = c_layer_parameters(program, *layer);
        std::optional<EncodedWeights> encoded;
        if (storage == WeightStorage::lz4) encoded = encode_weights(parameters);
        facts.layers.push_back({.step = step,
                                .layer = layer,
                                .parameters = std::move(parameters),
                                .encoded = std::move(encoded)});
    }
    return facts;
}

} // namespace tandem
