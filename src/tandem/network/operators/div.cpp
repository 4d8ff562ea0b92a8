// Div: elementwise quotient, of two activations or of one and a constant, with ONNX's broadcasting.
#include "tandem/network/operators/broadcast.h"
#include "tandem/network/operators/rules.h"

namespace tandem::operators {

OperatorRule div_rule() {
    return {.type = "Div",
            .description = "elementwise quotient, with broadcasting",
            .minimum_inputs = 2,
            .maximum_inputs = 2,
            .attributes = {},
            .infer_shape = infer_broadcast};
}

} // namespace tandem::operators
