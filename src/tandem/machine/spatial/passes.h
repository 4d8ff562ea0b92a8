// The passes a dataflow admits: what is unrolled over the array and held in the registers.
#pragma once

#include <vector>

#include "tandem/machine/mapping.h"
#include "tandem/machine/spatial/description.h"
#include "tandem/workload/workload.h"

namespace tandem::spatial {

/// Values that share a word at these widths: floor(maximum_bits / max(weight bits, input bits)) for a
/// vectorised element, 1 for a scalar one; 0 when an operand is wider than a word.
std::int64_t lanes_of(const ProcessingElement& element, int weight_bits, int input_bits);

/// Every pass of the machine's dataflow for one layer, fullest array first. The choices are made
/// without looking at widths, buffer or extents and only then cut down to the layer, so that a narrower
/// or smaller layer always has every choice that a wider or larger one had.
std::vector<Pass> list_passes(const Description& machine, const LayerWork& work);

} // namespace tandem::spatial
