// Relu: max(x, 0), elementwise.
#include "tandem/network/operators/rule_support.h"
#include "tandem/network/operators/rules.h"

namespace tandem::operators {

OperatorRule relu_rule() {
    return {.type = "Relu",
            .description = "max(x, 0), elementwise",
            .minimum_inputs = 1,
            .maximum_inputs = 1,
            .attributes = {},
            .infer_shape = [](const OperatorCall& call) -> Judged<Shape> {
                return TANDEM_TRY(activation(call, 0));
            }};
}

} // namespace tandem::operators
