#include "tandem/strategy/tflite/tflite_layers.h"

#include <algorithm>
#include <utility>

#include "tandem/strategy/quantized_network.h"

namespace tandem::tflite_file {
namespace {

using List = std::vector<std::int64_t>;

/// The padding before and after: for `same` as many outputs as strides in the input, the odd one at the end.
std::pair<std::int64_t, std::int64_t> pads_of(const Axis& axis, Padding padding) {
    if (padding == Padding::valid) return {0, 0};
    const std::int64_t outputs = (axis.input + axis.stride - 1) / axis.stride;
    const std::int64_t covered = (outputs - 1) * axis.stride + (axis.kernel - 1) * axis.dilation + 1;
    const std::int64_t total = std::max<std::int64_t>(0, covered - axis.input);
    return {total / 2, total - total / 2};
}

} // namespace

std::map<std::string, Attribute> window_attributes(const Axis& rows, const Axis& columns, Padding padding) {
    const auto [top, bottom] = pads_of(rows, padding);
    const auto [left, right] = pads_of(columns, padding);
    return {{"strides", List{rows.stride, columns.stride}}, {"pads", List{top, left, bottom, right}}};
}

std::vector<float> dequantized(const Weights& weights) {
    const Shape& extents = weights.view->extents;
    Shape strides(extents.size(), 1);
    for (std::size_t i = extents.size() - 1; i > 0; --i) strides[i - 1] = strides[i] * extents[i];
    const std::int64_t count = weights.view->elements();
    const std::int64_t per_channel = count / weights.shape[0];
    std::vector<float> values;
    values.reserve(static_cast<std::size_t>(count));
    for (std::int64_t i = 0; i < count; ++i) {
        std::int64_t place = 0;
        std::int64_t rest = i;
        for (std::size_t axis = weights.shape.size(); axis-- > 0;) {
            // A dimension of one element has no counterpart in the file.
            if (weights.order[axis] >= 0) {
                place += rest % weights.shape[axis] * strides[static_cast<std::size_t>(weights.order[axis])];
            }
            rest /= weights.shape[axis];
        }
        if (weights.view->type == TensorType::float32) {
            values.push_back(weights.view->real(place));
            continue;
        }
        const float scale = scale_of(weights.view->scales, static_cast<std::size_t>(i / per_channel));
        values.push_back(dequantize(static_cast<std::int32_t>(weights.view->integer(place)),
                                    {.scale = scale, .zero_point = 0}));
    }
    return values;
}

} // namespace tandem::tflite_file
