// Text and figures as people read them, shared by the terminal's tables and the page. Names come from
// users' files, so any byte may be in them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tandem {

/// The text as valid UTF-8 on one line: bytes that are no UTF-8 become U+FFFD, control characters
/// (line ends and terminal escapes among them) become spaces.
std::string printable_line(std::string_view text);

/// The same, but line ends and tabs stay.
std::string printable_text(std::string_view text);

/// A label as it stands within a sentence: its first letter small, unless it begins with an abbreviation
/// ("energy", "KL divergence").
std::string in_sentence(std::string label);

/// Bytes in base 64 (RFC 4648, section 4).
std::string encode_base64(std::string_view bytes);

/// How many terminal cells a valid UTF-8 line takes: 2 for wide East Asian characters and emoji, 0 for
/// combining marks, else 1.
std::size_t display_width(std::string_view line);

/// "1,234,567".
std::string format_count(std::int64_t count);

/// "1,234.57" for 2 digits after the point; a value that rounds to zero carries no sign.
std::string format_fixed(double value, int digits);

/// Four significant digits with a metric suffix: "12.35 M", "9,876", "0.1234"; zero is "0".
std::string format_compact(double value);

/// How many digits after the point show a column whose largest magnitude is `largest` with about four
/// significant digits: 0 from 1,000 on, at most 4.
int fitting_digits(double largest);

} // namespace tandem
