// Pad with a constant, or with the input reflected at its edge, or with the edge itself; the amounts are an
// attribute before opset 11 and a constant input after.
#include <algorithm>
#include <cmath>

#include "tandem/network/operators/rule_support.h"
#include "tandem/network/operators/rules.h"
#include "tandem/network/quoted.h"

namespace tandem::operators {

namespace {

struct PadSource {
    std::vector<std::int64_t> amounts; ///< of all dimensions at their begin, then at their end
    float value = 0.0F;
};

Judged<PadSource> read_attributes(const OperatorCall& call) {
    const Node& node = call.node;
    if (node.inputs.size() > 1) {
        return wrong("", fmt::format("amounts as an input in opset {}", call.opset), "attribute pads");
    }
    PadSource source;
    source.amounts = TANDEM_TRY(attribute_or<std::vector<std::int64_t>>(node, "pads", {}));
    source.value = TANDEM_TRY(attribute_or<float>(node, "value", 0.0F));
    return source;
}

Judged<PadSource> read_inputs(const OperatorCall& call) {
    if (call.node.attributes.contains("pads") || call.node.attributes.contains("value")) {
        return wrong("", fmt::format("amounts as an attribute in opset {}", call.opset), "input pads");
    }
    if (!has_input(call, 1)) return wrong("pads", "none", "a constant");
    const auto amounts = TANDEM_TRY(integer_constant(call, 1));
    PadSource source{.amounts = {amounts.begin(), amounts.end()}, .value = 0.0F};
    if (has_input(call, 2)) {
        const auto value = TANDEM_TRY(float_constant(call, 2));
        if (value.size() != 1) {
            return wrong(input_place(call, 2), fmt::format("{} numbers", value.size()), "one");
        }
        source.value = value.front();
    }
    return source;
}

Judged<PadAttributes> read_pad(const OperatorCall& call) {
    const Shape input = TANDEM_TRY(activation(call, 0));
    const std::string mode = TANDEM_TRY(attribute_or<std::string>(call.node, "mode", "constant"));
    if (mode != "constant" && mode != "edge" && mode != "reflect") {
        return wrong("mode", quoted_name(mode), "constant, edge or reflect");
    }
    const PadSource source = TANDEM_TRY(call.opset < 11 ? read_attributes(call) : read_inputs(call));
    const std::vector<std::int64_t>& amounts = source.amounts;
    const bool is_legal = amounts.size() == 2 * input.size() &&
                          std::all_of(amounts.begin(), amounts.end(),
                                      [](auto amount) { return amount >= 0 && amount < kMaximumElements; });
    if (!is_legal) {
        return wrong(
            "pads", to_text(amounts),
            fmt::format("{} amounts of at least 0 for shape {}", 2 * input.size(), to_string(input)));
    }
    if (amounts.front() != 0 || amounts[input.size()] != 0) {
        return wrong("pads", to_text(amounts), "no padding of the batch");
    }
    if (!std::isfinite(source.value)) return wrong("value", fmt::format("{}", source.value), "a number");
    const auto half = amounts.begin() + static_cast<std::ptrdiff_t>(input.size());
    PadAttributes attributes{.mode = mode == "edge"      ? PadMode::edge
                                     : mode == "reflect" ? PadMode::reflect
                                                         : PadMode::constant,
                             .pads_begin = {amounts.begin(), half},
                             .pads_end = {half, amounts.end()},
                             .value = source.value};
    for (std::size_t i = 1; i < input.size(); ++i) {
        const std::int64_t widest = std::max(attributes.pads_begin[i], attributes.pads_end[i]);
        if (attributes.mode == PadMode::reflect && widest >= input[i]) {
            return wrong("pads", to_text(amounts), "amounts below the extents they reflect");
        }
    }
    return attributes;
}

Judged<Shape> infer_pad(const OperatorCall& call) {
    const PadAttributes attributes = TANDEM_TRY(read_pad(call));
    Shape shape = call.input_shapes[0];
    for (std::size_t i = 1; i < shape.size(); ++i) {
        shape[i] += attributes.pads_begin[i] + attributes.pads_end[i];
    }
    return shape;
}

} // namespace

OperatorRule pad_rule() {
    return {.type = "Pad",
            .description = "an activation with a constant, reflected or repeated border",
            .minimum_inputs = 1,
            .maximum_inputs = 3,
            .attributes = {"mode", "pads", "value"},
            .infer_shape = infer_pad};
}

} // namespace tandem::operators

namespace tandem {

PadAttributes pad_attributes(const Node& node, const Network& network) {
    return operators::trusted(operators::read_pad(operators::call_of(node, network)));
}

} // namespace tandem
