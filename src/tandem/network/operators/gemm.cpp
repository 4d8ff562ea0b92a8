// Gemm as a dense layer: activation (batch, inputs) times weights plus bias. ONNX's scale factors and
// a transposed activation are refused; no layer has them.
#include "tandem/network/operators/rule_support.h"
#include "tandem/network/operators/rules.h"

namespace tandem::operators {

namespace {

Judged<void> check_bias(const OperatorCall& call, std::int64_t outputs) {
    TANDEM_TRY(float_constant(call, 2));
    const Shape& shape = call.input_shapes[2];
    // ONNX broadcasts the bias to (batch, outputs).
    for (const Shape& legal : {Shape{outputs}, Shape{1, outputs}, Shape{1}, Shape{1, 1}, Shape{}}) {
        if (shape == legal) return {};
    }
    return wrong(input_place(call, 2), "shape " + to_string(shape), fmt::format("{}", outputs));
}

Judged<Shape> infer_gemm(const OperatorCall& call) {
    const Shape input = TANDEM_TRY(activation_of_rank(call, 0, 2, "(batch, inputs)"));
    TANDEM_TRY(float_constant(call, 1));
    const Shape& weights = call.input_shapes[1];
    if (weights.size() != 2) {
        return wrong(input_place(call, 1), "shape " + to_string(weights), "two dimensions");
    }
    for (const std::string_view factor : {"alpha", "beta"}) {
        const float value = TANDEM_TRY(attribute_or<float>(call.node, factor, 1.0F));
        if (value != 1.0F) return wrong(std::string(factor), fmt::format("{}", value), "1");
    }
    TANDEM_TRY(one_of(call.node, "transA", 0, {0}));
    const bool is_transposed = TANDEM_TRY(one_of(call.node, "transB", 0, {0, 1})) == 1;
    const std::int64_t inputs = weights[is_transposed ? 1 : 0];
    const std::int64_t outputs = weights[is_transposed ? 0 : 1];
    if (inputs != input[1]) {
        return wrong(input_place(call, 1), fmt::format("weights for {} inputs", inputs),
                     fmt::format("{}", input[1]));
    }
    if (has_input(call, 2)) TANDEM_TRY(check_bias(call, outputs));
    return Shape{kBatch, outputs};
}

} // namespace

OperatorRule gemm_rule() {
    return {.type = "Gemm",
            .description = "dense layer with constant weights",
            .minimum_inputs = 2,
            .maximum_inputs = 3,
            .attributes = {"alpha", "beta", "transA", "transB"},
            .infer_shape = infer_gemm};
}

} // namespace tandem::operators

namespace tandem {

GemmAttributes gemm_attributes(const Node& node) {
    return {.transposes_weights = operators::trusted(operators::one_of(node, "transB", 0, {0, 1})) == 1};
}

} // namespace tandem
