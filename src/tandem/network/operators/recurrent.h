// What the rules of LSTM and GRU share.
#pragma once

#include "tandem/network/operators/rule_support.h"

namespace tandem::operators {

/// What of a recurrent operator's inputs and attributes differs between them.
struct RecurrentForm {
    std::int64_t gates = 1;         ///< parts of W and R, each of hidden_size rows
    std::size_t states = 1;         ///< initial_h, and initial_c of an LSTM
    std::int64_t peephole_rows = 0; ///< parts of P; 0 where the operator has none
};

/// The attributes, once every input is a constant of the shape they ask for (but for X, an activation).
Judged<RecurrentAttributes> read_recurrent(const OperatorCall& call, const RecurrentForm& form);

/// (batch, time, directions, hidden_size).
Judged<Shape> infer_recurrent(const OperatorCall& call, const RecurrentForm& form);

Judged<RecurrentAttributes> read_gru(const OperatorCall& call);
Judged<RecurrentAttributes> read_lstm(const OperatorCall& call);

} // namespace tandem::operators
