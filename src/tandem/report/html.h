// The pieces that the page is put together from: escaped text and tables.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tandem/core/document.h"

namespace tandem {

/// Text as the content of an element or of a quoted attribute: markup in it is shown, not obeyed.
std::string escape_html(std::string_view text);

/// JSON that may stand inside a script element: no tag can begin in it.
std::string script_safe_json(const Document& document);

/// What a column holds, which decides how it is aligned, shown and sorted.
enum class CellKind {
    text,
    identifier, ///< a whole number that only names something
    number,     ///< as many digits for each as its largest needs
    percent     ///< a share of one, shown as a percentage with two digits
};

struct HtmlColumn {
    std::string head;
    std::string unit; ///< empty when it has none
    CellKind kind = CellKind::text;
};

/// A cell is a string, a number, or empty (a figure that does not exist).
using HtmlRow = std::vector<Document>;

struct HtmlTable {
    std::string id; ///< of the element; also names the file it is downloaded as
    std::string caption;
    std::vector<HtmlColumn> columns;
    std::vector<HtmlRow> rows{};
    std::optional<HtmlRow> total{}; ///< a last row set apart
    std::size_t marked_row = static_cast<std::size_t>(-1);
};

/// The table in its scrolling frame. Numbers carry their exact value in `data-value`.
std::string emit_table(const HtmlTable& table);

} // namespace tandem
