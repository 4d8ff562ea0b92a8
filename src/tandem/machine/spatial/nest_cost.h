// What a machine charges for a given loop nest: its levels are bound to the machine's memories and registers,
// and its counts priced. docs/spatial-model.md, "Given loop nests".
#pragma once

#include "tandem/core/result.h"
#include "tandem/machine/nest.h"
#include "tandem/machine/spatial/description.h"
#include "tandem/machine/spatial/prices.h"
#include "tandem/workload/workload.h"

namespace tandem::spatial {

/// `work` is the layer that is counted and `prices` its prices. Levels that keep something are bound from the
/// outside in: to the memory of the same name (whatever its case), else to the next memory as long as there
/// is one and the level one instance, else to the registers. Infeasible, naming the level, as count_nest(),
/// and when it does not fit the machine.
Outcome<NestCost> cost_of_nest(const Description& machine, const LayerWork& work, const Prices& prices,
                               const LoopNest& nest);

} // namespace tandem::spatial
