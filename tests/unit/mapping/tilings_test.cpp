#include "tandem/mapping/tilings.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "../machine/spatial/unit_machine.h"
#include "tandem/machine/machine.h"

namespace tandem {
namespace {

TEST(TileSizes, FallFromTheExtent) {
    EXPECT_EQ(tile_sizes(1), (std::vector<std::int64_t>{1}));
    EXPECT_EQ(tile_sizes(5), (std::vector<std::int64_t>{5, 4, 3, 2, 1}));
    EXPECT_EQ(tile_sizes(28), (std::vector<std::int64_t>{28, 24, 16, 14, 12, 8, 7, 6, 4, 3, 2, 1}));
}

TEST(TileSizes, OfASmallerExtentKeepEveryChoice) {
    for (std::int64_t extent = 2; extent < 300; ++extent) {
        const auto larger = tile_sizes(extent);
        const auto smaller = tile_sizes(extent - 1);
        for (const std::int64_t size : larger) {
            const std::int64_t cut = std::min(size, extent - 1);
            EXPECT_NE(std::find(smaller.begin(), smaller.end(), cut), smaller.end()) << extent << " " << size;
        }
    }
}

TEST(Tilings, FitAndComeByRisingEnergy) {
    spatial::Description description = unit_description();
    description.memories[1].size_bytes = 256;
    const LayerWork work = layer_of(6, 5, 7, 9, 3, 3);
    const auto model = make_spatial(description)->layer_model(work).value();
    const auto scorer = model->scorer();
    const std::vector<BoundedTiling> tilings =
        list_tilings(work, *model, *scorer, /*bypass=*/0, Dominated::kept);
    ASSERT_GT(tilings.size(), 10U);
    for (std::size_t i = 0; i < tilings.size(); ++i) {
        EXPECT_TRUE(tilings[i].score.fits);
        if (i > 0) {
            EXPECT_GE(tilings[i].score.outermost_energy, tilings[i - 1].score.outermost_energy);
        }
        // Whole rows unless a tile is a single one.
        const Tile& tile = tilings[i].tiling.tiling.tiles[0];
        if (tile[index_of(Dimension::oy)] > 1) {
            EXPECT_EQ(tile[index_of(Dimension::ox)], 9);
        }
    }
    EXPECT_GE(count_tilings(work, *model), static_cast<double>(tilings.size()));
    EXPECT_LT(list_tilings(work, *model, *scorer, 0, Dominated::dropped).size(), tilings.size());
}

TEST(Tilings, HoldTheUndividedLayerWhereItFits) {
    const LayerWork work = layer_of(2, 2, 3, 3, 2, 2);
    const auto model = make_spatial(unit_description())->layer_model(work).value();
    const auto scorer = model->scorer();
    const std::vector<BoundedTiling> tilings =
        list_tilings(work, *model, *scorer, /*bypass=*/0, Dominated::kept);
    ASSERT_FALSE(tilings.empty());
    EXPECT_TRUE(std::any_of(tilings.begin(), tilings.end(), [&](const BoundedTiling& tiling) {
        return tiling.tiling.tiling.tiles[0] == work.all_extents();
    }));
}

} // namespace
} // namespace tandem
