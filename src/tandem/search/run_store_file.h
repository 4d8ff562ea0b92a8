// The file that holds a run: its schema of today and of before, its header, and whether it is sound. Inside
// the search room only; run_store.h reads and writes what the run adds.
#pragma once

#include <charconv>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "tandem/core/result.h"
#include "tandem/search/run_store.h"
#include "tandem/search/sqlite.h"

namespace tandem {

/// Numbers as a JSON list, doubles with all their bits.
template <class Number> std::string list_text(std::span<const Number> numbers) {
    return fmt::format("[{}]", fmt::join(numbers, ","));
}

/// The numbers of list_text; nothing when the text is no such list.
template <class Number> std::optional<std::vector<Number>> parse_list(std::string_view text) {
    if (text.size() < 2 || text.front() != '[' || text.back() != ']') return std::nullopt;
    std::vector<Number> numbers;
    const char* here = text.data() + 1;
    const char* const end = text.data() + text.size() - 1;
    while (here != end) {
        if (!numbers.empty() && *here++ != ',') return std::nullopt;
        Number number{};
        const auto [next, code] = std::from_chars(here, end, number);
        if (code != std::errc()) return std::nullopt;
        numbers.push_back(number);
        here = next;
    }
    return numbers;
}

/// The refusal of a store that Tandem wrote and something else has changed.
tl::unexpected<Error> damaged(const std::filesystem::path& path, std::string place, std::string found,
                              std::string expected);

/// Schema and header, in one transaction, in a new file at `path`.
[[nodiscard]] Result<void> write_new_store(const std::filesystem::path& path, const RunHeader& header);
/// The schema version; refuses what is no run's store, or a damaged one.
[[nodiscard]] Result<std::int64_t> check_store(const SqliteDatabase& database);
[[nodiscard]] Result<RunHeader> read_header(const SqliteDatabase& database, std::int64_t schema_version);
/// A value of table `meta`; refuses where there is none.
[[nodiscard]] Result<std::string> meta_value(const SqliteDatabase& database, std::string_view key);
/// All steps to today's schema in one transaction: a store is of one version or another. `schema_version`
/// is the one found, and today's afterwards.
[[nodiscard]] Result<void> migrate_store(SqliteDatabase& database, std::int64_t& schema_version);

} // namespace tandem
