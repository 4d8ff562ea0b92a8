// Expand: an activation repeated along its extents of 1, to a constant shape. 1 keeps an extent; the
// batch stands as 1.
#include "tandem/network/operators/rule_support.h"
#include "tandem/network/operators/rules.h"

namespace tandem::operators {

namespace {

Judged<Shape> infer_expand(const OperatorCall& call) {
    Shape shape = TANDEM_TRY(activation(call, 0));
    const auto target = TANDEM_TRY(integer_constant(call, 1));
    if (call.input_shapes[1].size() != 1 || target.size() > shape.size()) {
        return wrong("shape", to_text(target), "at most as many extents as " + to_string(shape));
    }
    const std::size_t offset = shape.size() - target.size();
    for (std::size_t i = 0; i < target.size(); ++i) {
        std::int64_t& extent = shape[offset + i];
        if (target[i] == 1 || target[i] == extent) continue;
        if (extent != 1 || target[i] < 1) {
            return wrong("shape", to_text(target), "extents that broadcast with " + to_string(shape));
        }
        extent = target[i];
    }
    return shape;
}

} // namespace

OperatorRule expand_rule() {
    return {.type = "Expand",
            .description = "an activation repeated along extents of 1",
            .minimum_inputs = 2,
            .maximum_inputs = 2,
            .attributes = {},
            .infer_shape = infer_expand};
}

} // namespace tandem::operators
