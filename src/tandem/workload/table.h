// Lines of comma-separated tables, as layer tables are written: cells without quotes.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tandem {

/// Without the blanks on either side.
std::string_view trimmed(std::string_view text);

/// The cells of a line, trimmed.
std::vector<std::string> cells_of(std::string_view line);

} // namespace tandem
