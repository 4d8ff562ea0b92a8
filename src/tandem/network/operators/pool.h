// What MaxPool and AveragePool share.
#pragma once

#include "tandem/network/operators/rule_support.h"

namespace tandem::operators {

/// The attributes of a pooling. Refused: windows that see padding alone (they have no maximum and no
/// mean), and a mean that counts padding where ceil_mode lets windows hang over (ONNX's readers
/// disagree on what is counted there).
Judged<PoolAttributes> read_pool(const OperatorCall& call);

/// The shape rule of a pooling.
Judged<Shape> infer_pool(const OperatorCall& call);

} // namespace tandem::operators
