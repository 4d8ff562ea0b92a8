// Weights of a layer as an LZ4 block, decoded into RAM just before the layer runs.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "tandem/core/units.h"
#include "tandem/engine/integer_program.h"
#include "tandem/machine/microcontroller/c_layer.h"

namespace tandem {

/// How the image keeps weights.
enum class WeightStorage {
    plain,
    lz4, ///< encoded, each layer by itself, where that saves a sixteenth
};

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
