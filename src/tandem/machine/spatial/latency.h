// Time with tiles followed from level to level: what fills, stalls and drains at each. docs/spatial-model.md,
// "Fill, stall and drain", whose equation numbers latency.cpp quotes.
#pragma once

#include "tandem/machine/cost.h"
#include "tandem/machine/spatial/counts.h"
#include "tandem/machine/spatial/description.h"
#include "tandem/machine/spatial/prices.h"
#include "tandem/machine/spatial/schedule.h"
#include "tandem/workload/workload.h"

namespace tandem::spatial {

/// `counts` are those of the schedule; `work` is the layer that is counted. Never less than the compute
/// cycles, nor than what any port needs for all that goes through it.
Latency latency_of(const Description& machine, const LayerWork& work, const Prices& prices,
                   const Schedule& schedule, const Counts& counts);

} // namespace tandem::spatial
