// HardSigmoid: elementwise max(0, min(1, alpha * x + beta)).
#include "tandem/network/operators/elementwise.h"
#include "tandem/network/operators/rules.h"

namespace tandem::operators {

namespace {

Judged<ActivationAttributes> read_hard_sigmoid(const Node& node) {
    ActivationAttributes attributes;
    attributes.alpha = TANDEM_TRY(finite_attribute(node, "alpha", 0.2F));
    attributes.beta = TANDEM_TRY(finite_attribute(node, "beta", 0.5F));
    return attributes;
}

} // namespace

OperatorRule hard_sigmoid_rule() {
    return {.type = "HardSigmoid",
            .description = "elementwise max(0, min(1, alpha * x + beta))",
            .minimum_inputs = 1,
            .maximum_inputs = 1,
            .attributes = {"alpha", "beta"},
            .infer_shape = [](const OperatorCall& call) -> Judged<Shape> {
                TANDEM_TRY(read_hard_sigmoid(call.node));
                return activation(call, 0);
            }};
}

} // namespace tandem::operators

namespace tandem {

ActivationAttributes hard_sigmoid_attributes(const Node& node) {
    return operators::trusted(operators::read_hard_sigmoid(node));
}

} // namespace tandem
