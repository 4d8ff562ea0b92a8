// Conv: convolution of one or two dimensions with strides, dilations, pads and groups. Inputs: activation
// (batch, channels, [rows,] columns), weights (outputs, channels / groups, [rows,] columns), bias (outputs).
#include "tandem/network/operators/rule_support.h"
#include "tandem/network/operators/rules.h"
#include "tandem/network/operators/window.h"

namespace tandem::operators {

namespace {

Judged<ConvAttributes> read_conv(const OperatorCall& call) {
    const Shape input = TANDEM_TRY(spatial_activation(call));
    TANDEM_TRY(float_constant(call, 1));
    const Shape& weights = call.input_shapes[1];
    if (weights.size() != input.size()) {
        return wrong(input_place(call, 1), "shape " + to_string(weights),
                     input.size() == 4 ? "(outputs, inputs of a group, rows, columns)"
                                       : "(outputs, inputs of a group, columns)");
    }
    ConvAttributes attributes;
    attributes.groups = TANDEM_TRY(attribute_or<std::int64_t>(call.node, "group", 1));
    if (attributes.groups < 1 || input[1] % attributes.groups != 0 || weights[0] % attributes.groups != 0) {
        return wrong("group", std::to_string(attributes.groups),
                     fmt::format("a divisor of {} input and {} output channels", input[1], weights[0]));
    }
    if (input[1] / attributes.groups != weights[1]) {
        return wrong(input_place(call, 1), fmt::format("{} input channels a group", weights[1]),
                     fmt::format("{}", input[1] / attributes.groups));
    }
    attributes.window = TANDEM_TRY(read_window(call, KernelSource::weights, Rounding::down));
    return attributes;
}

Judged<Shape> infer_conv(const OperatorCall& call) {
    const ConvAttributes attributes = TANDEM_TRY(read_conv(call));
    const std::int64_t outputs = call.input_shapes[1][0];
    if (has_input(call, 2)) TANDEM_TRY(float_constant_of_shape(call, 2, {outputs}));
    return slide(attributes.window, call.input_shapes[0], outputs);
}

} // namespace

OperatorRule conv_rule() {
    return {.type = "Conv",
            .description = "convolution of one or two dimensions with constant weights",
            .minimum_inputs = 2,
            .maximum_inputs = 3,
            .attributes = {"auto_pad", "dilations", "group", "kernel_shape", "pads", "strides"},
            .infer_shape = infer_conv};
}

} // namespace tandem::operators

namespace tandem {

ConvAttributes conv_attributes(const Node& node, const Network& network) {
    return operators::trusted(operators::read_conv(operators::call_of(node, network)));
}

} // namespace tandem
