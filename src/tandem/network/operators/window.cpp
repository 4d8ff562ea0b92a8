#include "tandem/network/operators/window.h"

#include <algorithm>

#include "tandem/core/units.h"
#include "tandem/network/quoted.h"

namespace tandem::operators {

namespace {

using Pair = std::array<std::int64_t, 2>;

std::size_t spatial_dimensions(const OperatorCall& call) { return call.input_shapes[0].size() - 2; }

Judged<std::vector<std::int64_t>> window_list(const OperatorCall& call, std::string_view name,
                                              std::size_t count, std::int64_t minimum,
                                              std::int64_t otherwise) {
    std::vector<std::int64_t> list = TANDEM_TRY(attribute_or<std::vector<std::int64_t>>(
        call.node, name, std::vector<std::int64_t>(count, otherwise)));
    const bool is_legal = list.size() == count && std::all_of(list.begin(), list.end(), [&](auto value) {
                              return value >= minimum && value <= kMaximumWindow;
                          });
    if (!is_legal) {
        const std::size_t dimensions = spatial_dimensions(call);
        return wrong(std::string(name), to_text(list),
                     fmt::format("{} integers from {} to {} ({} spatial dimension{})", count, minimum,
                                 kMaximumWindow, dimensions == 1 ? "one" : "two",
                                 dimensions == 1 ? "" : "s"));
    }
    return list;
}

/// A list with an entry a spatial dimension as rows and columns.
Pair as_pair(const std::vector<std::int64_t>& list, std::int64_t row) {
    return list.size() == 1 ? Pair{row, list[0]} : Pair{list[0], list[1]};
}

Judged<Pair> positive_pair(const OperatorCall& call, std::string_view name) {
    return as_pair(TANDEM_TRY(window_list(call, name, spatial_dimensions(call), 1, 1)), 1);
}

Judged<Pair> read_kernel(const OperatorCall& call, KernelSource source) {
    const bool has_attribute = call.node.attributes.contains("kernel_shape");
    if (source == KernelSource::attribute) {
        if (!has_attribute) {
            return wrong("kernel_shape", "none",
                         spatial_dimensions(call) == 1 ? "one integer" : "two integers");
        }
        return positive_pair(call, "kernel_shape");
    }
    const Shape weights = as_image(call.input_shapes[1]);
    const Pair kernel{weights[2], weights[3]};
    if (std::max(kernel[0], kernel[1]) > kMaximumWindow) {
        return wrong(input_place(call, 1), "shape " + to_string(weights),
                     fmt::format("a kernel of at most {} rows and columns", kMaximumWindow));
    }
    if (!has_attribute) return kernel;
    const Pair stated = TANDEM_TRY(positive_pair(call, "kernel_shape"));
    if (stated != kernel) return wrong("kernel_shape", to_text(stated), to_text(kernel) + ", as the weights");
    return kernel;
}

void set_pads(Window& window, const std::vector<std::int64_t>& pads) {
    const std::size_t dimensions = pads.size() / 2;
    for (std::size_t i = 0; i < dimensions; ++i) {
        window.pads_begin[2 - dimensions + i] = pads[i];
        window.pads_end[2 - dimensions + i] = pads[dimensions + i];
    }
}

/// Pads so that an axis has divide_up(extent, stride) outputs; the odd one goes to the end the name
/// says.
void pad_to_same(Window& window, std::size_t axis, std::int64_t extent, bool odd_at_end) {
    const std::int64_t outputs = divide_up(extent, window.strides[axis]);
    const std::int64_t total =
        std::max<std::int64_t>(0, (outputs - 1) * window.strides[axis] + spanned(window, axis) - extent);
    const std::int64_t less = total / 2;
    window.pads_begin[axis] = odd_at_end ? less : total - less;
    window.pads_end[axis] = odd_at_end ? total - less : less;
}

Judged<void> read_pads(const OperatorCall& call, Window& window) {
    const std::string mode = TANDEM_TRY(attribute_or<std::string>(call.node, "auto_pad", "NOTSET"));
    const auto pads = TANDEM_TRY(window_list(call, "pads", 2 * spatial_dimensions(call), 0, 0));
    if (mode == "NOTSET") {
        set_pads(window, pads);
        return {};
    }
    if (std::any_of(pads.begin(), pads.end(), [](auto pad) { return pad != 0; })) {
        return wrong("pads", to_text(pads) + " beside auto_pad " + mode, "one of the two");
    }
    if (mode == "VALID") return {};
    if (mode != "SAME_UPPER" && mode != "SAME_LOWER") {
        return wrong("auto_pad", quoted_name(mode), "NOTSET, VALID, SAME_UPPER or SAME_LOWER");
    }
    const Shape image = as_image(call.input_shapes[0]);
    for (std::size_t axis = 0; axis < 2; ++axis) {
        pad_to_same(window, axis, image[axis + 2], mode == "SAME_UPPER");
    }
    return {};
}

/// Lets the last window of an axis hang over, as further padding. Readers of ONNX disagree on a
/// window that would see padding alone, so that one is refused.
Judged<void> round_up(Window& window, std::size_t axis, std::int64_t extent) {
    const std::int64_t stride = window.strides[axis];
    const std::int64_t padded = window.pads_begin[axis] + extent + window.pads_end[axis];
    const std::int64_t steps = divide_up(padded - spanned(window, axis), stride);
    if (steps * stride >= extent + window.pads_begin[axis]) {
        return wrong("ceil_mode", "1 where the last window sees padding alone", "0, or less padding");
    }
    window.pads_end[axis] += steps * stride + spanned(window, axis) - padded;
    return {};
}

} // namespace

Judged<Shape> spatial_activation(const OperatorCall& call) {
    Shape shape = TANDEM_TRY(activation(call, 0));
    if (shape.size() != 3 && shape.size() != 4) {
        return wrong(input_place(call, 0), "shape " + to_string(shape),
                     "(batch, channels, rows, columns) or (batch, channels, columns)");
    }
    return shape;
}

Shape as_image(const Shape& shape) {
    Shape image = shape;
    if (image.size() == 3) image.insert(image.begin() + 2, 1);
    return image;
}

Judged<Pair> window_pair(const OperatorCall& call, std::string_view name, std::int64_t otherwise) {
    return as_pair(TANDEM_TRY(window_list(call, name, spatial_dimensions(call), 0, otherwise)), otherwise);
}

Judged<Window> read_plain_window(const OperatorCall& call) {
    Window window;
    window.kernel = TANDEM_TRY(read_kernel(call, KernelSource::weights));
    window.strides = TANDEM_TRY(positive_pair(call, "strides"));
    window.dilations = TANDEM_TRY(positive_pair(call, "dilations"));
    set_pads(window, TANDEM_TRY(window_list(call, "pads", 2 * spatial_dimensions(call), 0, 0)));
    return window;
}

std::int64_t spanned(const Window& window, std::size_t axis) {
    return (window.kernel[axis] - 1) * window.dilations[axis] + 1;
}

Judged<Window> read_window(const OperatorCall& call, KernelSource source, Rounding rounding) {
    Window window;
    window.kernel = TANDEM_TRY(read_kernel(call, source));
    window.strides = TANDEM_TRY(positive_pair(call, "strides"));
    window.dilations = TANDEM_TRY(positive_pair(call, "dilations"));
    TANDEM_TRY(read_pads(call, window));
    const Shape image = as_image(call.input_shapes[0]);
    for (std::size_t axis = 0; axis < 2; ++axis) {
        const std::int64_t extent = image[axis + 2];
        const std::int64_t padded = window.pads_begin[axis] + extent + window.pads_end[axis];
        if (padded < spanned(window, axis)) {
            return wrong("",
                         fmt::format("a window that spans {} {} over a padded input of {}",
                                     spanned(window, axis), axis == 0 ? "rows" : "columns", padded),
                         "a window that fits");
        }
        if (rounding == Rounding::up) TANDEM_TRY(round_up(window, axis, extent));
    }
    return window;
}

Shape slide(const Window& window, const Shape& input, std::int64_t channels) {
    const Shape image = as_image(input);
    Shape output{kBatch, channels, 0, 0};
    for (std::size_t axis = 0; axis < 2; ++axis) {
        const std::int64_t padded = window.pads_begin[axis] + image[axis + 2] + window.pads_end[axis];
        output[axis + 2] = (padded - spanned(window, axis)) / window.strides[axis] + 1;
    }
    if (input.size() == 3) output.erase(output.begin() + 2);
    return output;
}

Judged<Shape> infer_global_pool(const OperatorCall& call) {
    Shape shape = TANDEM_TRY(spatial_activation(call));
    std::fill(shape.begin() + 2, shape.end(), 1);
    return shape;
}

} // namespace tandem::operators
