// ONNX's broadcasting: shapes are aligned at their last extents, and an extent of 1 repeats.
#pragma once

#include "tandem/network/operators/rule_support.h"

namespace tandem::operators {

/// More operands than any Concat or Max of a network we know.
inline constexpr std::size_t kMaximumOperands = 256;

/// The shape of inputs broadcast together, at least one of which is an activation of the output's rank;
/// others are activations of that rank or float constants. The batch never repeats an activation.
Judged<Shape> infer_broadcast(const OperatorCall& call);

/// PRelu's: the constant slope broadcasts to the activation, which keeps its shape.
Judged<Shape> infer_slope(const OperatorCall& call);

} // namespace tandem::operators
