// Add: the elementwise sum of two activations, as residual connections need it. ONNX also allows
// constants and broadcasting; networks for the edge carry those as biases.
#include "tandem/network/operators/rule_support.h"
#include "tandem/network/operators/rules.h"

namespace tandem::operators {

namespace {

Judged<Shape> infer_add(const OperatorCall& call) {
    Shape left = TANDEM_TRY(activation(call, 0));
    const Shape right = TANDEM_TRY(activation(call, 1));
    if (left != right) {
        return wrong("", fmt::format("shapes {} and {}", to_string(left), to_string(right)),
                     "two activations of equal shape");
    }
    return left;
}

} // namespace

OperatorRule add_rule() {
    return {.type = "Add",
            .description = "elementwise sum of two activations of equal shape",
            .minimum_inputs = 2,
            .maximum_inputs = 2,
            .attributes = {},
            .infer_shape = infer_add};
}

} // namespace tandem::operators
