// Lists of samples that a file names by their numbers, as benchmarks publish them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tandem/core/result.h"

namespace tandem {

/// Whole numbers from 0 to below `count`, parted by white space, in their order; at least one. Errors:
/// another word, with its place in the list.
[[nodiscard]] Result<std::vector<std::int64_t>> parse_indices(std::string_view text, const std::string& file,
                                                              std::int64_t count);
[[nodiscard]] Result<std::vector<std::int64_t>> load_indices(const std::string& path, std::int64_t count);

} // namespace tandem
