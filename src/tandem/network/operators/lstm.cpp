// LSTM (Hochreiter and Schmidhuber 1997; peepholes P of Gers and Schmidhuber 2000), with gates i, o, f and
// cell candidate c, in this order in W, R and B:
//   i = sigmoid(x Wi' + h Ri' + Wbi + Rbi + Pi * C), f likewise
//   C = f * C + i * tanh(x Wc' + h Rc' + Wbc + Rbc)
//   o = sigmoid(x Wo' + h Ro' + Wbo + Rbo + Po * C), of the new C
//   h = o * tanh(C)
#include "tandem/network/operators/recurrent.h"
#include "tandem/network/operators/rules.h"

namespace tandem::operators {

namespace {

constexpr RecurrentForm kForm{.gates = 4, .states = 2, .peephole_rows = 3};

} // namespace

Judged<RecurrentAttributes> read_lstm(const OperatorCall& call) {
    TANDEM_TRY(one_of(call.node, "input_forget", 0, {0}));
    return read_recurrent(call, kForm);
}

OperatorRule lstm_rule() {
    return {.type = "LSTM",
            .description = "long short-term memory over time, sigmoid and tanh",
            .minimum_inputs = 3,
            .maximum_inputs = 8,
            .attributes = {"direction", "hidden_size", "input_forget", "layout"},
            .infer_shape = [](const OperatorCall& call) -> Judged<Shape> {
                TANDEM_TRY(read_lstm(call));
                return infer_recurrent(call, kForm);
            }};
}

} // namespace tandem::operators
