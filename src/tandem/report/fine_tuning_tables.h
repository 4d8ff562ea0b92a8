// What training made of a search's designs (`fine_tuning` of the run document), as tables of the page and for
// a terminal.
#pragma once

#include <string>

#include "tandem/core/document.h"
#include "tandem/report/run_view.h"

namespace tandem {

/// A section of the page; empty for a run that trained nothing.
std::string emit_fine_tuning(const RunView& view);

/// What was trained in full, and what all training took, `seconds` among it. Empty where `front`, the
/// document of front.json, has nothing of it.
std::string format_fine_tuning(const Document& front, double seconds);

} // namespace tandem
