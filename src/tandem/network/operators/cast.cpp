// Cast of an activation. All activations are kept as float32, so a cast to a float type keeps the values
// and one to an integer type drops the fraction.
#include "tandem/network/operators/rule_support.h"
#include "tandem/network/operators/rules.h"

namespace tandem::operators {

namespace {

// The numbers of ONNX's element types (onnx.proto, TensorProto.DataType).
constexpr std::int64_t kFloat = 1;
constexpr std::int64_t kInt32 = 6;
constexpr std::int64_t kInt64 = 7;

Judged<std::int64_t> read_cast(const Node& node) { return one_of(node, "to", 0, {kFloat, kInt32, kInt64}); }

} // namespace

OperatorRule cast_rule() {
    return {.type = "Cast",
            .description = "to float32 unchanged, to int32 or int64 without the fraction",
            .minimum_inputs = 1,
            .maximum_inputs = 1,
            .attributes = {"to"},
            .infer_shape = [](const OperatorCall& call) -> Judged<Shape> {
                TANDEM_TRY(read_cast(call.node));
                return activation(call, 0);
            }};
}

} // namespace tandem::operators

namespace tandem {

bool drops_fraction(const Node& cast) {
    return operators::trusted(operators::read_cast(cast)) != operators::kFloat;
}

bool holds_integers(const Node& node) {
    if (node.type == "Cast") return drops_fraction(node);
    return node.type == "ArgMax";
}

} // namespace tandem
