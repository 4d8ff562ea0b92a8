// The memory that a network takes where weights lie in RAM beside the activations, before any code is
// written: the model by which memory-driven compression (prune and quantise) chooses what to remove.
#pragma once

#include <cstdint>

#include "tandem/network/network.h"

namespace tandem {

/// What a network keeps in memory at its largest, in elements.
struct ResidentElements {
    std::int64_t parameters = 0;  ///< weights and biases, batch normalisation folded
    std::int64_t activations = 0; ///< inputs and outputs of the layer with most of them
    /// 16-bit im2col of two columns (4 * filter rows * filter columns * input channels of a group) or
    /// vector of a dense layer (2 * inputs), whichever is largest.
    std::int64_t buffer = 0;

    std::int64_t total() const { return parameters + activations + buffer; }

    bool operator==(const ResidentElements&) const = default;
};

/// Of a network prepared for deployment. Layers are convolutions, dense layers, poolings, activations and
/// additions; what only renames or reorders (Flatten, Reshape) takes nothing.
ResidentElements resident_elements(const Network& network);

/// ceil(bits * elements / 8192): whole KiB at one width for everything; `bits` of 1 to 16.
std::int64_t resident_kibibytes(const ResidentElements& elements, int bits);

} // namespace tandem
