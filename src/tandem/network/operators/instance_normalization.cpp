// InstanceNormalization: (x - mean) / sqrt(variance + epsilon) * scale + bias, with the mean and variance
// of each channel of each sample (Ulyanov et al. 2016).
#include "tandem/network/operators/normalization.h"
#include "tandem/network/operators/rules.h"

namespace tandem::operators {

namespace {

Judged<Shape> infer_instance_normalization(const OperatorCall& call) {
    Shape input = TANDEM_TRY(activation(call, 0));
    if (input.size() < 3) {
        return wrong(input_place(call, 0), "shape " + to_string(input), "channels, then positions");
    }
    for (std::size_t i = 1; i < 3; ++i) TANDEM_TRY(float_constant_of_shape(call, i, {input[1]}));
    TANDEM_TRY(read_epsilon(call.node));
    return input;
}

} // namespace

OperatorRule instance_normalization_rule() {
    return {.type = "InstanceNormalization",
            .description = "affine map by channel, with the statistics of each sample",
            .minimum_inputs = 3,
            .maximum_inputs = 3,
            .attributes = {"epsilon"},
            .infer_shape = infer_instance_normalization};
}

} // namespace tandem::operators
