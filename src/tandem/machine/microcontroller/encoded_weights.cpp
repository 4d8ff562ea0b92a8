#include "tandem/machine/microcontroller/encoded_weights.h"

#include <algorithm>
#include <variant>

namespace tandem {

std::vector<std::uint8_t> weight_block(std::span<const std::uint8_t> weights, Lz4Parser parser) {
    constexpr std::size_t kLeastBytesASequence = 15;
    const std::size_t most = std::max<std::size_t>(1, weights.size() / kLeastBytesASequence);
    return lz4_limit_sequences(lz4_encode(weights, parser), weights, most);
}

Bytes plain_weight_bytes(const CLayerParameters& parameters) {
    // A packed weight is a part of its array's byte.
    return bytes_holding(Bits(std::ssize(parameters.weights) * std::max(8, parameters.weight_bits)));
}

std::optional<EncodedWeights> encode_weights(const CLayerParameters& parameters) {
    if (parameters.weight_bits > 8) return std::nullopt;
    std::vector<std::uint8_t> bytes;
    bytes.reserve(parameters.weights.size());
    for (const std::int64_t weight : parameters.weights) bytes.push_back(static_cast<std::uint8_t>(weight));
    EncodedWeights encoded{.block = weight_block(bytes, Lz4Parser::optimal),
                           .decoded = Bytes(std::ssize(bytes)),
                           .standard = Bytes(std::ssize(weight_block(bytes, Lz4Parser::standard)))};
    // Less than a sixteenth is not worth the RAM of the decoded layer.
    if (encoded.block.size() * 16 > bytes.size() * 15) return std::nullopt;
    return encoded;
}

WeightBytes weight_bytes(const IntegerProgram& program) {
    WeightBytes total;
    for (const Step& step : program.steps) {
        const auto* layer = std::get_if<LayerStep>(&step);
        if (layer == nullptr) continue;
        const CLayerParameters parameters = c_layer_parameters(program, *layer);
        const Bytes plain = plain_weight_bytes(parameters);
        const std::optional<EncodedWeights> encoded = encode_weights(parameters);
        total.plain += plain;
        total.encoded += encoded ? Bytes(std::ssize(encoded->block)) : plain;
        total.standard += encoded ? std::min(encoded->standard, plain) : plain;
    }
    return total;
}

} // namespace tandem
