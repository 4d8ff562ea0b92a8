// A schedule of one layer in the form the spatial model counts with: each dimension split over the
// buffer, the array, the registers and the lanes, and the order of the loops at the two memories.
#pragma once

#include <array>
#include <cstdint>

#include "tandem/core/result.h"
#include "tandem/machine/mapping.h"
#include "tandem/machine/spatial/description.h"
#include "tandem/workload/workload.h"

namespace tandem::spatial {

/// The levels that reports name, outermost first.
enum class Level { off_chip, buffer, array, registers };
inline constexpr std::size_t kLevels = 4;

/// One dimension from the outside in. The layer is cut into tiles of `tile`, the last one smaller. A
/// tile is packed into words of `lanes` values, and its words are dealt to the array in passes of
/// `unrolled * registers` words; the last pass spreads what is left evenly.
struct Split {
    std::int64_t extent = 1;
    std::int64_t tile = 1;
    std::int64_t lanes = 1;
    std::int64_t unrolled = 1;  ///< processing elements, both axes together
    std::int64_t registers = 1; ///< words in each of them

    std::int64_t tiles() const { return divide_up(extent, tile); }
    std::int64_t words(std::int64_t values) const { return divide_up(values, lanes); }
    std::int64_t words_in_pass() const { return unrolled * registers; }
    /// Passes that one full tile takes.
    std::int64_t passes() const { return divide_up(words(tile), words_in_pass()); }
};

struct Schedule {
    std::array<Split, kDimensions> splits; ///< by Dimension
    LoopOrder tile_order = kAllDimensions; ///< of the loops over tiles, outermost first
    LoopOrder pass_order = kAllDimensions; ///< of the loops over passes inside a tile

    Split& split(Dimension dimension) { return splits[static_cast<std::size_t>(dimension)]; }
    const Split& split(Dimension dimension) const { return splits[static_cast<std::size_t>(dimension)]; }
};

/// The pass's share of a schedule: unrolling, lanes and registers of each dimension.
std::array<Split, kDimensions> splits_of(const LayerWork& work, const Pass& pass);

/// The loops of a schedule whose unrolling is that of `pass`.
Mapping to_mapping(const Schedule& schedule, const Pass& pass);

/// The schedule that a mapping's loops describe. Infeasible, naming the dimension, when they do not
/// cover the layer, when a dimension stands twice at a level, or when the loops nest otherwise than a
/// Split allows.
Outcome<Schedule> to_schedule(const Mapping& mapping, const LayerWork& work);

} // namespace tandem::spatial
