// Prices candidates by what does not change between them: sums of a dimension are kept by tiles and shares,
// and everything above the array by tiling. Inputs are those that are touched, whatever the accounting:
// bounding boxes may shrink when a tile is cut, which no bound of a search could rely on.
#pragma once

#include <memory>

#include "tandem/machine/layer_model.h"
#include "tandem/machine/spatial/layer_tables.h"

namespace tandem::spatial {

/// `tables` outlives the scorer.
std::unique_ptr<Scorer> make_scorer(const LayerTables& tables);

} // namespace tandem::spatial
