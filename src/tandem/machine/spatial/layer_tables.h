// What does not change between the candidates of one layer: its space, its prices, and the distinct shares of
// its dimensions in the array.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <vector>

#include "tandem/machine/layer_model.h"
#include "tandem/machine/spatial/counts.h"
#include "tandem/machine/spatial/description.h"
#include "tandem/machine/spatial/prices.h"

namespace tandem::spatial {

/// Innermost of every set of dimensions in one order.
class OrderTable {
  public:
    explicit OrderTable(const LoopOrder& order) {
        for (std::uint32_t set = 1; set < innermost_.size(); ++set)
            innermost_[set] = innermost_of(order, set);
    }
    const Innermost& innermost(std::uint32_t set) const { return innermost_[set]; }

  private:
    std::array<Innermost, std::size_t{1} << kDimensions> innermost_{};
};

/// By Operand: place_at_multiplier().
using RegisterPlaces = std::array<std::optional<Placement>, kOperands>;

/// What the scorers of one layer share; `layer` is the one that is counted.
struct LayerTables {
    LayerTables(const Description& description, const LayerWork& layer, MappingSpace mapping_space);

    Description machine;
    LayerWork work;
    MappingSpace space;
    Prices prices;
    std::vector<OrderTable> orders;                                  ///< by MappingSpace::orders
    std::vector<std::array<std::uint32_t, kDimensions>> pass_shares; ///< by pass: place in `shares`
    std::array<std::vector<Split>, kDimensions> shares; ///< distinct lanes, unrolling and registers
    std::vector<RegisterPlaces> register_places;        ///< by pass, where registers are read on change

    RegisterPlaces places_at_multiplier(const Pass& pass) const;
    /// The schedule of a candidate.
    Schedule schedule_of(const Candidate& candidate) const;
    /// Bits that a memory's tiles take up, partial sums at their own width where `holds_sums`.
    std::array<Bits, kOperands> tile_bits(const Schedule& schedule, const std::vector<Held>& held,
                                          std::size_t m, bool holds_sums) const;
    Bytes tile_bytes(const Schedule& schedule, const std::vector<Held>& held, std::size_t m,
                     bool holds_sums) const;
    /// What the tiles may be at most; none: unlimited.
    std::optional<Bytes> capacity(std::size_t m) const;
};

} // namespace tandem::spatial
