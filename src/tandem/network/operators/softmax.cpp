// Softmax over the classes of (batch, classes), where all opsets mean the same by it.
#include "tandem/network/operators/rule_support.h"
#include "tandem/network/operators/rules.h"

namespace tandem::operators {

namespace {

Judged<Shape> infer_softmax(const OperatorCall& call) {
    Shape input = TANDEM_TRY(activation_of_rank(call, 0, 2, "(batch, classes)"));
    TANDEM_TRY(one_of(call.node, "axis", -1, {1, -1}));
    return input;
}

} // namespace

OperatorRule softmax_rule() {
    return {.type = "Softmax",
            .description = "probabilities of the classes of (batch, classes)",
            .minimum_inputs = 1,
            .maximum_inputs = 1,
            .attributes = {"axis"},
            .infer_shape = infer_softmax};
}

} // namespace tandem::operators
