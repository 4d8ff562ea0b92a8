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

/// A schedule: loops unrolled over the array's two axes and over the lanes of a processing element,
/// and the loops that run at each memory level, outermost first. Iterations times step of a loop is at
/// least what the loops around it leave to it.
struct Mapping {
    std::array<std::vector<Loop>, kArrayAxes> unrolled; ///< along rows, along columns of the array
    Loop lanes{Dimension::c, 1, 1};                     ///< neighbours that share a register word
    std::vector<std::vector<Loop>> temporal; ///< by level, outermost level first; loops outermost first

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

/// The schedules a machine admits for one layer: every pass, with every order of the loops at the level
/// that feeds the array, in every tiling of the outermost level.
struct MappingSpace {
    std::vector<std::string> levels; ///< outermost first
    std::vector<Pass> passes;        ///< best guess first
    std::vector<Dimension> tileable; ///< what may be tiled at the outermost level
    std::vector<LoopOrder> orders;   ///< at the outermost level and at the one that feeds the array
};

/// The outermost level's part of a schedule: the tile that lies in the next memory, and the order in
/// which tiles come, as an index into MappingSpace::orders.
struct Tiling {
    std::array<std::int64_t, kDimensions> tile{1, 1, 1, 1, 1, 1, 1}; ///< by Dimension
    std::size_t order = 0;

    bool operator==(const Tiling&) const = default;
};

/// A schedule by its place in a MappingSpace.
struct Candidate {
    Tiling tiling;
    std::size_t pass = 0;  ///< index into MappingSpace::passes
    std::size_t order = 0; ///< index into MappingSpace::orders

    bool operator==(const Candidate&) const = default;
};

} // namespace tandem
