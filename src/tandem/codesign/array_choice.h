// The array for a network at given widths: the hardware search as a step of a larger one.
#pragma once

#include <cstdint>

#include "tandem/codesign/hardware_search.h"
#include "tandem/codesign/job.h"
#include "tandem/machine/machine.h"

namespace tandem {

/// The array of the space that meets the targets and lies farthest from the worst corner of those that do, by
/// NSGA-II with `seed` where the options say so, else by exact search. `base` gives what is not chosen.
/// Infeasible when none meets the targets, saying which of them bind.
Outcome<HardwareDesign> choose_array(const Workload& workload, const bitserial::Description& base,
                                     const HardwareOptions& options, std::uint64_t seed);

/// What a priced workload takes of a bit-serial machine.
HardwareCost hardware_cost(const Cost& cost, const Machine& machine);

} // namespace tandem
