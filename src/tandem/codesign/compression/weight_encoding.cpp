#include "tandem/codesign/compression/weight_encoding.h"

#include <algorithm>
#include <cstdint>

#include "tandem/machine/microcontroller/encoded_weights.h"
#include "tandem/network/rewrites/rewrites.h"
#include "tandem/numerics/number_format.h"
#include "tandem/numerics/radix_search.h"

namespace tandem {

namespace {

constexpr int kEncodedBits = 8;

/// The 8-bit weights of each layer in memory order.
std::vector<std::vector<std::uint8_t>> weight_bytes_by_layer(const Network& network) {
    std::vector<std::vector<std::uint8_t>> by_layer;
    for (const Node* layer : layers(network)) {
        const Parameter& parameter = *network.parameter(layer->inputs[1]);
        const std::vector<float>& weights = float_values(parameter);
        const NumberFormat format = best_weight_format(weights, kEncodedBits);
        std::vector<std::uint8_t>& bytes = by_layer.emplace_back();
        bytes.reserve(weights.size());
        for (const std::size_t i : channel_last_order(*layer, parameter.shape)) {
            bytes.push_back(static_cast<std::uint8_t>(quantize(weights[i], format)));
        }
    }
    return by_layer;
}

Bytes encoded(const std::vector<std::uint8_t>& bytes, Lz4Parser parser) {
    return Bytes(std::ssize(weight_block(bytes, parser)));
}

} // namespace

WeightEncoding weight_encoding(const Network& network) {
    WeightEncoding encoding;
    std::int64_t zeros = 0;
    for (const std::vector<std::uint8_t>& bytes : weight_bytes_by_layer(fold_batch_normalization(network))) {
        encoding.eight_bits += Bytes(std::ssize(bytes));
        encoding.optimal += encoded(bytes, Lz4Parser::optimal);
        encoding.standard += encoded(bytes, Lz4Parser::standard);
        zeros += std::count(bytes.begin(), bytes.end(), std::uint8_t{0});
    }
    encoding.float32 = encoding.eight_bits * static_cast<std::int64_t>(sizeof(float));
    encoding.sparsity = static_cast<double>(zeros) / static_cast<double>(encoding.eight_bits.value);
    return encoding;
}

Bytes encoded_bytes(const Network& network) {
    Bytes total;
    for (const std::vector<std::uint8_t>& bytes : weight_bytes_by_layer(fold_batch_normalization(network))) {
        total += encoded(bytes, Lz4Parser::optimal);
    }
    return total;
}

std::vector<std::size_t> channel_last_order(const Node& layer, const Shape& weights) {
    const auto count = static_cast<std::size_t>(elements_per_sample(weights));
    std::vector<std::size_t> order;
    order.reserve(count);
    if (layer.type != "Conv") {
        for (std::size_t i = 0; i < count; ++i) order.push_back(i);
        return order;
    }
    const auto outputs = static_cast<std::size_t>(weights[0]);
    const auto inputs = static_cast<std::size_t>(weights[1]);
    const std::size_t positions = count / (outputs * inputs);
    for (std::size_t output = 0; output < outputs; ++output) {
        for (std::size_t position = 0; position < positions; ++position) {
            for (std::size_t input = 0; input < inputs; ++input) {
                order.push_back((output * inputs + input) * positions + position);
            }
        }
    }
    return order;
}

} // namespace tandem
