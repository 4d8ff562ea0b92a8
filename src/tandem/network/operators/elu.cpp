// Elu: elementwise x, or alpha * (exp(x) - 1) below 0.
#include "tandem/network/operators/elementwise.h"
#include "tandem/network/operators/rules.h"

namespace tandem::operators {

namespace {

Judged<ActivationAttributes> read_elu(const Node& node) {
    ActivationAttributes attributes;
    attributes.alpha = TANDEM_TRY(finite_attribute(node, "alpha", 1.0F));
    return attributes;
}

} // namespace

OperatorRule elu_rule() {
    return {.type = "Elu",
            .description = "elementwise x, or alpha * (exp(x) - 1) below 0",
            .minimum_inputs = 1,
            .maximum_inputs = 1,
            .attributes = {"alpha"},
            .infer_shape = [](const OperatorCall& call) -> Judged<Shape> {
                TANDEM_TRY(read_elu(call.node));
                return activation(call, 0);
            }};
}

} // namespace tandem::operators

namespace tandem {

ActivationAttributes elu_attributes(const Node& node) {
    return operators::trusted(operators::read_elu(node));
}

} // namespace tandem
