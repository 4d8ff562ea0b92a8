// Slice: every step-th element between a start and an end, along axes that are not the batch. Starts, ends
// and axes are attributes before opset 10 and constant inputs after.
#include <algorithm>

#include "tandem/core/units.h"
#include "tandem/network/operators/axes.h"
#include "tandem/network/operators/rules.h"

namespace tandem::operators {

namespace {

struct SliceSource {
    std::vector<std::int64_t> starts;
    std::vector<std::int64_t> ends;
    std::vector<std::int64_t> axes;
    std::vector<std::int64_t> steps;
};

Judged<SliceSource> read_source(const OperatorCall& call) {
    using List = std::vector<std::int64_t>;
    SliceSource source;
    if (call.opset < 10) {
        if (call.node.inputs.size() > 1) {
            return wrong("", fmt::format("starts as an input in opset {}", call.opset), "attribute starts");
        }
        source.starts = TANDEM_TRY(attribute_or<List>(call.node, "starts", {}));
        source.ends = TANDEM_TRY(attribute_or<List>(call.node, "ends", {}));
        source.axes = TANDEM_TRY(attribute_or<List>(call.node, "axes", {}));
    } else {
        if (!call.node.attributes.empty()) {
            return wrong("", fmt::format("attributes in opset {}", call.opset), "inputs starts and ends");
        }
        const std::array<List*, 4> lists{&source.starts, &source.ends, &source.axes, &source.steps};
        for (std::size_t i = 0; i < lists.size(); ++i) {
            if (!has_input(call, i + 1)) {
                if (i < 2) return wrong(i == 0 ? "starts" : "ends", "none", "a constant");
                continue;
            }
            const auto values = TANDEM_TRY(integer_constant(call, i + 1));
            lists[i]->assign(values.begin(), values.end());
        }
    }
    const std::size_t count = source.starts.size();
    if (source.axes.empty()) {
        for (std::size_t i = 0; i < count; ++i) source.axes.push_back(static_cast<std::int64_t>(i));
    }
    if (source.steps.empty()) source.steps.assign(count, 1);
    if (source.ends.size() != count || source.axes.size() != count || source.steps.size() != count) {
        return wrong("starts",
                     fmt::format("{} starts, {} ends, {} axes and {} steps", count, source.ends.size(),
                                 source.axes.size(), source.steps.size()),
                     "as many of each");
    }
    return source;
}

/// ONNX's clamping of a start or an end; `low` and `high` are what it may become.
std::int64_t clamped(std::int64_t at, std::int64_t extent, std::int64_t low, std::int64_t high) {
    if (at < 0) at = at < -extent ? low : at + extent;
    return std::clamp(at, low, high);
}

Judged<SliceAttributes> read_slice(const OperatorCall& call) {
    const Shape input = TANDEM_TRY(activation(call, 0));
    const SliceSource source = TANDEM_TRY(read_source(call));
    SliceAttributes attributes{.starts = std::vector<std::int64_t>(input.size(), 0),
                               .steps = std::vector<std::int64_t>(input.size(), 1),
                               .extents = input};
    std::vector<bool> seen(input.size(), false);
    for (std::size_t i = 0; i < source.starts.size(); ++i) {
        const bool is_batch =
            source.axes[i] == 0 || source.axes[i] == -static_cast<std::int64_t>(input.size());
        // Exporters write the batch down where they slice all of it.
        if (is_batch && source.starts[i] == 0 && source.ends[i] >= kMaximumElements && source.steps[i] == 1) {
            continue;
        }
        const std::size_t axis = TANDEM_TRY(checked_axis(source.axes[i], input.size(), "axes"));
        if (seen[axis]) return wrong("axes", to_text(source.axes), "each axis once");
        seen[axis] = true;
        const std::int64_t step = source.steps[i];
        const std::int64_t extent = input[axis];
        if (step == 0 || step < -kMaximumElements || step > kMaximumElements) {
            return wrong("steps", to_text(source.steps), "steps other than 0");
        }
        const std::int64_t start = step > 0 ? clamped(source.starts[i], extent, 0, extent)
                                            : clamped(source.starts[i], extent, 0, extent - 1);
        const std::int64_t end = step > 0 ? clamped(source.ends[i], extent, 0, extent)
                                          : clamped(source.ends[i], extent, -1, extent - 1);
        const std::int64_t span = step > 0 ? end - start : start - end;
        if (span < 1) {
            return wrong("ends", fmt::format("{} to {} by {}", source.starts[i], source.ends[i], step),
                         fmt::format("at least one of {} elements", extent));
        }
        attributes.starts[axis] = start;
        attributes.steps[axis] = step;
        attributes.extents[axis] = divide_up(span, step > 0 ? step : -step);
    }
    return attributes;
}

} // namespace

OperatorRule slice_rule() {
    return {.type = "Slice",
            .description = "a part of an activation, by starts, ends and steps",
            .minimum_inputs = 1,
            .maximum_inputs = 5,
            .attributes = {"axes", "ends", "starts"},
            .infer_shape = [](const OperatorCall& call) -> Judged<Shape> {
                SliceAttributes attributes = TANDEM_TRY(read_slice(call));
                return std::move(attributes.extents);
            }};
}

} // namespace tandem::operators

namespace tandem {

SliceAttributes slice_attributes(const Node& node, const Network& network) {
    return operators::trusted(operators::read_slice(operators::call_of(node, network)));
}

} // namespace tandem
