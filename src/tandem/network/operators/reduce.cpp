#include "tandem/network/operators/reduce.h"

#include "tandem/network/operators/axes.h"

namespace tandem::operators {

namespace {

Judged<ReduceAttributes> read_reduce(const OperatorCall& call) {
    const Shape input = TANDEM_TRY(activation(call, 0));
    ReduceAttributes attributes;
    // ReduceSum took its axes as an input five opsets before the others did.
    attributes.axes = TANDEM_TRY(read_axes(call, call.node.type == "ReduceSum" ? 13 : 18, input.size()));
    attributes.keeps_extents = TANDEM_TRY(one_of(call.node, "keepdims", 1, {0, 1})) == 1;
    const bool is_noop = TANDEM_TRY(one_of(call.node, "noop_with_empty_axes", 0, {0, 1})) == 1;
    if (attributes.axes.empty() && !is_noop) {
        return wrong("axes", "none, which means all", "axes without the batch, so that samples stay apart");
    }
    return attributes;
}

Judged<Shape> infer_reduce(const OperatorCall& call) {
    const ReduceAttributes attributes = TANDEM_TRY(read_reduce(call));
    Shape shape = call.input_shapes[0];
    for (std::size_t i = attributes.axes.size(); i-- > 0;) {
        const auto axis = static_cast<std::ptrdiff_t>(attributes.axes[i]);
        if (attributes.keeps_extents) {
            shape[attributes.axes[i]] = 1;
        } else {
            shape.erase(shape.begin() + axis);
        }
    }
    return shape;
}

} // namespace

OperatorRule reduce_rule(std::string_view type, std::string_view description) {
    return {.type = type,
            .description = description,
            .minimum_inputs = 1,
            .maximum_inputs = 2,
            .attributes = {"axes", "keepdims", "noop_with_empty_axes"},
            .infer_shape = infer_reduce};
}

} // namespace tandem::operators

namespace tandem {

ReduceAttributes reduce_attributes(const Node& node, const Network& network) {
    return operators::trusted(operators::read_reduce(operators::call_of(node, network)));
}

} // namespace tandem
