// Encoding-aware sparse training (EAST): groups of neighbouring weights are pruned while the network trains,
// more and larger ones from epoch to epoch, until the encoded 8-bit weights fit; then the mask stays.
#pragma once

#include <cstddef>
#include <cstdint>

#include "tandem/core/units.h"
#include "tandem/training/training.h"

namespace tandem {

/// The published schedule: sparsity starts at 30 %, grows by a point an epoch, by half of that from epoch 20
/// on and by a quarter from epoch 50 on; groups start with one weight and from epoch 20 on grow by one every
/// ten epochs. Grimaldi, Peluso, Calimera, "EAST: Encoding-Aware Sparse Training for Deep Memory Compression
/// of ConvNets", 2019.
struct SparsitySchedule {
    /// Epochs of the published schedule that one epoch stands for, at least 1.
    double pace = 1.0;
    /// Weights beyond which groups do not grow. 1: plain magnitude pruning.
    std::size_t largest_group = 16;

    /// After epoch `epoch`, the first being 1; at most 0.999.
    double sparsity(std::int64_t epoch) const;
    std::size_t group(std::int64_t epoch) const;
};

/// Prunes after each epoch as the schedule says. Once a sparsity of the schedule makes the weights fit the
/// target, the least sparsity that does is taken (to a thousandth), and training stops.
EpochHook make_pruning_hook(const SparsitySchedule& schedule, Bytes target);

/// Holds the weights at zero that are zero in the network that it begins with. Where the others outgrow the
/// target, which their values decide too, groups of `group` weights are pruned until they fit again.
EpochHook make_frozen_hook(std::size_t group, Bytes target);

} // namespace tandem
