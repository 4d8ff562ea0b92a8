// The memory that a network takes in a microcontroller's RAM when its weights lie there too: the model by
// which pruning and quantisation for a memory budget is published. What an image of ours takes is another
// figure, counted from its sections (deploy/firmware/firmware.h).
#pragma once

#include <cstdint>

#include "tandem/network/network.h"

namespace tandem::microcontroller {

/// Elements that lie in RAM together, all of the same width: the memory model of PaQ (Grimaldi, Peluso and
/// Calimera, "Optimality assessment of memory-bounded ConvNets deployed on resource-constrained RISC cores",
/// IEEE Access 7, 2019).
struct ResidentElements {
    std::int64_t parameters = 0;  ///< weights and biases of the layers
    std::int64_t activations = 0; ///< the most that one operator reads and writes
    std::int64_t buffer = 0;      ///< what a layer copies its window or vector to, in 16 bits

    bool operator==(const ResidentElements&) const = default;
    std::int64_t total() const { return parameters + activations + buffer; }
};

/// Of a network prepared for deployment. Operators are convolutions, dense layers, activations and pools; the
/// buffer is 4 * rows * columns * channels of a convolution's window, twice the inputs of a dense layer.
ResidentElements resident_elements(const Network& network);

/// ceil(bits * elements / 8192), in KiB.
std::int64_t resident_kibibytes(const ResidentElements& elements, int bits);

} // namespace tandem::microcontroller
