// The tilings of a layer at the memory levels above the one that feeds the array.
#pragma once

#include <cstdint>
#include <vector>

#include "tandem/machine/layer_model.h"
#include "tandem/workload/workload.h"

namespace tandem {

/// Tile sizes tried along a dimension, falling: the whole extent, then every smaller 1, 2, 3 and
/// {4, 6, 7} times a power of two. A smaller extent keeps every choice that a larger one had.
std::vector<std::int64_t> tile_sizes(std::int64_t extent);

/// A tiling that may fit, with its exact outermost part.
struct BoundedTiling {
    KnownTiling tiling;
    Score score; ///< Scorer::outermost_score()
};

/// Whether tilings that cannot be better than a larger one that fits are left out.
enum class Dominated { dropped, kept };

/// The tilings of one way to bypass memories. Where all memories hold whole tiles of one level only
/// (an outermost memory and one level of buffers), sizes are tile_sizes(); deeper hierarchies take powers of
/// two and the extent. Columns are cut only in tiles of one row.
/// By rising outermost energy.
std::vector<BoundedTiling> list_tilings(const LayerWork& work, const LayerModel& model, Scorer& scorer,
                                        std::size_t bypass, Dominated dominated);

/// Sizes of all levels in all orders, fitting or not, every combination.
double count_tilings(const LayerWork& work, const LayerModel& model);

} // namespace tandem
