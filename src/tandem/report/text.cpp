// UTF-8 by Unicode 15, table 3-7 (well-formed byte sequences); widths by the blocks that East Asian
// Width (Unicode Annex 11) calls wide.
#include "tandem/report/text.h"

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

namespace tandem {

namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD"; // U+FFFD

struct CodePoint {
    char32_t value = 0;
    std::size_t bytes = 1;
    bool is_valid = false;
};

/// The code point at the start of `text`, which is not empty. An invalid one is one byte long.
CodePoint decode(std::string_view text) {
    const auto byte = [&](std::size_t index) { return static_cast<unsigned char>(text[index]); };
    const unsigned char lead = byte(0);
    if (lead < 0x80) return {lead, 1, true};
    const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || lead > 0xF4 || text.size() < length) return {};
    char32_t value = lead & (0xFFU >> (length + 1));
    for (std::size_t index = 1; index < length; ++index) {
        if ((byte(index) & 0xC0U) != 0x80U) return {};
        value = (value << 6U) | (byte(index) & 0x3FU);
    }
    const bool is_overlong = (length == 3 && value < 0x800) || (length == 4 && value < 0x10000);
    const bool is_surrogate = value >= 0xD800 && value <= 0xDFFF;
    if (is_overlong || is_surrogate || value > 0x10FFFF) return {};
    return {value, length, true};
}

struct Block {
    char32_t first;
    char32_t last;
};

template <std::size_t Count> bool is_in(char32_t value, const std::array<Block, Count>& blocks) {
    for (const Block& block : blocks) {
        if (value >= block.first && value <= block.last) return true;
    }
    return false;
}

/// C0 and C1 controls, and the marks that turn the direction of the text around them.
constexpr std::array<Block, 4> kControls{{{0x00, 0x1F}, {0x7F, 0x9F}, {0x202A, 0x202E}, {0x2066, 0x2069}}};
constexpr std::array<Block, 6> kCombining{{{0x0300, 0x036F},
                                           {0x1AB0, 0x1AFF},
                                           {0x1DC0, 0x1DFF},
                                           {0x200B, 0x200F},
                                           {0x20D0, 0x20FF},
                                           {0xFE00, 0xFE0F}}};
constexpr std::array<Block, 10> kWide{{{0x1100, 0x115F},
                                       {0x2E80, 0x303E},
                                       {0x3041, 0xA4CF},
                                       {0xAC00, 0xD7A3},
                                       {0xF900, 0xFAFF},
                                       {0xFE30, 0xFE6F},
                                       {0xFF00, 0xFF60},
                                       {0xFFE0, 0xFFE6},
                                       {0x1F300, 0x1F9FF},
                                       {0x20000, 0x3FFFD}}};

enum class LineEnds { keep, blank };

std::string printable(std::string_view text, LineEnds line_ends) {
    std::string clean;
    clean.reserve(text.size());
    while (!text.empty()) {
        const CodePoint point = decode(text);
        const bool is_layout = point.value == '\n' || point.value == '\t';
        if (!point.is_valid) {
            clean += kReplacement;
        } else if (line_ends == LineEnds::keep && is_layout) {
            clean += text[0];
        } else if (is_in(point.value, kControls)) {
            clean += ' ';
        } else {
            clean += text.substr(0, point.bytes);
        }
        text.remove_prefix(point.bytes);
    }
    return clean;
}

} // namespace

std::string printable_line(std::string_view text) { return printable(text, LineEnds::blank); }

std::string printable_text(std::string_view text) { return printable(text, LineEnds::keep); }

std::string in_sentence(std::string label) {
    const auto is_capital = [](char letter) { return letter >= 'A' && letter <= 'Z'; };
    const bool is_abbreviation = label.size() > 1 && is_capital(label[1]);
    if (!label.empty() && is_capital(label[0]) && !is_abbreviation) {
        label[0] = static_cast<char>(label[0] - 'A' + 'a');
    }
    return label;
}

std::string encode_base64(std::string_view bytes) {
    static constexpr std::string_view kDigits =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string text;
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        const std::size_t count = std::min<std::size_t>(3, bytes.size() - i);
        std::uint32_t group = 0;
        for (std::size_t byte = 0; byte < 3; ++byte) {
            group = (group << 8U) | (byte < count ? static_cast<unsigned char>(bytes[i + byte]) : 0U);
        }
        for (std::size_t digit = 0; digit < 4; ++digit) {
            text += digit <= count ? kDigits[(group >> (18U - 6U * digit)) & 63U] : '=';
        }
    }
    return text;
}

std::size_t display_width(std::string_view line) {
    std::size_t cells = 0;
    while (!line.empty()) {
        const CodePoint point = decode(line);
        if (is_in(point.value, kWide)) {
            cells += 2;
        } else if (!is_in(point.value, kCombining)) {
            cells += 1;
        }
        line.remove_prefix(point.bytes);
    }
    return cells;
}

std::string format_count(std::int64_t count) {
    std::string digits = fmt::format("{}", count);
    const std::size_t first = count < 0 ? 1 : 0;
    for (std::size_t end = digits.size(); end > first + 3; end -= 3) digits.insert(end - 3, ",");
    return digits;
}

std::string format_fixed(double value, int digits) {
    std::string text = fmt::format("{:.{}f}", value, digits);
    if (!std::isfinite(value)) return text;
    if (text[0] == '-' && text.find_first_not_of("-0.") == std::string::npos) text.erase(0, 1);
    const std::size_t first = text[0] == '-' ? 1 : 0;
    std::size_t end = text.find('.');
    if (end == std::string::npos) end = text.size();
    for (; end > first + 3; end -= 3) text.insert(end - 3, ",");
    return text;
}

int fitting_digits(double largest) {
    const double magnitude = std::abs(largest);
    if (magnitude >= 1000.0 || !std::isfinite(magnitude)) return 0;
    if (magnitude >= 100.0) return 1;
    if (magnitude >= 10.0) return 2;
    return magnitude >= 1.0 ? 3 : 4;
}

std::string format_compact(double value) {
    struct Scale {
        double from;
        double divisor;
        std::string_view suffix;
    };
    // From 10,000 on: 9,876 reads better than 9.876 k.
    static constexpr std::array<Scale, 4> kScales{
        {{1e12, 1e12, " T"}, {1e9, 1e9, " G"}, {1e6, 1e6, " M"}, {1e4, 1e3, " k"}}};
    if (value == 0.0) return "0";
    for (const Scale& scale : kScales) {
        if (std::abs(value) < scale.from) continue;
        const double scaled = value / scale.divisor;
        return format_fixed(scaled, fitting_digits(scaled)) + std::string(scale.suffix);
    }
    if (std::abs(value) < 0.001) return fmt::format("{:.3g}", value);
    return format_fixed(value, fitting_digits(value));
}

} // namespace tandem
