// Reshape to constant extents: 0 copies the input's extent at that place, one -1 takes what is left.
// The batch of an activation stays first: 0, or -1 when the other extents hold one sample.
#include <algorithm>

#include "tandem/network/operators/rule_support.h"
#include "tandem/network/operators/rules.h"

namespace tandem::operators {

namespace {

/// Replaces each 0 by the input's extent at that place, where ONNX says so.
Judged<Shape> copy_zeros(const OperatorCall& call, std::span<const std::int64_t> target) {
    const Shape& input = call.input_shapes[0];
    const bool copies = TANDEM_TRY(one_of(call.node, "allowzero", 0, {0, 1})) == 0;
    Shape shape(target.begin(), target.end());
    for (std::size_t i = 0; i < shape.size(); ++i) {
        if (shape[i] > 0 || shape[i] == -1) continue;
        if (shape[i] < 0 || !copies || i >= input.size()) {
            return wrong("shape", to_text(target),
                         fmt::format("extents for an input of shape {}", to_string(input)));
        }
        shape[i] = input[i];
    }
    return shape;
}

Judged<Shape> infer_reshape(const OperatorCall& call) {
    // A rank without bound would let a small file ask for much work.
    constexpr std::size_t kMaximumRank = 8;
    const Shape& input = call.input_shapes[0];
    const std::span<const std::int64_t> target = TANDEM_TRY(integer_constant(call, 1));
    if (call.input_shapes[1].size() != 1 || target.size() > kMaximumRank) {
        return wrong("shape", "shape " + to_string(call.input_shapes[1]),
                     fmt::format("a list of at most {} extents", kMaximumRank));
    }
    Shape shape = TANDEM_TRY(copy_zeros(call, target));
    const bool keeps_batch = has_batch(input);
    if (keeps_batch && (shape.empty() || (target[0] != 0 && target[0] != -1))) {
        return wrong("shape", to_text(target), "0 or -1 first, for the batch");
    }
    // From here on a -1 at the front of an activation's shape is the batch; any other is a gap to fill.
    const auto rest = shape.begin() + (keeps_batch ? 1 : 0);
    const auto gap = std::find(rest, shape.end(), std::int64_t{-1});
    const std::int64_t available = elements_per_sample(input);
    const auto mismatch = [&] {
        return wrong("shape", to_text(target),
                     fmt::format("extents for the {} elements of {}", available, to_string(input)));
    };
    if (gap != shape.end()) {
        // [-1, 16, -1] leaves two extents open.
        if (std::count(target.begin(), target.end(), std::int64_t{-1}) > 1) return mismatch();
        *gap = 1;
        const std::optional<std::int64_t> others = bounded_elements(shape);
        if (!others || available % *others != 0) return mismatch();
        *gap = available / *others;
    }
    if (bounded_elements(shape) != available) return mismatch();
    return shape;
}

} // namespace

OperatorRule reshape_rule() {
    return {.type = "Reshape",
            .description = "the same elements under constant extents",
            .minimum_inputs = 2,
            .maximum_inputs = 2,
            .attributes = {"allowzero"},
            .infer_shape = infer_reshape};
}

} // namespace tandem::operators
