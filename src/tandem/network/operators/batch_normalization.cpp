// BatchNormalization as inference computes it: scale * (x - mean) / sqrt(variance + epsilon) + bias,
// by channel. Inputs: activation, then scale, bias, mean, variance.
#include "tandem/network/operators/normalization.h"
#include "tandem/network/operators/rules.h"

namespace tandem::operators {

namespace {

Judged<Shape> infer_batch_normalization(const OperatorCall& call) {
    Shape input = TANDEM_TRY(activation(call, 0));
    if (input.size() < 2) {
        return wrong(input_place(call, 0), "shape " + to_string(input), "channels after the batch");
    }
    for (std::size_t i = 1; i < 4; ++i) TANDEM_TRY(float_constant_of_shape(call, i, {input[1]}));
    const std::span<const float> variances = TANDEM_TRY(float_constant_of_shape(call, 4, {input[1]}));
    const float epsilon = TANDEM_TRY(read_epsilon(call.node));
    TANDEM_TRY(attribute_or<float>(call.node, "momentum", 0.9F));
    TANDEM_TRY(one_of(call.node, "spatial", 1, {1}));
    TANDEM_TRY(one_of(call.node, "training_mode", 0, {0}));
    for (std::size_t channel = 0; channel < variances.size(); ++channel) {
        if (variances[channel] + epsilon > 0.0F) continue;
        return wrong(input_place(call, 4),
                     fmt::format("variance {} in channel {}", variances[channel], channel),
                     "more than minus epsilon");
    }
    return input;
}

} // namespace

OperatorRule batch_normalization_rule() {
    return {.type = "BatchNormalization",
            .description = "affine map by channel, with the statistics of training",
            .minimum_inputs = 5,
            .maximum_inputs = 5,
            .attributes = {"epsilon", "momentum", "spatial", "training_mode"},
            .infer_shape = infer_batch_normalization};
}

} // namespace tandem::operators
