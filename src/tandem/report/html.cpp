#include "tandem/report/html.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "tandem/core/check.h"
#include "tandem/report/text.h"

namespace tandem {

namespace {

/// The number in a cell, if there is one.
std::optional<double> number_in(const Document& cell) {
    if (const auto* count = cell.get_if<std::int64_t>()) return static_cast<double>(*count);
    if (const auto* number = cell.get_if<double>(); number != nullptr && std::isfinite(*number))
        return *number;
    return std::nullopt;
}

/// Digits after the point of a number column: none when all are whole.
int column_digits(const HtmlTable& table, std::size_t column) {
    double largest = 0.0;
    bool is_whole = true;
    const auto consider = [&](const HtmlRow& row) {
        const std::optional<double> number = number_in(row[column]);
        if (!number) return;
        largest = std::max(largest, std::abs(*number));
        is_whole = is_whole && row[column].get_if<std::int64_t>() != nullptr;
    };
    for (const HtmlRow& row : table.rows) consider(row);
    if (table.total) consider(*table.total);
    return is_whole ? 0 : fitting_digits(largest);
}

/// The words that the page's script knows the kinds by.
std::string_view kind_name(CellKind kind) {
    switch (kind) {
    case CellKind::text: return "text";
    case CellKind::identifier: return "identifier";
    case CellKind::number: return "number";
    case CellKind::percent: return "percent";
    }
    return "";
}

std::string emit_cell(const Document& cell, CellKind kind, int digits) {
    if (const auto* text = cell.get_if<std::string>()) {
        return fmt::format("<td>{}</td>", escape_html(printable_line(*text)));
    }
    const std::optional<double> number = number_in(cell);
    if (!number) return "<td class=\"number\">&ndash;</td>";
    const auto* count = cell.get_if<std::int64_t>();
    std::string exact = count != nullptr ? fmt::format("{}", *count) : fmt::format("{}", *number);
    std::string shown;
    switch (kind) {
    case CellKind::percent:
        exact = fmt::format("{:.12g}", *number * 100.0); // in the unit of the head, without binary dust
        shown = format_fixed(*number * 100.0, 2);
        break;
    case CellKind::number: shown = format_fixed(*number, digits); break;
    case CellKind::text:
    case CellKind::identifier: shown = exact; break;
    }
    return fmt::format("<td class=\"number\" data-value=\"{}\">{}</td>", exact, shown);
}

std::string emit_row(const HtmlTable& table, const HtmlRow& row, const std::vector<int>& digits,
                     std::string_view attributes) {
    std::string html = fmt::format("<tr{}>", attributes);
    for (std::size_t column = 0; column < row.size(); ++column) {
        html += emit_cell(row[column], table.columns[column].kind, digits[column]);
    }
    return html + "</tr>\n";
}

} // namespace

std::string escape_html(std::string_view text) {
    std::string html;
    html.reserve(text.size());
    for (const char character : printable_text(text)) {
        switch (character) {
        case '&': html += "&amp;"; break;
        case '<': html += "&lt;"; break;
        case '>': html += "&gt;"; break;
        case '"': html += "&quot;"; break;
        case '\'': html += "&#39;"; break;
        default: html += character;
        }
    }
    return html;
}

std::string script_safe_json(const Document& document) {
    std::string safe;
    for (const char character : to_json(document, JsonLayout::compact)) {
        if (character == '<') {
            safe += "\\u003c"; // only inside strings, where it means the same
        } else {
            safe += character;
        }
    }
    return safe;
}

std::string emit_table(const HtmlTable& table) {
    const auto check_cells = [&](const HtmlRow& row) {
        TANDEM_CHECK(row.size() == table.columns.size(), "a row has a cell for every column");
    };
    std::for_each(table.rows.begin(), table.rows.end(), check_cells);
    if (table.total) check_cells(*table.total);
    // From here on every row can be indexed by any column.
    std::vector<int> digits;
    std::string html =
        fmt::format("<div class=\"table-frame\" tabindex=\"0\" role=\"region\" aria-label=\"{0}\">\n"
                    "<table id=\"{1}\">\n<caption>{0}</caption>\n<thead><tr>",
                    escape_html(printable_line(table.caption)), escape_html(table.id));
    for (std::size_t column = 0; column < table.columns.size(); ++column) {
        const auto& [head, unit, kind] = table.columns[column];
        digits.push_back(column_digits(table, column));
        html +=
            fmt::format("<th scope=\"col\" data-kind=\"{}\"{}>{}", kind_name(kind),
                        kind == CellKind::text ? "" : " class=\"number\"", escape_html(printable_line(head)));
        if (!unit.empty()) html += fmt::format(" <small>{}</small>", escape_html(printable_line(unit)));
        html += "</th>";
    }
    html += "</tr></thead>\n<tbody>\n";
    for (std::size_t row = 0; row < table.rows.size(); ++row) {
        html += emit_row(table, table.rows[row], digits, row == table.marked_row ? " class=\"marked\"" : "");
    }
    html += "</tbody>\n";
    if (table.total) html += "<tfoot>\n" + emit_row(table, *table.total, digits, "") + "</tfoot>\n";
    return html + "</table>\n</div>\n";
}

} // namespace tandem
