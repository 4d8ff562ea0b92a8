// Weights of a layer as an LZ4 block, decoded into RAM just before the layer runs.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "tandem/core/units.h"
#include "tandem/engine/integer_program.h"
#include "tandem/machine/microcontroller/c_layer.h"
#include "tandem/numerics/lz4.h"

namespace tandem {

/// How the image keeps weights.
enum class WeightStorage {
    plain,
    lz4, ///< encoded, each layer by itself, where that saves a sixteenth
};

/// The LZ4 block of a layer's weights, a byte each: at most a sequence for 15 bytes, so that decoding takes
/// less than 6 instructions a byte on a Cortex-M4 (lz4_cost_test: 3.1 a byte and 42 a sequence).
std::vector<std::uint8_t> weight_block(std::span<const std::uint8_t> weights, Lz4Parser parser);

struct EncodedWeights {
    std::vector<std::uint8_t> block; ///< of the optimal parser
    Bytes decoded;                   ///< what the block holds
    Bytes standard;                  ///< what the block would take by the standard parser
};

/// Of the array of weights as it is packed.
Bytes plain_weight_bytes(const CLayerParameters& parameters);

/// None where the weights take 16 bits, or where the block would save less than a sixteenth of them.
std::optional<EncodedWeights> encode_weights(const CLayerParameters& parameters);

/// Bytes of all weights of a program, packed as its kernels want them.
struct WeightBytes {
    Bytes plain;
    Bytes encoded;  ///< with LZ4's optimal parser where it helps
    Bytes standard; ///< with the standard one
};
WeightBytes weight_bytes(const IntegerProgram& program);

} // namespace tandem
