// Concat of activations along an axis, the batch left out.
#include "tandem/network/operators/axes.h"
#include "tandem/network/operators/broadcast.h"
#include "tandem/network/operators/rules.h"

namespace tandem::operators {

namespace {

Judged<Shape> infer_concat(const OperatorCall& call) {
    Shape shape = TANDEM_TRY(activation(call, 0));
    const Node& node = call.node;
    if (!node.attributes.contains("axis")) return wrong("axis", "none", "an axis");
    const std::size_t axis = TANDEM_TRY(read_axis(call, 1));
    for (std::size_t i = 1; i < call.input_shapes.size(); ++i) {
        if (!has_input(call, i)) return wrong("", fmt::format("no input {}", i), "one");
        Shape joined = TANDEM_TRY(activation(call, i));
        const std::int64_t extent = axis < joined.size() ? joined[axis] : 0;
        if (axis < joined.size()) joined[axis] = shape[axis];
        if (joined != shape) {
            return wrong(input_place(call, i), "shape " + to_string(call.input_shapes[i]),
                         fmt::format("{} but for axis {}", to_string(call.input_shapes[0]), axis));
        }
        // Each is at most kMaximumElements and there are few, so this does not overflow.
        shape[axis] += extent;
    }
    return shape;
}

} // namespace

OperatorRule concat_rule() {
    return {.type = "Concat",
            .description = "activations joined along an axis",
            .minimum_inputs = 1,
            .maximum_inputs = kMaximumOperands,
            .attributes = {"axis"},
            .infer_shape = infer_concat};
}

} // namespace tandem::operators

namespace tandem {

std::size_t axis_attribute(const Node& node, const Network& network) {
    return operators::trusted(operators::read_axis(operators::call_of(node, network), 1));
}

} // namespace tandem
