// Gather: the slices of an activation that constant indices name, along an axis. One index without an
// extent of its own removes the axis.
#include "tandem/network/operators/axes.h"
#include "tandem/network/operators/rules.h"

namespace tandem::operators {

namespace {

Judged<GatherAttributes> read_gather(const OperatorCall& call) {
    const Shape input = TANDEM_TRY(activation(call, 0));
    GatherAttributes attributes;
    if (!call.node.attributes.contains("axis")) return wrong("axis", "none, the batch", "another axis");
    attributes.axis = TANDEM_TRY(read_axis(call, 1));
    const std::int64_t extent = input[attributes.axis];
    const auto indices = TANDEM_TRY(integer_constant(call, 1));
    for (const std::int64_t index : indices) {
        if (index < -extent || index >= extent) {
            return wrong(input_place(call, 1), std::to_string(index),
                         fmt::format("{} to {}", -extent, extent - 1));
        }
        attributes.indices.push_back(index < 0 ? index + extent : index);
    }
    return attributes;
}

Judged<Shape> infer_gather(const OperatorCall& call) {
    const GatherAttributes attributes = TANDEM_TRY(read_gather(call));
    const Shape& indices = call.input_shapes[1];
    Shape shape = call.input_shapes[0];
    const auto place = shape.erase(shape.begin() + static_cast<std::ptrdiff_t>(attributes.axis));
    shape.insert(place, indices.begin(), indices.end());
    return shape;
}

} // namespace

OperatorRule gather_rule() {
    return {.type = "Gather",
            .description = "slices of an activation by constant indices",
            .minimum_inputs = 2,
            .maximum_inputs = 2,
            .attributes = {"axis"},
            .infer_shape = infer_gather};
}

} // namespace tandem::operators

namespace tandem {

GatherAttributes gather_attributes(const Node& node, const Network& network) {
    return operators::trusted(operators::read_gather(operators::call_of(node, network)));
}

} // namespace tandem
