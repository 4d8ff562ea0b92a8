// Identity: its input, an activation or a constant.
#include "tandem/network/operators/rule_support.h"
#include "tandem/network/operators/rules.h"

namespace tandem::operators {

OperatorRule identity_rule() {
    return {.type = "Identity",
            .description = "its input unchanged",
            .minimum_inputs = 1,
            .maximum_inputs = 1,
            .attributes = {},
            .infer_shape = [](const OperatorCall& call) -> Judged<Shape> { return call.input_shapes[0]; }};
}

} // namespace tandem::operators
