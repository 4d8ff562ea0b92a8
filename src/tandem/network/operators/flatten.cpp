// Flatten: (batch, ...) to (batch, elements), row-major.
#include "tandem/network/operators/rule_support.h"
#include "tandem/network/operators/rules.h"

namespace tandem::operators {

namespace {

Judged<Shape> infer_flatten(const OperatorCall& call) {
    const Shape input = TANDEM_TRY(activation(call, 0));
    const auto axis = TANDEM_TRY(attribute_or<std::int64_t>(call.node, "axis", 1));
    const auto rank = static_cast<std::int64_t>(input.size());
    if (axis != 1 && axis != 1 - rank) {
        return wrong("axis", std::to_string(axis), "1, so that samples stay apart");
    }
    return Shape{kBatch, elements_per_sample(input)};
}

} // namespace

OperatorRule flatten_rule() {
    return {.type = "Flatten",
            .description = "each sample as one vector",
            .minimum_inputs = 1,
            .maximum_inputs = 1,
            .attributes = {"axis"},
            .infer_shape = infer_flatten};
}

} // namespace tandem::operators
