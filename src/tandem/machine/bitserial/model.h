// The model of one layer on a bit-serial machine.
#pragma once

#include <memory>

#include "tandem/machine/bitserial/description.h"
#include "tandem/machine/layer_model.h"

namespace tandem::bitserial {

/// What is open is which operand stands left: two passes. Infeasible when an operand is wider than the
/// array takes, or when neither side holds its stripes. `machine` is copied.
///
/// A mapping sees the matrix product: K is the output channels, OX every output pixel of every sample,
/// C the whole window of a filter.
Outcome<std::unique_ptr<const LayerModel>> make_layer_model(const Description& machine,
                                                            const LayerWork& work);

} // namespace tandem::bitserial
