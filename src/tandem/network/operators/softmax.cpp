// Softmax: exp(x) over the sum of exp(x) along an axis.
#include "tandem/network/operators/softmax.h"

#include "tandem/network/operators/axes.h"
#include "tandem/network/operators/rules.h"

namespace tandem::operators {

Judged<SoftmaxAttributes> read_softmax(const OperatorCall& call) {
    const Shape input = TANDEM_TRY(activation(call, 0));
    const bool is_one_axis = call.opset >= 13;
    SoftmaxAttributes attributes;
    attributes.first_axis = TANDEM_TRY(read_axis(call, is_one_axis ? -1 : 1));
    attributes.end_axis = is_one_axis ? attributes.first_axis + 1 : input.size();
    return attributes;
}

OperatorRule softmax_like_rule(std::string_view type, std::string_view description) {
    return {.type = type,
            .description = description,
            .minimum_inputs = 1,
            .maximum_inputs = 1,
            .attributes = {"axis"},
            .infer_shape = [](const OperatorCall& call) -> Judged<Shape> {
                TANDEM_TRY(read_softmax(call));
                return call.input_shapes[0];
            }};
}

OperatorRule softmax_rule() { return softmax_like_rule("Softmax", "probabilities along an axis"); }

} // namespace tandem::operators

namespace tandem {

SoftmaxAttributes softmax_attributes(const Node& node, const Network& network) {
    return operators::trusted(operators::read_softmax(operators::call_of(node, network)));
}

} // namespace tandem
