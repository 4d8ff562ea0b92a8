// The Mapping: one schedule of one layer on one machine, and the space it comes from. Plain values;
// the search over them lives in mapping/.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "tandem/workload/workload.h"

namespace tandem {

/// One loop of a schedule.
struct Loop {
    Dimension dimension = Dimension::k;
    std::int64_t iterations = 1;

    bool operator==(const Loop&) const = default;
};

/// A schedule: loops unrolled over the array's two axes, and the loops that run at each memory
/// level, outermost first. The product of all iterations of a dimension is at least its extent in
/// the layer; the excess is padding that costs cycles and no useful work.
struct Mapping {
    std::array<std::vector<Loop>, 2> unrolled; ///< along rows, along columns of the array
    std::vector<std::vector<Loop>> temporal;   ///< by level, outermost level first; loops outermost first

    bool operator==(const Mapping&) const = default;
};

/// The schedules a machine admits for one layer.
struct MappingSpace {
    std::vector<std::string> levels;                          ///< outermost first
    std::vector<std::array<std::vector<Loop>, 2>> unrollings; ///< the spatial choices, best guess first
    /// Dimensions that may be tiled at each level, by level; the innermost level may be fixed by
    /// the dataflow.
    std::vector<std::vector<Dimension>> tileable;
};

} // namespace tandem
