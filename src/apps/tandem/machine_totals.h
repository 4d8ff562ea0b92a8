// What a machine takes up, beside what a workload costs on it: silicon by part, and resources of an FPGA.
#pragma once

#include <string>

#include "tandem/core/document.h"
#include "tandem/machine/machine.h"

namespace tandem::app {

/// A cost's document with the machine's areas and resources in its `total`. `area_square_millimeters` adds up
/// the parts that are known; `areas` lists all, null where the machine file does not say.
Document with_machine_totals(Document cost, const Machine& machine);

/// The same as lines under a table; empty where nothing is known.
std::string machine_totals_text(const Machine& machine);

} // namespace tandem::app
