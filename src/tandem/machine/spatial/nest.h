// Access counts of a given loop nest, level by level: the closed form of what Timeloop 3 counts for it when
// the accounting says so. docs/spatial-model.md, "Given loop nests", whose equation numbers nest.cpp quotes.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "tandem/core/result.h"
#include "tandem/machine/nest.h"
#include "tandem/machine/spatial/accounting.h"
#include "tandem/workload/workload.h"

namespace tandem::spatial {

struct NestCounts {
    std::int64_t cycles = 1; ///< iterations of the loops in time
    /// Every level in the nest's order; reads, fills and updates are 0 where it does not keep an operand.
    std::vector<NestLevelCounts> levels;
    /// By level and Operand: what comes to one instance from outside, kept or not; of outputs what leaves it.
    std::vector<std::array<std::int64_t, kOperands>> brought;
    /// By level: the outputs of one instance, which leave it finished.
    std::vector<std::int64_t> outputs;
};

/// `layer` is counted as accounted(). Infeasible, naming the level or the dimension: loops that do not give
/// the layer's extents, a loop in time inside an unrolled one of its level, an outermost level that does not
/// keep all operands, tiles other than the nest states (under bounding boxes).
Outcome<NestCounts> count_nest(const LayerWork& layer, const LoopNest& nest, const Accounting& accounting);

} // namespace tandem::spatial
