// The model of one layer on a spatial machine: counts priced by the machine's costs.
#pragma once

#include <memory>

#include "tandem/machine/layer_model.h"
#include "tandem/machine/spatial/description.h"

namespace tandem::spatial {

/// Infeasible when an operand is wider than a word, when the off-chip memory does not hold the layer,
/// or when the buffer does not hold its smallest tile. `machine` is copied. The layer is counted as the
/// machine's accounting says: accounted().
Outcome<std::unique_ptr<const LayerModel>> make_layer_model(const Description& machine,
                                                            const LayerWork& layer);

} // namespace tandem::spatial
