// Masks of groups of neighbouring weights: what encoding-aware sparse training prunes, and, with groups of
// one, plain magnitude pruning.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "tandem/network/network.h"

namespace tandem {

/// By weight initialiser a byte a weight, in its order; 0: pruned.
using WeightMasks = std::map<std::string, std::vector<std::uint8_t>>;

/// Prunes groups of `group` neighbours (in channel-last order, none across layers) with the lowest l2-norm
/// until at least the share `sparsity` of all weights is gone. Layers are compared by the share of its
/// layer's squared norm that a group has once all lighter ones are gone (Lee et al., "Layer-adaptive sparsity
/// for the magnitude-based pruning", ICLR 2021, equation 3), so the scale of a layer's weights, for which
/// batch normalisation makes up, does not matter. Of equals the first in the network goes. The last group of
/// a layer may be smaller; each layer keeps its largest.
WeightMasks prune_groups(const Network& network, std::size_t group, double sparsity);

/// The masks under which the network lies already: what is 0 stays 0.
WeightMasks zero_masks(const Network& network);

/// The network with masked weights set to 0.
Network masked(Network network, const WeightMasks& masks);

} // namespace tandem
