// Mul: elementwise product, of two activations or of one and a constant, with ONNX's broadcasting.
#include "tandem/network/operators/broadcast.h"
#include "tandem/network/operators/rules.h"

namespace tandem::operators {

OperatorRule mul_rule() {
    return {.type = "Mul",
            .description = "elementwise product, with broadcasting",
            .minimum_inputs = 2,
            .maximum_inputs = 2,
            .attributes = {},
            .infer_shape = infer_broadcast};
}

} // namespace tandem::operators
