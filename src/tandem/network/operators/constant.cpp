// Constant: a number or a list of numbers written into the node (opset 12). A tensor written into a
// node becomes a parameter when a file is read.
#include "tandem/network/operators/rule_support.h"
#include "tandem/network/operators/rules.h"

namespace tandem::operators {

namespace {

Judged<Shape> infer_constant(const OperatorCall& call) {
    if (call.opset < 12) return wrong("", fmt::format("opset {}", call.opset), "12 or later");
    if (call.node.attributes.size() != 1) {
        return wrong("", fmt::format("{} values", call.node.attributes.size()), "one");
    }
    const Node& node = call.node;
    const auto listed = [](std::size_t count) -> Judged<Shape> {
        if (count == 0) return wrong("", "an empty list", "at least one number");
        return Shape{static_cast<std::int64_t>(count)};
    };
    if (node.attributes.contains("value_float")) {
        TANDEM_TRY(attribute_or<float>(node, "value_float", 0));
        return Shape{};
    }
    if (node.attributes.contains("value_int")) {
        TANDEM_TRY(attribute_or<std::int64_t>(node, "value_int", 0));
        return Shape{};
    }
    if (node.attributes.contains("value_floats")) {
        return listed(TANDEM_TRY(attribute_or<std::vector<float>>(node, "value_floats", {})).size());
    }
    return listed(TANDEM_TRY(attribute_or<std::vector<std::int64_t>>(node, "value_ints", {})).size());
}

} // namespace

OperatorRule constant_rule() {
    return {.type = "Constant",
            .description = "a number or list of numbers written into the graph",
            .minimum_inputs = 0,
            .maximum_inputs = 0,
            .attributes = {"value_float", "value_floats", "value_int", "value_ints"},
            .infer_shape = infer_constant};
}

} // namespace tandem::operators
