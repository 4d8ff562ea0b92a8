// ConvTranspose: the adjoint of a convolution of one or two dimensions. Inputs: activation, weights
// (channels, outputs / groups, [rows,] columns), bias (outputs). Output extents after ONNX:
// stride * (extent - 1) + output_padding + spanned - pads.
#include <algorithm>

#include "tandem/network/operators/rule_support.h"
#include "tandem/network/operators/rules.h"
#include "tandem/network/operators/window.h"
#include "tandem/network/quoted.h"

namespace tandem::operators {

namespace {

using Pair = std::array<std::int64_t, 2>;

/// Pads for a stated output extent: what exceeds it is cut, the odd one at the end SAME_UPPER names.
Judged<void> cut_to(Window& window, std::size_t axis, std::int64_t whole, std::int64_t wanted,
                    bool odd_at_end) {
    const std::int64_t cut = whole - wanted;
    if (cut < 0 || wanted < 1) {
        return wrong("output_shape", std::to_string(wanted), fmt::format("1 to {}", whole));
    }
    window.pads_begin[axis] = odd_at_end ? cut / 2 : cut - cut / 2;
    window.pads_end[axis] = cut - window.pads_begin[axis];
    return {};
}

Judged<ConvTransposeAttributes> read_conv_transpose(const OperatorCall& call) {
    const Shape input = TANDEM_TRY(spatial_activation(call));
    TANDEM_TRY(float_constant(call, 1));
    const Shape& weights = call.input_shapes[1];
    if (weights.size() != input.size() || weights[0] != input[1]) {
        return wrong(input_place(call, 1), "shape " + to_string(weights),
                     fmt::format("{} channels, outputs of a group, then the kernel", input[1]));
    }
    ConvTransposeAttributes attributes;
    attributes.groups = TANDEM_TRY(attribute_or<std::int64_t>(call.node, "group", 1));
    if (attributes.groups < 1 || input[1] % attributes.groups != 0) {
        return wrong("group", std::to_string(attributes.groups),
                     fmt::format("a divisor of {} input channels", input[1]));
    }
    const std::string mode = TANDEM_TRY(attribute_or<std::string>(call.node, "auto_pad", "NOTSET"));
    const bool is_same = mode == "SAME_UPPER" || mode == "SAME_LOWER";
    if (!is_same && mode != "NOTSET" && mode != "VALID") {
        return wrong("auto_pad", quoted_name(mode), "NOTSET, VALID, SAME_UPPER or SAME_LOWER");
    }
    attributes.window = TANDEM_TRY(read_plain_window(call));
    attributes.output_padding = TANDEM_TRY(window_pair(call, "output_padding", 0));
    const Pair wanted = TANDEM_TRY(window_pair(call, "output_shape", 0));
    for (std::size_t axis = 0; axis < 2; ++axis) {
        Window& window = attributes.window;
        const std::int64_t extent = as_image(input)[axis + 2];
        const std::int64_t whole =
            (extent - 1) * window.strides[axis] + spanned(window, axis) + attributes.output_padding[axis];
        if (wanted[axis] > 0 && axis + input.size() >= 4) {
            TANDEM_TRY(cut_to(window, axis, whole, wanted[axis], mode == "SAME_UPPER"));
        } else if (is_same) {
            // A kernel shorter than its stride leaves the whole output shorter than that.
            TANDEM_TRY(cut_to(window, axis, whole, std::min(whole, extent * window.strides[axis]),
                              mode == "SAME_UPPER"));
        } else if (whole <= window.pads_begin[axis] + window.pads_end[axis]) {
            return wrong(
                "pads", fmt::format("{} and {} of {}", window.pads_begin[axis], window.pads_end[axis], whole),
                "pads that leave an output");
        }
    }
    return attributes;
}

Judged<Shape> infer_conv_transpose(const OperatorCall& call) {
    const ConvTransposeAttributes attributes = TANDEM_TRY(read_conv_transpose(call));
    const Shape image = as_image(call.input_shapes[0]);
    Shape shape{kBatch, call.input_shapes[1][1] * attributes.groups, 0, 0};
    for (std::size_t axis = 0; axis < 2; ++axis) {
        const Window& window = attributes.window;
        shape[axis + 2] = (image[axis + 2] - 1) * window.strides[axis] + spanned(window, axis) +
                          attributes.output_padding[axis] - window.pads_begin[axis] - window.pads_end[axis];
    }
    if (has_input(call, 2)) TANDEM_TRY(float_constant_of_shape(call, 2, {shape[1]}));
    if (call.input_shapes[0].size() == 3) shape.erase(shape.begin() + 2);
    return shape;
}

} // namespace

OperatorRule conv_transpose_rule() {
    return {.type = "ConvTranspose",
            .description = "transposed convolution with constant weights",
            .minimum_inputs = 2,
            .maximum_inputs = 3,
            .attributes = {"auto_pad", "dilations", "group", "kernel_shape", "output_padding", "output_shape",
                           "pads", "strides"},
            .infer_shape = infer_conv_transpose};
}

} // namespace tandem::operators

namespace tandem {

ConvTransposeAttributes conv_transpose_attributes(const Node& node, const Network& network) {
    return operators::trusted(operators::read_conv_transpose(operators::call_of(node, network)));
}

} // namespace tandem
