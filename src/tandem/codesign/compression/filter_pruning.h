// Prunes filters until a memory model is met: the first half of "prune and quantise" (PaQ).
#pragma once

#include <cstdint>

#include "tandem/core/result.h"
#include "tandem/network/network.h"

namespace tandem {

/// What pruning came to.
struct FilterPruning {
    Network network;
    std::int64_t removed_filters = 0;
    std::int64_t kibibytes = 0; ///< by the memory model, at the width asked for
    /// Whether that is within the target; if not, no filter is left that could go.
    bool fits = false;
};

/// While the network's resident memory (workload/resident_memory.h) at `bits` exceeds the target: of the
/// layers that have a filter to spare, the one whose weights have the least mean magnitude loses its filter
/// of least l1-norm, with all that depends on it (network/pruning/channel_sets.h). Equal ones go in the
/// network's order.
/// No layer falls below a quarter of the filters that it has in `original`, of which `network` is what
/// pruning has left, while another one can give; then none below an eighth, and so on: layers with the small
/// weights of a large fan-in would else be closed altogether.
FilterPruning prune_filters(Network network, const Network& original, int bits,
                            std::int64_t target_kibibytes);

/// Output channels of all layers.
std::int64_t count_filters(const Network& network);

} // namespace tandem
