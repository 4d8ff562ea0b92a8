// `tandem map --mapping FILE.map.txt`: the price of a loop nest that Timeloop printed.
#pragma once

#include <string>

#include "command.h"
#include "tandem/machine/machine.h"
#include "tandem/workload/workload.h"

namespace tandem::app {

/// Prices the nest `text`, read from `file`, and prints its counts by level with the cost. A nest that does
/// not fit is an Infeasible inside.
Result<Outcome<void>> print_given_nest(const std::string& text, const std::string& file,
                                       const NamedLayerWork& layer, const Machine& machine,
                                       const CommonOptions& common);

} // namespace tandem::app
