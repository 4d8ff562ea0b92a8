// A loop nest as other tools print one: storage levels from the outside in, each with what it keeps and its
// loops in time and across the array. Freer than a Mapping: loops may be unrolled at every level. Plain
// values.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tandem/machine/cost.h"
#include "tandem/workload/workload.h"

namespace tandem {

/// Where the iterations of a loop run: one after the other, or on neighbours along a row or down a column of
/// the array.
enum class NestAxis { time, columns, rows };

/// One loop. Where every loop of its dimension further out is in its last iteration, there may be fewer.
struct NestLoop {
    Dimension dimension = Dimension::k;
    std::int64_t iterations = 1;
    NestAxis axis = NestAxis::time;
    std::int64_t remainder = 0; ///< iterations there; 0: as many as ever

    bool operator==(const NestLoop&) const = default;

    std::int64_t last_iterations() const { return remainder > 0 ? remainder : iterations; }
};

/// One level of storage, or only of wires where it keeps nothing. Unrolled loops are its innermost: they
/// spread over instances of the level inside.
struct NestLevel {
    std::string name;
    /// By Operand: the values that it keeps at a time, as the nest states them; none: not kept here.
    std::array<std::optional<std::int64_t>, kOperands> keeps{};
    std::vector<NestLoop> loops; ///< outermost first

    bool operator==(const NestLevel&) const = default;

    bool keeps_anything() const { return keeps[0] || keeps[1] || keeps[2]; }
};

struct LoopNest {
    std::vector<NestLevel> levels; ///< outermost first

    bool operator==(const LoopNest&) const = default;
};

/// What one instance of a level does in the whole layer, by Operand, in values.
struct NestLevelCounts {
    std::string level;
    std::int64_t instances = 1;                    ///< that the nest uses
    std::array<std::int64_t, kOperands> tile{};    ///< kept at a time
    std::array<std::int64_t, kOperands> reads{};   ///< for the level inside, and of sums to be updated
    std::array<std::int64_t, kOperands> fills{};   ///< written as they come from the level outside
    std::array<std::int64_t, kOperands> updates{}; ///< of sums, written as they come from the level inside

    bool operator==(const NestLevelCounts&) const = default;
};

struct NestCost {
    LayerCost cost;
    std::vector<NestLevelCounts> levels; ///< those that keep something, outermost first
};

} // namespace tandem
