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

/// Prunes groups of `group` neighbours (in channel-last order, none across layers) with the lowest l2-norm,
/// of all layers together, until at least the share `sparsity` of all weights is gone; of equal norms the
/// first in the network. The last group of a layer may be smaller. Each layer keeps at least a quarter of the
/// share of its groups that all keep, and one: layers whose weights are small throughout would else be
/// closed.
WeightMasks prune_groups(const Network& network, std::size_t group, double sparsity);

/// The masks under which the network lies already: what is 0 stays 0.
WeightMasks zero_masks(const Network& network);

/// The network with masked weights set to 0.
Network masked(Network network, const WeightMasks& masks);

} // namespace tandem
