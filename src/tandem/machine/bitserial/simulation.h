// The machine stage by stage: fetch, execute and result run side by side, hand each other tokens, and
// share one DRAM port. Gives the stalls that the closed form leaves out.
#pragma once

#include "tandem/core/units.h"
#include "tandem/machine/bitserial/description.h"
#include "tandem/machine/bitserial/product.h"

namespace tandem::bitserial {

/// Cycles from the first fetch of a product to its last result, without the machine's start-up. Exact
/// for the order stated in docs/bitserial-model.md; takes time by the product's irregularity, not by its
/// size. Never less when a transfer or a tile takes longer, or when there are more of them.
Cycles simulate_product(const Product& product, const Description& machine);

} // namespace tandem::bitserial
