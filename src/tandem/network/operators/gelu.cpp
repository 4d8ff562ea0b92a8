// Gelu (Hendrycks and Gimpel 2016): x / 2 * (1 + erf(x / sqrt(2))), or its approximation by tanh.
#include "tandem/network/operators/rule_support.h"
#include "tandem/network/operators/rules.h"
#include "tandem/network/quoted.h"

namespace tandem::operators {

namespace {

Judged<bool> read_gelu(const Node& node) {
    const std::string mode = TANDEM_TRY(attribute_or<std::string>(node, "approximate", "none"));
    if (mode != "none" && mode != "tanh") return wrong("approximate", quoted_name(mode), "none or tanh");
    return mode == "tanh";
}

} // namespace

OperatorRule gelu_rule() {
    return {.type = "Gelu",
            .description = "elementwise x times the normal distribution function of x",
            .minimum_inputs = 1,
            .maximum_inputs = 1,
            .attributes = {"approximate"},
            .infer_shape = [](const OperatorCall& call) -> Judged<Shape> {
                TANDEM_TRY(read_gelu(call.node));
                return activation(call, 0);
            }};
}

} // namespace tandem::operators

namespace tandem {

bool gelu_is_approximate(const Node& node) { return operators::trusted(operators::read_gelu(node)); }

} // namespace tandem
