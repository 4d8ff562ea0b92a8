// Access counts of a schedule: what moves across each level, operand by operand. docs/spatial-model.md
// derives every formula; its equation numbers are quoted in counts.cpp.
#pragma once

#include <array>
#include <cstdint>

#include "tandem/machine/spatial/description.h"
#include "tandem/machine/spatial/schedule.h"
#include "tandem/workload/workload.h"

namespace tandem::spatial {

/// Bits across one level by Operand.
struct Moved {
    std::array<std::int64_t, kOperands> read{};
    std::array<std::int64_t, kOperands> written{};

    std::int64_t total() const;
};

/// Off-chip traffic of the whole layer, all groups, from the tiles and their order alone.
Moved count_off_chip(const Description& machine, const LayerWork& work, const Schedule& schedule);

/// The rest of a schedule, all groups.
struct InnerCounts {
    std::int64_t compute_cycles = 0;
    std::int64_t word_operations = 0; ///< operations on full words
    Moved buffer;                     ///< to and from the array, without the off-chip side
    Moved array;                      ///< read: into elements; written: partial sums passed on
    Moved registers;
    bool spills_partial_sums = false; ///< whether unfinished sums leave the array
};
InnerCounts count_inner(const Description& machine, const LayerWork& work, const Schedule& schedule);

/// Bits of one tile by Operand; outputs in `output_bits` each.
std::array<std::int64_t, kOperands> tile_bits(const LayerWork& work, const Schedule& schedule,
                                              std::int64_t output_bits);

/// Distinct input rows (axis 0) or columns (axis 1) inside the image that `outputs` outputs from
/// `first_output` and `taps` filter taps from `first_tap` touch.
std::int64_t touched_inputs(const LayerWork& work, std::size_t axis, std::int64_t first_output,
                            std::int64_t outputs, std::int64_t first_tap, std::int64_t taps);

} // namespace tandem::spatial
