#include "tandem/network/quoted.h"

namespace tandem {

namespace {

std::string printable(std::string_view text, std::size_t limit) {
    std::string out;
    for (const char letter : text.substr(0, limit)) {
        if (letter == '\n' || letter == '\t') {
            if (!out.empty() && out.back() != ' ') out += ' ';
        } else {
            out += letter >= ' ' && letter <= '~' ? letter : '?';
        }
    }
    if (text.size() > limit) out += "...";
    return out;
}

} // namespace

std::string quoted_name(std::string_view name) { return "'" + printable(name, 80) + "'"; }

std::string one_line(std::string_view message) { return printable(message, 300); }

} // namespace tandem
