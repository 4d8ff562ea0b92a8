// The tilings of a layer at the outermost level.
#pragma once

#include <cstdint>
#include <vector>

#include "tandem/machine/layer_model.h"
#include "tandem/workload/workload.h"

namespace tandem {

/// Tile sizes tried along a dimension, falling: the whole extent, then every smaller 1, 2, 3 and
/// {4, 6, 7} times a power of two. The list without the extent is the same for every layer, so that a
/// smaller layer has every choice of a larger one; 7 serves the extents 7, 14, 28, ... of image networks.
std::vector<std::int64_t> tile_sizes(std::int64_t extent);

struct BoundedTiling {
    Tiling tiling;
    Score score; ///< the outermost part
};

/// Every tiling that may fit, by rising energy: each tileable dimension in each of its sizes, in each
/// order; columns are cut only where tiles are single rows. The undivided layer is among them.
std::vector<BoundedTiling> list_tilings(const LayerWork& work, const LayerModel& model);

} // namespace tandem
