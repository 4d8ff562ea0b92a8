// Squeeze: removes extents of 1. Axes are an attribute before opset 13 and a constant input after.
#include "tandem/network/operators/axes.h"
#include "tandem/network/operators/rules.h"

namespace tandem::operators {

namespace {

Judged<Shape> infer_squeeze(const OperatorCall& call) {
    const Shape input = TANDEM_TRY(activation(call, 0));
    std::vector<std::size_t> axes = TANDEM_TRY(read_axes(call, 13, input.size()));
    if (axes.empty()) {
        for (std::size_t i = 1; i < input.size(); ++i) {
            if (input[i] == 1) axes.push_back(i);
        }
    }
    Shape shape = input;
    for (std::size_t i = axes.size(); i-- > 0;) {
        if (input[axes[i]] != 1) {
            return wrong("axes", fmt::format("axis {} of shape {}", axes[i], to_string(input)),
                         "an extent of 1");
        }
        shape.erase(shape.begin() + static_cast<std::ptrdiff_t>(axes[i]));
    }
    return shape;
}

} // namespace

OperatorRule squeeze_rule() {
    return {.type = "Squeeze",
            .description = "an activation without some extents of 1",
            .minimum_inputs = 1,
            .maximum_inputs = 2,
            .attributes = {"axes"},
            .infer_shape = infer_squeeze};
}

} // namespace tandem::operators
