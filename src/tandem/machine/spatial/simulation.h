// The oracle of the counts: a mapping executed access by access, with real buffers.
#pragma once

#include <cstdint>
#include <vector>

#include "tandem/machine/mapping.h"
#include "tandem/machine/spatial/counts.h"
#include "tandem/machine/spatial/description.h"
#include "tandem/workload/workload.h"

namespace tandem::spatial {

/// The operands of one layer, row-major: weights G K C FY FX; inputs G N C and the rows and columns of the
/// image; outputs G N K OY OX.
struct Tensors {
    std::vector<std::int64_t> weights;
    std::vector<std::int64_t> inputs;
};

struct Simulated {
    Counts counts;
    std::vector<std::int64_t> outputs;
    /// By memory and Operand: the most values that it held at a time.
    std::vector<std::array<std::int64_t, kOperands>> most_held;
};

/// Runs the loops of a mapping one by one, counting as the machine's accounting says; `tensors` are those of
/// accounted(). Each memory holds what its present tiles are and nothing else; a
/// tile is brought in where the innermost loop stands that changes it, values are only read where they
/// lie, and every read and write is counted as it happens. Infeasible as LayerModel::price() for loops that
/// do not cover the layer; sizes are not judged.
Outcome<Simulated> simulate_mapping(const Description& machine, const LayerWork& layer,
                                    const Mapping& mapping, const Tensors& tensors);

} // namespace tandem::spatial
