// What a scorer remembers of a layer's dimensions: the chains of tile sizes that tilings cut them into, and
// the sums of each chain with each share of the array.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <vector>

#include "tandem/machine/spatial/counts.h"
#include "tandem/machine/spatial/layer_tables.h"

namespace tandem::spatial {

/// Inputs at the array: distinct in each pass, and into elements.
struct Positions {
    std::int64_t fetched = 0;
    std::int64_t entered = 0;
};
/// When the window jumps from pass to pass, and when it slides along a row.
struct InputPasses {
    Positions jumps;
    Positions sweeps;
};

/// One dimension's sums, and whether its last block has more than one iteration.
struct SharedSums {
    Sums sums;
    bool loops = false;
    bool is_known = false;
};

/// `tables` outlives the chains. Positions are those that are touched.
class Chains {
  public:
    explicit Chains(const LayerTables& tables);

    /// The chain of a dimension's tiles, as a number; new ones are taken in.
    std::uint32_t number_of(std::size_t d, const Tiling& tiling);

    /// A chain without its share of the array.
    const Split& split(std::size_t d, std::uint32_t chain) const { return splits_[d][chain]; }
    /// Its sums, of which visits above the array count only.
    const Sums& sums_above(std::size_t d, std::uint32_t chain) const { return sums_above_[d][chain]; }

    /// With one of LayerTables::shares.
    const SharedSums& sums_at(std::size_t d, std::uint32_t chain, std::uint32_t share) {
        SharedSums& shared = sums_[d][chain * tables_.shares[d].size() + share];
        if (!shared.is_known) shared = sum(d, chain, share);
        return shared;
    }

    InputPasses inputs_at(const KnownTiling& known, const std::array<std::uint32_t, kDimensions>& shares);

    /// Inputs over all pieces at a depth above the array.
    std::int64_t inputs_above(const KnownTiling& known, std::size_t depth);

  private:
    /// One axis of the inputs at the array, by the chains and shares of its two dimensions.
    struct AxisKey {
        std::uint32_t output_chain, output_share, tap_chain, tap_share;
    };
    struct AxisPositions {
        std::int64_t jumps = -1;
        std::int64_t sweeps = 0;
        std::int64_t into_jumping = 0;
        std::int64_t into_sweeping = 0;
    };

    Split split_at(std::size_t d, std::uint32_t chain, std::uint32_t share) const;
    SharedSums sum(std::size_t d, std::uint32_t chain, std::uint32_t share) const;
    const AxisPositions& axis_at(std::size_t axis, const AxisKey& key);
    AxisPositions positions_of(std::size_t axis, const AxisKey& key) const;

    const LayerTables& tables_;
    std::size_t blocks_;
    Tile extents_;
    std::int64_t channels_;
    std::array<std::map<std::array<std::int64_t, kMostMemoryLevels - 1>, std::uint32_t>, kDimensions>
        numbers_;
    std::array<std::vector<Split>, kDimensions> splits_;
    std::array<std::vector<Sums>, kDimensions> sums_above_;
    std::array<std::vector<SharedSums>, kDimensions> sums_; ///< by chain, then share
    std::array<std::vector<AxisPositions>, 2> axes_;
    std::array<std::size_t, 2> axis_tap_places_{};
    std::array<std::map<std::array<std::uint32_t, 3>, std::int64_t>, 2> above_;
};

} // namespace tandem::spatial
