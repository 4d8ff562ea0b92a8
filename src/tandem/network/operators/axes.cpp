#include "tandem/network/operators/axes.h"

#include <algorithm>

namespace tandem::operators {

Judged<std::size_t> checked_axis(std::int64_t axis, std::size_t rank, const std::string& place) {
    const auto extents = static_cast<std::int64_t>(rank);
    const std::int64_t resolved = axis < 0 ? axis + extents : axis;
    if (axis < -extents || resolved < 1 || resolved >= extents) {
        return wrong(place, std::to_string(axis),
                     fmt::format("1 to {}, or counted from the end; samples stay apart", extents - 1));
    }
    return static_cast<std::size_t>(resolved);
}

Judged<std::size_t> read_axis(const OperatorCall& call, std::int64_t otherwise) {
    const auto axis = TANDEM_TRY(attribute_or<std::int64_t>(call.node, "axis", otherwise));
    return checked_axis(axis, call.input_shapes[0].size(), "axis");
}

Judged<std::vector<std::size_t>> read_axes(const OperatorCall& call, std::int64_t input_since,
                                           std::size_t rank) {
    std::vector<std::int64_t> listed;
    if (call.opset < input_since) {
        if (call.node.inputs.size() > 1) {
            return wrong("", fmt::format("axes as an input in opset {}", call.opset), "attribute axes");
        }
        listed = TANDEM_TRY(attribute_or<std::vector<std::int64_t>>(call.node, "axes", {}));
    } else {
        if (call.node.attributes.contains("axes")) {
            return wrong("", fmt::format("axes as an attribute in opset {}", call.opset), "input axes");
        }
        if (has_input(call, 1)) {
            const auto values = TANDEM_TRY(integer_constant(call, 1));
            listed.assign(values.begin(), values.end());
        }
    }
    std::vector<std::size_t> axes;
    for (const std::int64_t axis : listed) axes.push_back(TANDEM_TRY(checked_axis(axis, rank, "axes")));
    std::sort(axes.begin(), axes.end());
    if (std::adjacent_find(axes.begin(), axes.end()) != axes.end()) {
        return wrong("axes", to_text(listed), "each axis once");
    }
    return axes;
}

} // namespace tandem::operators
