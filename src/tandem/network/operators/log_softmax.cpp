// LogSoftmax: x less the logarithm of the sum of exp(x) along an axis.
#include "tandem/network/operators/rules.h"
#include "tandem/network/operators/softmax.h"

namespace tandem::operators {

OperatorRule log_softmax_rule() {
    return softmax_like_rule("LogSoftmax", "logarithms of the probabilities along an axis");
}

} // namespace tandem::operators
