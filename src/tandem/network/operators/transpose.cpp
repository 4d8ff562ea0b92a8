// Transpose: the extents of an activation in another order, the batch first.
#include <algorithm>

#include "tandem/network/operators/rule_support.h"
#include "tandem/network/operators/rules.h"

namespace tandem::operators {

namespace {

Judged<std::vector<std::size_t>> read_transpose(const OperatorCall& call) {
    const Shape input = TANDEM_TRY(activation(call, 0));
    const auto stated = TANDEM_TRY(attribute_or<std::vector<std::int64_t>>(call.node, "perm", {}));
    std::vector<std::int64_t> sorted = stated;
    std::sort(sorted.begin(), sorted.end());
    bool is_legal = stated.size() == input.size() && stated.front() == 0;
    for (std::size_t i = 0; i < sorted.size() && is_legal; ++i) {
        is_legal = sorted[i] == static_cast<std::int64_t>(i);
    }
    if (!is_legal) {
        return wrong("perm", stated.empty() ? "none, which reverses all" : to_text(stated),
                     fmt::format("0, then 1 to {} in some order", input.size() - 1));
    }
    return std::vector<std::size_t>(stated.begin(), stated.end());
}

Judged<Shape> infer_transpose(const OperatorCall& call) {
    Shape shape;
    const auto order = TANDEM_TRY(read_transpose(call));
    for (const std::size_t axis : order) shape.push_back(call.input_shapes[0][axis]);
    return shape;
}

} // namespace

OperatorRule transpose_rule() {
    return {.type = "Transpose",
            .description = "extents in another order, the batch first",
            .minimum_inputs = 1,
            .maximum_inputs = 1,
            .attributes = {"perm"},
            .infer_shape = infer_transpose};
}

} // namespace tandem::operators

namespace tandem {

std::vector<std::size_t> transpose_order(const Node& node, const Network& network) {
    return operators::trusted(operators::read_transpose(operators::call_of(node, network)));
}

} // namespace tandem
