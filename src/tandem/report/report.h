// A run as one self-contained HTML page and as tables. The page's script is built from web/ and
// embedded; without Node at build time the page is plain tables.
#pragma once

#include <string>
#include <vector>

#include "tandem/core/document.h"

namespace tandem {

/// The page. `run` is the document that codesign/ makes of a run (see docs/report-data.md).
std::string emit_html(const Document& run);

/// The same page for a run that goes on: it asks the server that sent it for `run.json`, the run so far.
std::string emit_live_html(const Document& run);

/// One page that lays runs over each other: at least one, each a run document.
std::string emit_comparison_html(const Document::List& runs);

/// Whether the interactive script was built in.
bool has_interactive_page();

/// A table for a terminal: columns aligned, numbers to the right, a rule under the head.
enum class Alignment { left, right };
struct Column {
    std::string head;
    Alignment alignment = Alignment::left;
};
std::string format_table(const std::vector<Column>& columns,
                         const std::vector<std::vector<std::string>>& rows);

} // namespace tandem
