// Inputs of a recurrent operator: X, W, R, B, sequence_lens, initial_h, and of an LSTM initial_c and P, with
// the batch in front (ONNX's layout 1).
#include "tandem/network/operators/recurrent.h"

#include "tandem/network/quoted.h"

namespace tandem::operators {

namespace {

Judged<Direction> read_direction(const Node& node) {
    const auto text = TANDEM_TRY(attribute_or<std::string>(node, "direction", "forward"));
    if (text == "forward") return Direction::forward;
    if (text == "reverse") return Direction::reverse;
    if (text == "bidirectional") return Direction::bidirectional;
    return wrong("direction", quoted_name(text), "forward, reverse or bidirectional");
}

Judged<void> check_constants(const OperatorCall& call, const RecurrentForm& form,
                             const RecurrentAttributes& attributes, std::int64_t inputs) {
    const std::int64_t directions = attributes.direction == Direction::bidirectional ? 2 : 1;
    const std::int64_t hidden = attributes.hidden_size;
    TANDEM_TRY(float_constant_of_shape(call, 1, {directions, form.gates * hidden, inputs}));
    TANDEM_TRY(float_constant_of_shape(call, 2, {directions, form.gates * hidden, hidden}));
    if (has_input(call, 3)) {
        TANDEM_TRY(float_constant_of_shape(call, 3, {directions, 2 * form.gates * hidden}));
    }
    if (has_input(call, 4)) {
        return wrong(input_place(call, 4), "sequence_lens", "none: every sample has the whole length");
    }
    constexpr std::size_t kFirstState = 5;
    for (std::size_t i = kFirstState; i < kFirstState + form.states; ++i) {
        if (has_input(call, i)) TANDEM_TRY(float_constant_of_shape(call, i, {1, directions, hidden}));
    }
    const std::size_t peepholes = kFirstState + form.states;
    if (has_input(call, peepholes)) {
        TANDEM_TRY(float_constant_of_shape(call, peepholes, {directions, form.peephole_rows * hidden}));
    }
    return {};
}

} // namespace

Judged<RecurrentAttributes> read_recurrent(const OperatorCall& call, const RecurrentForm& form) {
    const Shape input = TANDEM_TRY(activation_of_rank(call, 0, 3, "(batch, time, features)"));
    const Shape& recurrence = call.input_shapes[2];
    if (recurrence.size() != 3 || has_batch(recurrence)) {
        return wrong(input_place(call, 2), "shape " + to_string(recurrence),
                     "(directions, gates * hidden_size, hidden_size)");
    }
    RecurrentAttributes attributes;
    attributes.direction = TANDEM_TRY(read_direction(call.node));
    attributes.hidden_size = recurrence[2];
    const auto stated = TANDEM_TRY(attribute_or(call.node, "hidden_size", attributes.hidden_size));
    if (stated != attributes.hidden_size) {
        return wrong("hidden_size", std::to_string(stated), std::to_string(attributes.hidden_size));
    }
    TANDEM_TRY(one_of(call.node, "layout", 0, {1}));
    TANDEM_TRY(check_constants(call, form, attributes, input[2]));
    return attributes;
}

Judged<Shape> infer_recurrent(const OperatorCall& call, const RecurrentForm& form) {
    const RecurrentAttributes attributes = TANDEM_TRY(read_recurrent(call, form));
    return Shape{kBatch, call.input_shapes[0][1], call.input_shapes[1][0], attributes.hidden_size};
}

} // namespace tandem::operators

namespace tandem {

RecurrentAttributes recurrent_attributes(const Node& node, const Network& network) {
    const OperatorCall call = operators::call_of(node, network);
    return operators::trusted(node.type == "GRU" ? operators::read_gru(call) : operators::read_lstm(call));
}

} // namespace tandem
