// ArgMax: the place of the maximum along an axis, an integer. The first of equals, or the last.
#include "tandem/network/operators/axes.h"
#include "tandem/network/operators/rules.h"

namespace tandem::operators {

namespace {

Judged<ArgMaxAttributes> read_arg_max(const OperatorCall& call) {
    TANDEM_TRY(activation(call, 0));
    ArgMaxAttributes attributes;
    attributes.axis = TANDEM_TRY(read_axis(call, 0));
    attributes.keeps_extent = TANDEM_TRY(one_of(call.node, "keepdims", 1, {0, 1})) == 1;
    attributes.takes_last = TANDEM_TRY(one_of(call.node, "select_last_index", 0, {0, 1})) == 1;
    return attributes;
}

Judged<Shape> infer_arg_max(const OperatorCall& call) {
    const ArgMaxAttributes attributes = TANDEM_TRY(read_arg_max(call));
    Shape shape = call.input_shapes[0];
    shape[attributes.axis] = 1;
    if (!attributes.keeps_extent) shape.erase(shape.begin() + static_cast<std::ptrdiff_t>(attributes.axis));
    return shape;
}

} // namespace

OperatorRule arg_max_rule() {
    return {.type = "ArgMax",
            .description = "place of the maximum along an axis",
            .minimum_inputs = 1,
            .maximum_inputs = 1,
            .attributes = {"axis", "keepdims", "select_last_index"},
            .infer_shape = infer_arg_max};
}

} // namespace tandem::operators

namespace tandem {

ArgMaxAttributes arg_max_attributes(const Node& node, const Network& network) {
    return operators::trusted(operators::read_arg_max(operators::call_of(node, network)));
}

} // namespace tandem
