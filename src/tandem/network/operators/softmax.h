// What Softmax and LogSoftmax share.
#pragma once

#include "tandem/network/operators/rule_support.h"

namespace tandem::operators {

/// The axes that are normalised together: since opset 13 one axis, by default the last; before it all from
/// an axis on, by default the first after the batch.
Judged<SoftmaxAttributes> read_softmax(const OperatorCall& call);

OperatorRule softmax_like_rule(std::string_view type, std::string_view description);

} // namespace tandem::operators
