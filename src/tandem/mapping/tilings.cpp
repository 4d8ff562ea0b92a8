#include "tandem/mapping/tilings.h"

#include <algorithm>

namespace tandem {

namespace {

/// Visits every combination of sizes of the dimensions from `next` on.
template <class Visit> void for_each_tile(const LayerWork& work, const std::vector<Dimension>& tileable,
                                          std::size_t next, Tiling& tiling, const Visit& visit) {
    if (next == tileable.size()) {
        visit();
        return;
    }
    const auto dimension = static_cast<std::size_t>(tileable[next]);
    const bool is_column = tileable[next] == Dimension::ox;
    const bool has_one_row = tiling.tile[static_cast<std::size_t>(Dimension::oy)] == 1;
    for (const std::int64_t size : tile_sizes(work.extents[dimension])) {
        if (is_column && !has_one_row && size < work.extents[dimension]) break;
        tiling.tile[dimension] = size;
        for_each_tile(work, tileable, next + 1, tiling, visit);
    }
    tiling.tile[dimension] = work.extents[dimension];
}

} // namespace

std::vector<std::int64_t> tile_sizes(std::int64_t extent) {
    std::vector<std::int64_t> sizes{1, 2, 3};
    for (std::int64_t power = 1; power < extent; power *= 2) {
        for (const std::int64_t factor : {4, 6, 7}) sizes.push_back(factor * power);
    }
    std::erase_if(sizes, [extent](std::int64_t size) { return size >= extent; });
    sizes.push_back(extent);
    std::reverse(sizes.begin(), sizes.end());
    return sizes;
}

std::vector<BoundedTiling> list_tilings(const LayerWork& work, const LayerModel& model) {
    std::vector<BoundedTiling> tilings;
    Tiling tiling{.tile = work.extents};
    for_each_tile(work, model.space().tileable, 0, tiling, [&] {
        for (tiling.order = 0; tiling.order < model.space().orders.size(); ++tiling.order) {
            const Score score = model.outermost_score(tiling);
            if (!score.fits) break; // whether a tile fits does not depend on the order
            tilings.push_back({.tiling = tiling, .score = score});
        }
    });
    std::stable_sort(tilings.begin(), tilings.end(),
                     [](const BoundedTiling& left, const BoundedTiling& right) {
                         return left.score.outermost_energy < right.score.outermost_energy;
                     });
    return tilings;
}

} // namespace tandem
