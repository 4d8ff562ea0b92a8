// The Mapping: one schedule of one layer on one machine, and the space it comes from. Plain values;
// the search over them lives in mapping/.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "tandem/workload/workload.h"

namespace tandem {

/// One loop of a schedule: `iterations` steps, each of which covers `step` of the dimension; the last
/// one covers what is left.
struct Loop {
    Dimension dimension = Dimension::k;
    std::int64_t iterations = 1;
    std::int64_t step = 1;

    bool operator==(const Loop&) const = default;
};

/// The array's two axes.
inline constexpr std::size_t kArrayAxes = 2;

/// In Mapping::held: the operand goes around this memory.
inline constexpr int kBypassed = -1;

/// A schedule: loops unrolled over the array's two axes and over the lanes of a processing element, and
/// blocks of loops in time, outermost first, the last of which runs inside a processing element.
/// Iterations times step of a loop is at least what the loops around it leave to it.
struct Mapping {
    std::array<std::vector<Loop>, kArrayAxes> unrolled; ///< along rows, along columns of the array
    Loop lanes{Dimension::c, 1, 1};                     ///< neighbours that share a register word
    std::vector<std::vector<Loop>> temporal;            ///< by block; loops outermost first
    /// By memory and Operand: how many blocks stand outside the tile that the memory holds, or kBypassed.
    /// Each operand may have its own (uneven blocking). Empty: one block a memory level, nothing bypassed
    /// that the machine lets the memory hold.
    std::vector<std::array<int, kOperands>> held;

    bool operator==(const Mapping&) const = default;
};

/// What the array does at once: the loops below the last shared memory, whose sizes the dataflow and
/// the registers bound.
struct Pass {
    std::array<std::vector<Loop>, kArrayAxes> unrolled;
    Loop lanes{Dimension::c, 1, 1};
    std::vector<Loop> registers;

    bool operator==(const Pass&) const = default;
};

/// An order of all dimensions, outermost first.
using LoopOrder = std::array<Dimension, kDimensions>;

/// Memory levels that a schedule is cut for, the outermost included.
inline constexpr std::size_t kMostMemoryLevels = 4;

/// The schedules a machine admits for one layer: every pass, with every order of the loops at each
/// level, in every tiling of the levels above the one that feeds the array, with every way to hold
/// operands: around memories, or unevenly.
struct MappingSpace {
    std::vector<std::string> levels; ///< outermost first, "registers" last
    std::vector<Pass> passes;        ///< best guess first
    std::vector<Dimension> tileable; ///< what may be tiled
    std::vector<LoopOrder> orders;   ///< at every memory level
    /// Mapping::held of each way; the first holds everything everywhere.
    std::vector<std::vector<std::array<int, kOperands>>> bypasses;

    std::size_t memory_levels() const { return levels.size() - 1; }
};

using Tile = std::array<std::int64_t, kDimensions>; ///< extents by Dimension

/// The part of a schedule above the level that feeds the array: the tile that lies in each memory level but
/// the outermost, and the order in which tiles come, as an index into MappingSpace::orders. Only the first
/// memory_levels() - 1 entries count.
struct Tiling {
    std::array<Tile, kMostMemoryLevels - 1> tiles{};
    std::array<std::uint8_t, kMostMemoryLevels - 1> orders{};

    bool operator==(const Tiling&) const = default;
};

/// The tiling that does not cut: each level holds the whole layer.
inline Tiling undivided(const LayerWork& work) {
    Tiling tiling;
    tiling.tiles.fill(work.all_extents());
    return tiling;
}

/// A schedule by its place in a MappingSpace.
struct Candidate {
    Tiling tiling;
    std::size_t pass = 0;   ///< index into MappingSpace::passes
    std::size_t order = 0;  ///< at the level that feeds the array: index into MappingSpace::orders
    std::size_t bypass = 0; ///< index into MappingSpace::bypasses

    bool operator==(const Candidate&) const = default;
};

} // namespace tandem
