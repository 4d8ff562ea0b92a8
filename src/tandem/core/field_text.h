// How fields are named in messages and tables.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace tandem {

inline std::string join(std::string_view place, std::string_view name) {
    return place.empty() ? std::string(name) : fmt::format("{}.{}", place, name);
}

inline std::string one_of(const std::vector<std::string>& words) {
    return fmt::format("one of {}", fmt::join(words, ", "));
}

} // namespace tandem
