// MatMul: matrices in the last two extents; the second factor is a constant (inputs, outputs) or another
// activation of the same rank and leading extents.
#include "tandem/network/operators/rule_support.h"
#include "tandem/network/operators/rules.h"

namespace tandem::operators {

namespace {

Judged<Shape> infer_mat_mul(const OperatorCall& call) {
    Shape left = TANDEM_TRY(activation(call, 0));
    const Shape& right = call.input_shapes[1];
    const bool is_activation = has_batch(right);
    if (left.size() < (is_activation ? 3U : 2U)) {
        return wrong(input_place(call, 0), "shape " + to_string(left), "matrices after the batch");
    }
    if (!is_activation) TANDEM_TRY(float_constant(call, 1));
    const bool leads_alike = is_activation ? right.size() == left.size() &&
                                                 std::equal(right.begin(), right.end() - 2, left.begin())
                                           : right.size() == 2;
    if (!leads_alike || right[right.size() - 2] != left.back()) {
        return wrong(input_place(call, 1), "shape " + to_string(right),
                     fmt::format("a factor of {} rows for {}", left.back(), to_string(left)));
    }
    left.back() = right.back();
    return left;
}

} // namespace

OperatorRule mat_mul_rule() {
    return {.type = "MatMul",
            .description = "product of matrices",
            .minimum_inputs = 2,
            .maximum_inputs = 2,
            .attributes = {},
            .infer_shape = infer_mat_mul};
}

} // namespace tandem::operators
