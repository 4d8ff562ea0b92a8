// A schedule of one layer in the form the spatial model counts with: each dimension split over the
// memories, the array, the registers and the lanes, the order of the loops in each block, and which tile
// each memory holds of each operand.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "tandem/core/result.h"
#include "tandem/machine/mapping.h"
#include "tandem/machine/spatial/description.h"
#include "tandem/workload/workload.h"

namespace tandem::spatial {

/// Blocks of loops above the array that a schedule may have: as many as memory levels, and some to spare
/// for operands that are cut unevenly.
inline constexpr std::size_t kMostBlocks = 6;

/// One dimension from the outside in. Block b of loops cuts pieces of `tile[b]` into pieces of
/// `tile[b + 1]`, the last one smaller; tile[0] is the extent. A piece of the last tile is packed into words
/// of `lanes` values, and its words are dealt in turn to the elements, in passes of `unrolled * registers`
/// words, the last one smaller. The turn goes on from one pass and one tile to the next.
struct Split {
    std::array<std::int64_t, kMostBlocks> tile{1, 1, 1, 1, 1, 1};
    std::int64_t lanes = 1;
    std::int64_t unrolled = 1;  ///< processing elements, both axes together
    std::int64_t registers = 1; ///< words in each of them

    std::int64_t extent() const { return tile[0]; }
    std::int64_t words(std::int64_t values) const { return divide_up(values, lanes); }
    std::int64_t words_in_pass() const { return unrolled * registers; }
    /// Iterations of block `block` of `blocks` over one full piece.
    std::int64_t iterations(std::size_t block, std::size_t blocks) const {
        return block + 1 < blocks ? divide_up(tile[block], tile[block + 1])
                                  : divide_up(words(tile[block]), words_in_pass());
    }
};

/// By Operand: how many blocks stand outside the tile that a memory holds, or kBypassed.
using Held = std::array<int, kOperands>;

struct Schedule {
    std::array<Split, kDimensions> splits; ///< by Dimension
    std::size_t blocks = 1;
    std::array<LoopOrder, kMostBlocks> orders{kAllDimensions, kAllDimensions, kAllDimensions,
                                              kAllDimensions, kAllDimensions, kAllDimensions};
    std::vector<Held> held; ///< by memory; the outermost holds everything outside all blocks
    LoopOrder register_order = kAllDimensions; ///< of the words that an element holds

    Split& split(Dimension dimension) { return splits[index_of(dimension)]; }
    const Split& split(Dimension dimension) const { return splits[index_of(dimension)]; }
    /// The dimensions that block `block` has more than one iteration of, as bits by Dimension.
    std::uint32_t looping(std::size_t block) const;
    /// Those that an element holds more than one word of.
    std::uint32_t looping_in_registers() const;
};

/// What each memory holds when every memory level has a block of its own and nothing is bypassed.
std::vector<Held> held_evenly(const Description& machine);

/// The pass's share of a schedule that does not cut: unrolling, lanes and registers of each dimension.
std::array<Split, kDimensions> splits_of(const LayerWork& work, const Pass& pass);

/// An order in which the dimensions of `loops` are innermost, in theirs.
LoopOrder order_of(const std::vector<Loop>& loops);

/// The loops of a schedule whose unrolling is that of `pass`.
Mapping to_mapping(const Schedule& schedule, const Pass& pass);

/// The schedule that a mapping's loops describe. Infeasible, naming the dimension, when they do not
/// cover the layer, when a dimension stands twice in a block, when the loops nest otherwise than a
/// Split allows, or when a memory is to hold what it cannot.
Outcome<Schedule> to_schedule(const Mapping& mapping, const LayerWork& work, const Description& machine);

} // namespace tandem::spatial
