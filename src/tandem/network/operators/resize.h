// What Resize and Upsample share.
#pragma once

#include "tandem/network/operators/rule_support.h"

namespace tandem::operators {

/// Reads a Resize (since opset 10) or an Upsample (before).
Judged<ResizeAttributes> read_resize(const OperatorCall& call);

/// The shape rule of both.
Judged<Shape> infer_resize(const OperatorCall& call);

} // namespace tandem::operators
