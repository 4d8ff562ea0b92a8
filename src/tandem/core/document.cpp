#include "tandem/core/document.h"

#include <cmath>

#include <fmt/format.h>

#include "tandem/core/files.h"

namespace tandem {

namespace {

/// A value quoted in a message stays on one readable line.
constexpr std::size_t kLongestQuote = 60;

template <class... Cases> struct Overloaded : Cases... { using Cases::operator()...; };
template <class... Cases> Overloaded(Cases...) -> Overloaded<Cases...>;

} // namespace

const Document* Document::find(std::string_view key) const {
    const auto* map = get_if<Map>();
    if (map == nullptr) return nullptr;
    for (const auto& [name, member] : *map) {
        if (name == key) return &member;
    }
    return nullptr;
}

Result<Document> load_json(const std::string& path) { return parse_json(TANDEM_TRY(read_file(path)), path); }

std::string place_in_file(int line, std::string_view path) {
    if (line == 0) return std::string(path);
    if (path.empty()) return fmt::format("line {}", line);
    return fmt::format("line {}: {}", line, path);
}

std::string decimal(double number) {
    std::string digits = fmt::format("{}", number);
    if (std::isfinite(number) && digits.find_first_of(".e") == std::string::npos) digits += ".0";
    return digits;
}

std::string summarize(const Document& document) {
    return std::visit(Overloaded{
                          [](std::monostate) -> std::string { return "nothing"; },
                          [](bool flag) -> std::string { return flag ? "true" : "false"; },
                          [](std::int64_t number) { return fmt::format("{}", number); },
                          [](double number) { return decimal(number); },
                          [](const std::string& text) {
                              if (text.size() <= kLongestQuote) return fmt::format("'{}'", text);
                              return fmt::format("'{}...'", text.substr(0, kLongestQuote));
                          },
                          [](const Document::List&) -> std::string { return "a list"; },
                          [](const Document::Map&) -> std::string { return "a map"; },
                      },
                      document.value);
}

} // namespace tandem
