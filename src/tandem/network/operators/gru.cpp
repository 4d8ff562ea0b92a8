// GRU (Cho et al. 2014), with z the update gate and r the reset gate, in this order in W, R and B:
//   z = sigmoid(x Wz' + h Rz' + Wbz + Rbz), r likewise
//   c = tanh(x Wc' + (r * h) Rc' + Rbc + Wbc), or with linear_before_reset tanh(x Wc' + r * (h Rc' + Rbc) +
//   Wbc) h = (1 - z) * c + z * h
#include "tandem/network/operators/recurrent.h"
#include "tandem/network/operators/rules.h"

namespace tandem::operators {

namespace {

constexpr RecurrentForm kForm{.gates = 3};

} // namespace

Judged<RecurrentAttributes> read_gru(const OperatorCall& call) {
    RecurrentAttributes attributes = TANDEM_TRY(read_recurrent(call, kForm));
    attributes.resets_after_product = TANDEM_TRY(one_of(call.node, "linear_before_reset", 0, {0, 1})) == 1;
    return attributes;
}

OperatorRule gru_rule() {
    return {.type = "GRU",
            .description = "gated recurrent units over time, sigmoid and tanh",
            .minimum_inputs = 3,
            .maximum_inputs = 6,
            .attributes = {"direction", "hidden_size", "layout", "linear_before_reset"},
            .infer_shape = [](const OperatorCall& call) -> Judged<Shape> {
                TANDEM_TRY(read_gru(call));
                return infer_recurrent(call, kForm);
            }};
}

} // namespace tandem::operators
