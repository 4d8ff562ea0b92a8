// Sections of a linked image, as the binutils of its processor tell them.
#pragma once

#include <algorithm>
#include <map>
#include <sstream>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "tandem/core/process.h"
#include "tandem/deploy/firmware/firmware.h"

namespace tandem {

/// `size -A` prints "name size address".
inline ImageLayout sections_of(const Image& image, const Board& board) {
    std::string program(find_target(board.target)->toolchain->compiler);
    program.replace(program.rfind("gcc"), 3, "size");
    const FinishedProcess finished = run_process({program, "-A", "-d", image.file.string()}).value();
    EXPECT_EQ(finished.status, 0) << finished.output;
    std::map<std::string, std::pair<std::int64_t, std::int64_t>> sections;
    std::istringstream lines(finished.output);
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words(line);
        std::string name;
        std::int64_t size = 0;
        std::int64_t address = 0;
        if (words >> name >> size >> address) sections[name] = {size, address};
    }
    const auto& [bss, bss_address] = sections.at(".bss");
    return {.text = Bytes(sections.at(".text").first),
            .data = Bytes(sections.at(".data").first),
            .bss = Bytes(bss),
            .ram = Bytes(bss_address + bss - std::int64_t{board.emulator.ram.origin})};
}

/// "cortex_m4_O3", of a processor and a level of optimisation.
inline std::string build_name(const testing::TestParamInfo<std::tuple<std::string, std::string>>& info) {
    std::string name = std::get<0>(info.param) + std::get<1>(info.param);
    std::replace(name.begin(), name.end(), '-', '_');
    return name;
}

} // namespace tandem
