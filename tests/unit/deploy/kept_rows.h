// The tables of the project that tests make anew.
#pragma once

#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "tandem/core/files.h"

namespace tandem {

inline constexpr std::string_view kCodeSizesFile = "/src/tandem/machine/microcontroller/code_sizes.csv";
inline constexpr std::string_view kInstructionCountsFile =
    "/src/tandem/machine/microcontroller/instruction_counts.csv";

/// The rows that the project's file has of a target.
inline std::vector<std::string> kept_rows(std::string_view file, std::string_view target) {
    std::vector<std::string> rows;
    std::istringstream lines(read_file(TANDEM_SOURCE_DIR + std::string(file)).value());
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with(fmt::format("{},", target))) rows.push_back(line);
    }
    return rows;
}

} // namespace tandem
