// Layers whose weights and inputs are sums of binary bases (Lin, Zhao, Pan, NIPS 2017, "Towards accurate
// binary convolutional neural network"), spelled out in the network as that many binary layers, summed.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "tandem/network/network.h"
#include "tandem/strategy/quantized_network.h"

namespace tandem {

/// One term of what stands in for a tensor: `scale` where a value lies above `threshold`, else 0; of a
/// negative threshold, -`scale` where it lies below.
struct ActivationBasis {
    float threshold = 0.0F; ///< not 0
    float scale = 1.0F;     ///< positive

    bool operator==(const ActivationBasis&) const = default;
};

/// One term of what stands in for a layer's weights.
struct WeightBasis {
    std::vector<float> signs;  ///< -1 and 1, in the order of the weights
    std::vector<float> scales; ///< by output channel, positive

    bool operator==(const WeightBasis&) const = default;
};

struct BinaryBases {
    std::map<std::string, std::vector<ActivationBasis>>
        activations;                                         ///< by the output of a Clip without bounds
    std::map<std::string, std::vector<WeightBasis>> weights; ///< by layer
};

/// `quantized` is prepared for deployment, calibrated with scales that `floating` requantises. Every Clip of
/// `bases` becomes one Clip a basis, from 0 to twice the threshold, stored in one bit; every layer that reads
/// it, or has bases, one layer for each pair of bases. Their outputs and sums have 16 bits and scales that
/// nothing saturates; the one of the finest products has the bias.
QuantizedNetwork spell_out(const QuantizedNetwork& quantized, const BinaryBases& bases);

} // namespace tandem
