#include "tandem/network/operators/weight_layout.h"

#include "tandem/network/operators/operators.h"

namespace tandem {

WeightLayout weight_layout(const Network& network, const Node& layer) {
    const Shape& shape = network.parameter(layer.inputs[1])->shape;
    if (layer.type == "Gemm") {
        const bool are_last = !gemm_attributes(layer).transposes_weights;
        return {.outputs = shape[are_last ? 1 : 0],
                .channels = shape[are_last ? 0 : 1],
                .outputs_stand_last = are_last};
    }
    WeightLayout layout{
        .groups = conv_attributes(layer, network).groups, .outputs = shape[0], .channels = shape[1]};
    for (std::size_t axis = 2; axis < shape.size(); ++axis) layout.taps *= shape[axis];
    return layout;
}

} // namespace tandem
