// LeakyRelu: elementwise x, or alpha * x below 0.
#include "tandem/network/operators/elementwise.h"
#include "tandem/network/operators/rules.h"

namespace tandem::operators {

namespace {

Judged<ActivationAttributes> read_leaky_relu(const Node& node) {
    ActivationAttributes attributes;
    attributes.alpha = TANDEM_TRY(finite_attribute(node, "alpha", 0.01F));
    return attributes;
}

} // namespace

OperatorRule leaky_relu_rule() {
    return {.type = "LeakyRelu",
            .description = "elementwise x, or alpha * x below 0",
            .minimum_inputs = 1,
            .maximum_inputs = 1,
            .attributes = {"alpha"},
            .infer_shape = [](const OperatorCall& call) -> Judged<Shape> {
                TANDEM_TRY(read_leaky_relu(call.node));
                return activation(call, 0);
            }};
}

} // namespace tandem::operators

namespace tandem {

ActivationAttributes leaky_relu_attributes(const Node& node) {
    return operators::trusted(operators::read_leaky_relu(node));
}

} // namespace tandem
