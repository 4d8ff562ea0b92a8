// Max: elementwise maximum of any number of tensors, with ONNX's broadcasting.
#include "tandem/network/operators/broadcast.h"
#include "tandem/network/operators/rules.h"

namespace tandem::operators {

OperatorRule max_rule() {
    return {.type = "Max",
            .description = "elementwise maximum, with broadcasting",
            .minimum_inputs = 1,
            .maximum_inputs = kMaximumOperands,
            .attributes = {},
            .infer_shape = infer_broadcast};
}

} // namespace tandem::operators
