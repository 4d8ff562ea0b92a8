// The tables of the page: every figure that the charts draw, for readers without the script, for
// print and for download.
#pragma once

#include "tandem/report/html.h"
#include "tandem/report/run_view.h"

namespace tandem {

/// The front, in its order, with each minimised objective also as a share of the reference.
HtmlTable front_table(const RunView& view);

/// The reference and the uniform precisions, in the columns of the front's table.
HtmlTable comparison_table(const RunView& view);

/// The layers of one design: widths, cycles, energy by memory level, with a total.
HtmlTable layers_table(const RunView& view, const Document& details);

/// The search, generation by generation.
HtmlTable generations_table(const RunView& view);

/// One row a run: what was searched, how far it came, and its chosen design.
HtmlTable runs_table(const Document::List& runs);

} // namespace tandem
