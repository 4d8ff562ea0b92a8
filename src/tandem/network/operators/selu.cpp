// Selu: elementwise gamma * x, or gamma * alpha * (exp(x) - 1) below 0.
#include "tandem/network/operators/elementwise.h"
#include "tandem/network/operators/rules.h"

namespace tandem::operators {

namespace {

Judged<ActivationAttributes> read_selu(const Node& node) {
    ActivationAttributes attributes;
    attributes.alpha = TANDEM_TRY(finite_attribute(node, "alpha", 1.67326319217681884765625F));
    attributes.gamma = TANDEM_TRY(finite_attribute(node, "gamma", 1.05070102214813232421875F));
    return attributes;
}

} // namespace

OperatorRule selu_rule() {
    return {.type = "Selu",
            .description = "elementwise gamma * x, or gamma * alpha * (exp(x) - 1) below 0",
            .minimum_inputs = 1,
            .maximum_inputs = 1,
            .attributes = {"alpha", "gamma"},
            .infer_shape = [](const OperatorCall& call) -> Judged<Shape> {
                TANDEM_TRY(read_selu(call.node));
                return activation(call, 0);
            }};
}

} // namespace tandem::operators

namespace tandem {

ActivationAttributes selu_attributes(const Node& node) {
    return operators::trusted(operators::read_selu(node));
}

} // namespace tandem
