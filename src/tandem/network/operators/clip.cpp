// Clip to bounds, which are attributes before opset 11 and constant inputs of one number after.

#include "tandem/network/operators/rule_support.h"
#include "tandem/network/operators/rules.h"

namespace tandem::operators {

namespace {

Judged<void> read_bound(const OperatorCall& call, std::size_t input, float& bound) {
    if (!has_input(call, input)) return {};
    const std::span<const float> values = TANDEM_TRY(float_constant(call, input));
    if (values.size() != 1) {
        return wrong(input_place(call, input), fmt::format("{} numbers", values.size()), "one");
    }
    bound = values.front();
    return {};
}

Judged<ClipBounds> read_clip(const OperatorCall& call) {
    const Node& node = call.node;
    ClipBounds bounds;
    if (call.opset < 11) {
        if (node.inputs.size() > 1) {
            return wrong("", fmt::format("bounds as inputs in opset {}", call.opset),
                         "attributes min and max");
        }
        bounds.minimum = TANDEM_TRY(attribute_or<float>(node, "min", bounds.minimum));
        bounds.maximum = TANDEM_TRY(attribute_or<float>(node, "max", bounds.maximum));
    } else {
        if (!node.attributes.empty()) {
            return wrong("", fmt::format("bounds as attributes in opset {}", call.opset),
                         "inputs min and max");
        }
        TANDEM_TRY(read_bound(call, 1, bounds.minimum));
        TANDEM_TRY(read_bound(call, 2, bounds.maximum));
    }
    if (!(bounds.minimum <= bounds.maximum)) {
        return wrong("", fmt::format("bounds {} and {}", bounds.minimum, bounds.maximum),
                     "the lower one first");
    }
    return bounds;
}

Judged<Shape> infer_clip(const OperatorCall& call) {
    Shape input = TANDEM_TRY(activation(call, 0));
    TANDEM_TRY(read_clip(call));
    return input;
}

} // namespace

OperatorRule clip_rule() {
    return {.type = "Clip",
            .description = "elementwise limit to constant bounds",
            .minimum_inputs = 1,
            .maximum_inputs = 3,
            .attributes = {"max", "min"},
            .infer_shape = infer_clip};
}

} // namespace tandem::operators

namespace tandem {

ClipBounds clip_bounds(const Node& node, const Network& network) {
    return operators::trusted(operators::read_clip(operators::call_of(node, network)));
}

} // namespace tandem
