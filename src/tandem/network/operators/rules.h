// The rule of each operator, defined in the file of its name; operators.cpp lists them.
#pragma once

#include "tandem/network/operators/operators.h"

namespace tandem::operators {

OperatorRule add_rule();
OperatorRule average_pool_rule();
OperatorRule batch_normalization_rule();
OperatorRule clip_rule();
OperatorRule constant_rule();
OperatorRule conv_rule();
OperatorRule flatten_rule();
OperatorRule gemm_rule();
OperatorRule global_average_pool_rule();
OperatorRule identity_rule();
OperatorRule max_pool_rule();
OperatorRule pad_rule();
OperatorRule relu_rule();
OperatorRule reshape_rule();
OperatorRule softmax_rule();

} // namespace tandem::operators
