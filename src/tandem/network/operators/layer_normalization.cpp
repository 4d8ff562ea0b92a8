// LayerNormalization (Ba et al. 2016): normalises over all extents from an axis on, then scales and shifts
// by constants of those extents.
#include "tandem/network/operators/axes.h"
#include "tandem/network/operators/normalization.h"
#include "tandem/network/operators/rules.h"

namespace tandem::operators {

namespace {

Judged<std::size_t> read_layer_normalization(const OperatorCall& call) {
    const Shape input = TANDEM_TRY(activation(call, 0));
    const std::size_t axis = TANDEM_TRY(read_axis(call, -1));
    const Shape normalized(input.begin() + static_cast<std::ptrdiff_t>(axis), input.end());
    TANDEM_TRY(float_constant_of_shape(call, 1, normalized));
    if (has_input(call, 2)) TANDEM_TRY(float_constant_of_shape(call, 2, normalized));
    TANDEM_TRY(read_epsilon(call.node));
    TANDEM_TRY(one_of(call.node, "stash_type", 1, {1}));
    return axis;
}

} // namespace

OperatorRule layer_normalization_rule() {
    return {.type = "LayerNormalization",
            .description = "affine map with the statistics of each sample's last extents",
            .minimum_inputs = 2,
            .maximum_inputs = 3,
            .attributes = {"axis", "epsilon", "stash_type"},
            .infer_shape = [](const OperatorCall& call) -> Judged<Shape> {
                TANDEM_TRY(read_layer_normalization(call));
                return call.input_shapes[0];
            }};
}

} // namespace tandem::operators

namespace tandem {

std::size_t layer_normalization_axis(const Node& node, const Network& network) {
    return operators::trusted(operators::read_layer_normalization(operators::call_of(node, network)));
}

} // namespace tandem
