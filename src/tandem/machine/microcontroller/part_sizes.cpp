#include "tandem/machine/microcontroller/part_sizes.h"

#include <charconv>
#include <utility>

#include <fmt/format.h>

#include "tandem/core/check.h"

namespace tandem {

namespace {

/// Cuts the text at the first `mark`; what lies before it is returned, the rest stays.
std::string_view cut(std::string_view& text, char mark) {
    const std::size_t end = text.find(mark);
    const std::string_view first = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    return first;
}

Bytes parse_bytes(std::string_view digits) {
    Bytes bytes;
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), bytes.value);
    TANDEM_CHECK(read.ec == std::errc(), "sizes in code_sizes.csv");
    return bytes;
}

using TargetSizes = std::map<std::string, std::map<std::string, PartSize>, std::less<>>;

TargetSizes parse_table(std::string_view text) {
    TargetSizes sizes;
    cut(text, '\n'); // the head
    while (!text.empty()) {
        std::string_view line = cut(text, '\n');
        const std::string target(cut(line, ','));
        const std::string part(cut(line, ','));
        PartSize size;
        size.flash = parse_bytes(cut(line, ','));
        size.ram = parse_bytes(cut(line, ','));
        size.stack = parse_bytes(cut(line, ','));
        while (!line.empty()) {
            std::string_view member = cut(line, ';');
            const std::string symbol(cut(member, ':'));
            size.library.emplace(symbol, parse_bytes(member));
        }
        sizes[target][part] = std::move(size);
    }
    return sizes;
}

} // namespace

std::string part_of(std::string_view part, CArithmetic arithmetic) {
    switch (arithmetic) {
    case CArithmetic::shifts: return std::string(part);
    case CArithmetic::factors: return fmt::format("{}@factors", part);
    case CArithmetic::multiplied_once: return fmt::format("{}@multiplied_once", part);
    case CArithmetic::multiplied_twice: return fmt::format("{}@multiplied_twice", part);
    }
    return "";
}
std::string table_part(std::string_view kernel) { return fmt::format("table:{}", kernel); }
std::string board_part(std::string_view board) { return fmt::format("board:{}", board); }

const std::map<std::string, PartSize>& part_sizes(std::string_view target) {
    static const TargetSizes kSizes = parse_table(code_size_table());
    const auto found = kSizes.find(target);
    TANDEM_CHECK(found != kSizes.end(), "a target that code_sizes.csv has");
    return found->second;
}

} // namespace tandem
