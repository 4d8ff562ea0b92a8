// Access counts of a schedule: what crosses from each memory to the next and into the array, operand by
// operand. docs/spatial-model.md derives every formula; its equation numbers are quoted in counts.cpp.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "tandem/machine/spatial/accounting.h"
#include "tandem/machine/spatial/description.h"
#include "tandem/machine/spatial/pieces.h"
#include "tandem/machine/spatial/schedule.h"
#include "tandem/workload/workload.h"

namespace tandem::spatial {

/// Whether an operand's elements change along a dimension.
constexpr bool depends_on(Operand operand, Dimension dimension) {
    switch (dimension) {
    case Dimension::n:
    case Dimension::oy:
    case Dimension::ox: return operand != Operand::weights;
    case Dimension::k: return operand != Operand::inputs;
    case Dimension::c:
    case Dimension::fy:
    case Dimension::fx: return operand != Operand::outputs;
    case Dimension::g: return true;
    }
    return true;
}

/// The dimensions that an operand depends on, as bits by Dimension.
constexpr std::uint32_t dimensions_of(Operand operand) {
    std::uint32_t set = 0;
    for (const Dimension dimension : kAllDimensions) {
        if (depends_on(operand, dimension)) set |= 1U << index_of(dimension);
    }
    return set;
}

/// Of a set of dimensions that is not empty, the innermost one in an order, and everything outside it.
struct Innermost {
    Dimension dimension = Dimension::k;
    std::uint32_t outside = 0; ///< as bits by Dimension
};
Innermost innermost_of(const LoopOrder& order, std::uint32_t set);

/// The depth at which an operand that lies inside `depth` blocks is brought back along each dimension it
/// does not depend on: depth `base + 1` for the dimensions in `deeper`, `base` for the others.
struct Placement {
    std::size_t base = 0;
    std::uint32_t deeper = 0;

    std::size_t depth(std::size_t dimension) const { return base + ((deeper >> dimension) & 1U); }
};

/// How often an operand's tile inside `depth` blocks comes by, and into how many elements it goes then.
struct Visits {
    std::int64_t visits = 1;
    std::int64_t copies = 1;
};
using SumsOf = std::array<const Sums*, kDimensions>;
Visits visits_of(Operand operand, const Placement& placement, const SumsOf& sums);

/// How often what the elements hold of an operand changes, when it is placed at the array.
std::int64_t stays_of(Operand operand, const Placement& placement, const SumsOf& sums, std::size_t blocks);

/// Whether the filter window can slide along OX inside the registers: each pass has one output column, taps
/// lie next to each other, and one element holds all taps of a pass or each element one.
bool may_slide(const LayerWork& work, const Split& columns, const Split& taps);

/// What crosses between a memory's parent and itself, in values.
struct Crossing {
    std::int64_t in = 0;       ///< weights or inputs
    std::int64_t finished = 0; ///< outputs on their way out, for the last time
    std::int64_t spilled = 0;  ///< partial sums that go out and come back
    std::int64_t started = 0;  ///< sums whose first value, zero, is read like one that comes back

    bool operator==(const Crossing&) const = default;
};

/// What one memory reads and writes, in values.
struct MemoryCounts {
    std::array<std::int64_t, 2> read{};    ///< weights, inputs
    std::array<std::int64_t, 2> written{}; ///< weights, inputs
    std::int64_t finished_read = 0;
    std::int64_t finished_written = 0;
    std::int64_t sums_read = 0;
    std::int64_t sums_written = 0;

    bool operator==(const MemoryCounts&) const = default;

    /// Adds a crossing on the side of the memory that is further out, or further in.
    void add_as_parent(Operand operand, const Crossing& crossing);
    void add_as_child(Operand operand, const Crossing& crossing);
};

/// What the array and its elements do, in values and in words.
struct ArrayCounts {
    std::int64_t steps = 0;           ///< of the busiest element: one word operation each
    std::int64_t word_operations = 0; ///< operations on full words
    std::int64_t accumulations = 0;   ///< of single partial sums: lanes along K each have their own
    std::array<std::int64_t, 2> operand_words{}; ///< weights and inputs that registers hand to multipliers
    std::array<std::int64_t, 2> entered{};       ///< weights and inputs, each element that takes one counted
    std::int64_t sums_entered = 0;
    std::int64_t sums_left = 0;
    std::array<std::int64_t, kOperands> stays{}; ///< how often an operand in the elements is another one

    bool operator==(const ArrayCounts&) const = default;
};

/// One operand between a holder and the next one inside.
struct Transfer {
    Operand operand = Operand::weights;
    std::size_t parent = 0; ///< memory
    std::size_t child = 0;  ///< memory; as many as there are: the array
    std::size_t depth = 0;  ///< blocks outside what the child holds
    Crossing crossing;

    bool operator==(const Transfer&) const = default;
};

struct Counts {
    std::vector<MemoryCounts> memories;
    std::vector<Transfer> transfers; ///< by Operand, then from the outside in
    ArrayCounts array;
    /// By memory: whether the outputs it holds come back to it unfinished.
    std::vector<bool> holds_sums;

    bool operator==(const Counts&) const = default;
};

/// Everything about a schedule, the whole layer with all groups. `work` is the layer that is counted:
/// accounted().
Counts count(const LayerWork& work, const Schedule& schedule, const Accounting& accounting);

/// Where an operand stands that is read from a register in every turn of the loops inside an element: none
/// when none of these changes it, so that it is read when it enters the element.
std::optional<Placement> place_at_multiplier(Operand operand, std::uint32_t looping, const LoopOrder& order,
                                             std::size_t blocks);

/// Accumulations and operand_words of a layer of `extents` when registers are read on change; operands are
/// placed as place_at_multiplier(), or else at the array.
void count_reads_on_change(ArrayCounts& array, const SumsOf& sums, const Tile& extents,
                           const std::array<Placement, kOperands>& places);

/// Values of one operand's tile inside `depth` blocks; as many as there are: of one pass.
std::int64_t tile_elements(const LayerWork& work, const Schedule& schedule, Operand operand,
                           std::size_t depth, InputPositions positions);

} // namespace tandem::spatial
