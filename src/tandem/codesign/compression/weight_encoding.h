// What a network's weights take once they are 8 bits wide and encoded, layer by layer.
#pragma once

#include <cstddef>
#include <vector>

#include "tandem/core/units.h"
#include "tandem/network/network.h"

namespace tandem {

/// Sizes of all weights of a network, without biases.
struct WeightEncoding {
    Bytes float32;
    Bytes eight_bits;      ///< a byte a weight
    Bytes optimal;         ///< encoded by LZ4's optimal parser, a weight_block a layer
    Bytes standard;        ///< by its standard parser
    double sparsity = 0.0; ///< share of the 8-bit weights that are zero

    /// Float bytes a byte that is left.
    double compression() const { return float32.ratio_to(optimal); }
};

/// Batch normalisation is folded first, as it is in what is deployed; each layer has its own power-of-two
/// scale.
WeightEncoding weight_encoding(const Network& network);
/// Its `optimal` alone, which is what is asked for again and again.
Bytes encoded_bytes(const Network& network);

/// The index of each weight of a layer with the input channel innermost (outputs, rows, columns, inputs): the
/// order in which weights lie in memory, and in which neighbours are pruned together. A dense layer's lie as
/// its features do.
std::vector<std::size_t> channel_last_order(const Node& layer, const Shape& weights);

} // namespace tandem
