#include "tandem/network/operators/broadcast.h"

#include <algorithm>

namespace tandem::operators {

namespace {

/// Widens `shape` by another one; false when they do not go together.
bool widen(Shape& shape, const Shape& other) {
    const std::size_t offset = shape.size() - other.size();
    for (std::size_t i = 0; i < other.size(); ++i) {
        std::int64_t& extent = shape[offset + i];
        if (extent == other[i] || other[i] == 1) continue;
        if (extent != 1) return false;
        extent = other[i];
    }
    return true;
}

} // namespace

Judged<Shape> infer_broadcast(const OperatorCall& call) {
    Shape shape;
    for (std::size_t i = 0; i < call.input_shapes.size(); ++i) {
        const Shape& input = call.input_shapes[i];
        if (!has_input(call, i)) return wrong("", fmt::format("no input {}", i), "one");
        if (has_batch(input) && input.size() > shape.size()) shape = input;
    }
    if (shape.empty()) return wrong(input_place(call, 0), "a constant", "an activation");
    for (std::size_t i = 0; i < call.input_shapes.size(); ++i) {
        const Shape& input = call.input_shapes[i];
        const bool is_activation = has_batch(input);
        if (!is_activation) TANDEM_TRY(float_constant(call, i));
        // Aligned at the end, the batch of an activation of lower rank would meet some other extent.
        const bool is_aligned = is_activation ? input.size() == shape.size() : input.size() <= shape.size();
        const bool repeats_batch = !is_activation && input.size() == shape.size() && input.front() != 1;
        if (!is_aligned || repeats_batch || !widen(shape, input)) {
            return wrong(input_place(call, i), "shape " + to_string(input),
                         "one that broadcasts with " + to_string(shape));
        }
    }
    return shape;
}

Judged<Shape> infer_slope(const OperatorCall& call) {
    Shape input = TANDEM_TRY(activation(call, 0));
    TANDEM_TRY(float_constant(call, 1));
    const Shape shape = TANDEM_TRY(infer_broadcast(call));
    if (shape != input) {
        return wrong(input_place(call, 1), "shape " + to_string(call.input_shapes[1]),
                     "one that broadcasts to " + to_string(input));
    }
    return input;
}

} // namespace tandem::operators
