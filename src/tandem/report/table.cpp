// Tables for a terminal.
#include <algorithm>

#include <fmt/format.h>

#include "tandem/core/check.h"
#include "tandem/report/report.h"
#include "tandem/report/text.h"

namespace tandem {

namespace {

constexpr std::string_view kGap = "  ";

void append_row(std::string& text, const std::vector<Column>& columns, const std::vector<std::string>& cells,
                const std::vector<std::size_t>& widths) {
    for (std::size_t index = 0; index < columns.size(); ++index) {
        if (index > 0) text += kGap;
        const std::string padding(widths[index] - display_width(cells[index]), ' ');
        const bool is_right = columns[index].alignment == Alignment::right;
        text += is_right ? padding + cells[index] : cells[index] + padding;
    }
    text.erase(text.find_last_not_of(' ') + 1);
    text += '\n';
}

} // namespace

std::string format_table(const std::vector<Column>& columns,
                         const std::vector<std::vector<std::string>>& rows) {
    std::vector<std::string> heads;
    std::vector<std::size_t> widths;
    for (const Column& column : columns) {
        heads.push_back(printable_line(column.head));
        widths.push_back(display_width(heads.back()));
    }
    std::vector<std::vector<std::string>> cells;
    for (const std::vector<std::string>& row : rows) {
        TANDEM_CHECK(row.size() == columns.size(),
                     fmt::format("a table row of {} cells for {} columns", row.size(), columns.size()));
        std::vector<std::string>& clean = cells.emplace_back();
        for (std::size_t index = 0; index < row.size(); ++index) {
            clean.push_back(printable_line(row[index]));
            widths[index] = std::max(widths[index], display_width(clean.back()));
        }
    }

    std::string text;
    append_row(text, columns, heads, widths);
    std::vector<std::string> rules;
    for (const std::size_t width : widths) rules.emplace_back(width, '-');
    append_row(text, columns, rules, widths);
    for (const std::vector<std::string>& row : cells) append_row(text, columns, row, widths);
    return text;
}

} // namespace tandem
