// PRelu: elementwise x, or slope * x below 0, with ONNX's broadcasting.
#include "tandem/network/operators/broadcast.h"
#include "tandem/network/operators/rules.h"

namespace tandem::operators {

OperatorRule p_relu_rule() {
    return {.type = "PRelu",
            .description = "elementwise x, or slope * x below 0, with broadcasting",
            .minimum_inputs = 2,
            .maximum_inputs = 2,
            .attributes = {},
            .infer_shape = infer_slope};
}

} // namespace tandem::operators
