// The worded parts of the page: what was asked, what came out of it, how to have it again.
#pragma once

#include <string>

#include "tandem/report/run_view.h"

namespace tandem {

/// Title, one sentence with the result, and what was asked of which network, data and machine.
std::string emit_header(const RunView& view);

/// The closing figures: one card an objective, reference against chosen, and what was proved.
std::string emit_result(const RunView& view);

/// Command, seed, version, resolved job and machine.
std::string emit_reproduction(const RunView& view);

} // namespace tandem
