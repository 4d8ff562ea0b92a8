#include "tandem/network/operators/pool.h"

#include "tandem/core/units.h"
#include "tandem/network/operators/window.h"

namespace tandem::operators {

namespace {

/// Whether some placement along an axis touches no input. Placements that start inside do touch it;
/// of one that starts in the padding the first tap at or after the edge decides.
bool sees_padding_alone(const Window& window, std::size_t axis, std::int64_t extent, std::int64_t outputs) {
    for (std::int64_t output = 0; output < outputs; ++output) {
        const std::int64_t start = output * window.strides[axis] - window.pads_begin[axis];
        if (start >= 0) return (outputs - 1) * window.strides[axis] - window.pads_begin[axis] >= extent;
        const std::int64_t taps_outside = divide_up(-start, window.dilations[axis]);
        if (taps_outside >= window.kernel[axis]) return true;
        if (start + taps_outside * window.dilations[axis] >= extent) return true;
    }
    return false;
}

} // namespace

Judged<PoolAttributes> read_pool(const OperatorCall& call) {
    const Shape input = TANDEM_TRY(spatial_activation(call));
    const Node& node = call.node;
    TANDEM_TRY(one_of(node, "storage_order", 0, {0, 1}));
    PoolAttributes attributes;
    attributes.rounds_up = TANDEM_TRY(one_of(node, "ceil_mode", 0, {0, 1})) == 1;
    attributes.counts_padding = TANDEM_TRY(one_of(node, "count_include_pad", 0, {0, 1})) == 1;
    attributes.window = TANDEM_TRY(
        read_window(call, KernelSource::attribute, attributes.rounds_up ? Rounding::up : Rounding::down));
    const Shape image = as_image(input);
    const Shape output = slide(attributes.window, image, image[1]);
    for (std::size_t axis = 0; axis < 2; ++axis) {
        if (sees_padding_alone(attributes.window, axis, image[axis + 2], output[axis + 2])) {
            return wrong("pads", "a window that sees padding alone", "less padding than the window spans");
        }
    }
    if (attributes.rounds_up && attributes.counts_padding) {
        const Window exact = TANDEM_TRY(read_window(call, KernelSource::attribute, Rounding::down));
        if (exact != attributes.window) {
            return wrong("count_include_pad", "1 where ceil_mode lets a window hang over", "0");
        }
    }
    return attributes;
}

Judged<Shape> infer_pool(const OperatorCall& call) {
    const PoolAttributes attributes = TANDEM_TRY(read_pool(call));
    const Shape& input = call.input_shapes[0];
    return slide(attributes.window, input, input[1]);
}

} // namespace tandem::operators

namespace tandem {

PoolAttributes pool_attributes(const Node& node, const Network& network) {
    return operators::trusted(operators::read_pool(operators::call_of(node, network)));
}

} // namespace tandem
