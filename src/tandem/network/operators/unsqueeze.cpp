// Unsqueeze: puts extents of 1 in. Axes are places in the result: an attribute before opset 13 and a
// constant input after.
#include "tandem/network/operators/axes.h"
#include "tandem/network/operators/rules.h"

namespace tandem::operators {

namespace {

Judged<Shape> infer_unsqueeze(const OperatorCall& call) {
    Shape shape = TANDEM_TRY(activation(call, 0));
    // How many axes there are decides the rank that they are counted in.
    std::size_t added = 0;
    if (const auto listed = call.node.attributes.find("axes"); listed != call.node.attributes.end()) {
        if (const auto* axes = std::get_if<std::vector<std::int64_t>>(&listed->second)) added = axes->size();
    } else if (has_input(call, 1)) {
        added = TANDEM_TRY(integer_constant(call, 1)).size();
    }
    constexpr std::size_t kMaximumRank = 8;
    if (added == 0 || shape.size() + added > kMaximumRank) {
        return wrong("axes", fmt::format("{} axes", added),
                     fmt::format("at least one, and at most {} in all", kMaximumRank));
    }
    const auto axes = TANDEM_TRY(read_axes(call, 13, shape.size() + added));
    for (const std::size_t axis : axes) {
        shape.insert(shape.begin() + static_cast<std::ptrdiff_t>(axis), 1);
    }
    return shape;
}

} // namespace

OperatorRule unsqueeze_rule() {
    return {.type = "Unsqueeze",
            .description = "an activation with extents of 1 put in",
            .minimum_inputs = 1,
            .maximum_inputs = 2,
            .attributes = {"axes"},
            .infer_shape = infer_unsqueeze};
}

} // namespace tandem::operators
