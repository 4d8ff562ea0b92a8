// What tests of loop nests share.
#pragma once

#include <array>

#include <gtest/gtest.h>

#include "tandem/machine/spatial/nest.h"
#include "unit_machine.h"

namespace tandem::spatial {

using enum Dimension;
using enum NestAxis;
using Values = std::array<std::int64_t, kOperands>;

inline const Accounting kTimeloop = accounting_of(AccountingPreset::timeloop);

inline NestCounts count(const LayerWork& work, const LoopNest& nest,
                        const Accounting& accounting = kTimeloop) {
    const auto counts = count_nest(work, nest, accounting);
    EXPECT_TRUE(counts.has_value()) << (counts ? "" : counts.error().reason);
    if (counts) return *counts;
    NestCounts none;
    none.levels.resize(nest.levels.size());
    return none;
}

} // namespace tandem::spatial
