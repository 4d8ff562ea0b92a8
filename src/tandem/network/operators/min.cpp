// Min: elementwise minimum of any number of tensors, with ONNX's broadcasting.
#include "tandem/network/operators/broadcast.h"
#include "tandem/network/operators/rules.h"

namespace tandem::operators {

OperatorRule min_rule() {
    return {.type = "Min",
            .description = "elementwise minimum, with broadcasting",
            .minimum_inputs = 1,
            .maximum_inputs = kMaximumOperands,
            .attributes = {},
            .infer_shape = infer_broadcast};
}

} // namespace tandem::operators
