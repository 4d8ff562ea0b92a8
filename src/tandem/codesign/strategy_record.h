// What was worked out for one strategy, in a file of its own by which later work goes on: the fields of a
// struct, and the strategy that they are of.
#pragma once

#include <filesystem>

#include "tandem/core/fields.h"
#include "tandem/core/result.h"
#include "tandem/strategy/strategy.h"

namespace tandem {

/// Replaces a file that is there.
[[nodiscard]] Result<void> write_strategy_record(const std::filesystem::path& file, const Strategy& strategy,
                                                 const DescribeFields& describe);

/// Errors: damaged, or of another strategy.
[[nodiscard]] Result<void> load_strategy_record(const std::filesystem::path& file, const Strategy& strategy,
                                                const DescribeFields& describe);

} // namespace tandem
