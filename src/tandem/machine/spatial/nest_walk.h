// Given loop nests with remainders: what one instance of a level takes in, from tile to tile.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "tandem/machine/mapping.h"
#include "tandem/machine/spatial/accounting.h"
#include "tandem/workload/workload.h"

namespace tandem::spatial {

/// A loop with the step that the loops inside it leave to it.
struct PlacedLoop {
    Dimension dimension = Dimension::k;
    std::int64_t iterations = 1;
    std::int64_t step = 1;
    std::int64_t last_iterations = 1; ///< where the loops of its dimension further out are in their last turn
};

/// Values of an operand that come to a tile of `extents` over all loops in time outside it, cut where the
/// layer ends. Kept overlap: as Timeloop, a tile that comes loses what the one before held, unless the step
/// from tile to tile has changed. Turns of a loop between its third and its last are alike and walked once;
/// none where millions are left.
std::optional<std::int64_t> walk_brought(const LayerWork& work, Operand operand,
                                         const std::vector<PlacedLoop>& outside, const Tile& extents,
                                         const Accounting& accounting, Overlap overlap);

} // namespace tandem::spatial
