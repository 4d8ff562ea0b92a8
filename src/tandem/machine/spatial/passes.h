// The passes a dataflow admits: what is unrolled over the array and held in the registers.
#pragma once

#include <vector>

#include "tandem/machine/mapping.h"
#include "tandem/machine/spatial/description.h"
#include "tandem/workload/workload.h"

namespace tandem::spatial {

/// Every pass of the machine's dataflow for one layer, fullest array first. The choices are made
/// without looking at widths, buffer or extents and only then cut down to the layer, so that a narrower
/// or smaller layer always has every choice that a wider or larger one had.
std::vector<Pass> list_passes(const Description& machine, const LayerWork& work);

} // namespace tandem::spatial
