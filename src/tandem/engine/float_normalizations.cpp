// Float kernels of the normalisations: BatchNormalization, InstanceNormalization, LayerNormalization, LRN,
// and the softmaxes.
#include <algorithm>
#include <cmath>

#include "tandem/engine/float_kernel_list.h"
#include "tandem/engine/float_tensors.h"
#include "tandem/network/operators/operators.h"

namespace tandem::float_kernels {

using dnnl::memory;
using onednn::cpu;
using onednn::execute;

memory batch_normalization(const FloatCall& call) {
    using Flags = dnnl::normalization_flags;
    const memory& input = call.inputs[0];
    const memory output = new_output(call);
    const dnnl::batch_normalization_forward::primitive_desc description(
        {dnnl::prop_kind::forward_inference, input.get_desc(), normalization_epsilon(call.node),
         Flags::use_global_stats | Flags::use_scale | Flags::use_shift},
        cpu());
    execute(dnnl::batch_normalization_forward(description), {{DNNL_ARG_SRC, input},
                                                             {DNNL_ARG_SCALE, call.inputs[1]},
                                                             {DNNL_ARG_SHIFT, call.inputs[2]},
                                                             {DNNL_ARG_MEAN, call.inputs[3]},
                                                             {DNNL_ARG_VARIANCE, call.inputs[4]},
                                                             {DNNL_ARG_DST, output}});
    return output;
}

namespace {

/// Mean and 1 / sqrt(variance + epsilon) of elements `step` apart; sums in double, so that long ones keep
/// their last bits.
struct Moments {
    double mean = 0.0;
    double inverse_deviation = 0.0;
};
Moments moments(const float* values, std::int64_t count, double epsilon) {
    double sum = 0.0;
    for (std::int64_t i = 0; i < count; ++i) sum += values[i];
    const double mean = sum / static_cast<double>(count);
    double squares = 0.0;
    for (std::int64_t i = 0; i < count; ++i) squares += (values[i] - mean) * (values[i] - mean);
    return {mean, 1.0 / std::sqrt(squares / static_cast<double>(count) + epsilon)};
}

/// The softmax of one set of elements `step` apart, or its logarithm.
void normalize_exponentials(const float* from, float* to, std::int64_t count, std::int64_t step,
                            bool in_logarithms) {
    float largest = from[0];
    for (std::int64_t i = 1; i < count; ++i) largest = std::max(largest, from[i * step]);
    double sum = 0.0;
    for (std::int64_t i = 0; i < count; ++i) sum += std::exp(static_cast<double>(from[i * step] - largest));
    const double log_sum = std::log(sum);
    for (std::int64_t i = 0; i < count; ++i) {
        const double shifted = static_cast<double>(from[i * step] - largest);
        to[i * step] = static_cast<float>(in_logarithms ? shifted - log_sum : std::exp(shifted) / sum);
    }
}

memory softmax_like(const FloatCall& call, bool in_logarithms) {
    const SoftmaxAttributes attributes = softmax_attributes(call.node, call.network);
    const memory input = row_major(call.inputs[0]);
    const memory::dims extents = input.get_desc().dims();
    const memory result(onnx_layout(extents), cpu());
    const std::int64_t count = product(extents, attributes.first_axis, attributes.end_axis);
    const std::int64_t inner = product(extents, attributes.end_axis, extents.size());
    const std::int64_t outer = product(extents, 0, attributes.first_axis);
    for (std::int64_t set = 0; set < outer * inner; ++set) {
        const std::int64_t first = set / inner * count * inner + set % inner;
        normalize_exponentials(floats(input) + first, floats(result) + first, count, inner, in_logarithms);
    }
    return as_output(call, result);
}

} // namespace

memory softmax(const FloatCall& call) { return softmax_like(call, /*in_logarithms=*/false); }

memory log_softmax(const FloatCall& call) { return softmax_like(call, /*in_logarithms=*/true); }

memory instance_normalization(const FloatCall& call) {
    const memory input = row_major(call.inputs[0]);
    const memory::dims extents = input.get_desc().dims();
    const memory result(onnx_layout(extents), cpu());
    const double epsilon = normalization_epsilon(call.node);
    const std::int64_t area = product(extents, 2, extents.size());
    for (std::int64_t plane = 0; plane < extents[0] * extents[1]; ++plane) {
        const float* from = floats(input) + plane * area;
        const auto [mean, inverse] = moments(from, area, epsilon);
        const double gain = floats(call.inputs[1])[plane % extents[1]] * inverse;
        const double shift = floats(call.inputs[2])[plane % extents[1]] - mean * gain;
        std::transform(from, from + area, floats(result) + plane * area,
                       [&](float value) { return static_cast<float>(value * gain + shift); });
    }
    return as_output(call, result);
}

memory layer_normalization(const FloatCall& call) {
    const memory input = row_major(call.inputs[0]);
    const memory::dims extents = input.get_desc().dims();
    const memory result(onnx_layout(extents), cpu());
    const double epsilon = normalization_epsilon(call.node);
    const std::size_t axis = layer_normalization_axis(call.node, call.network);
    const std::int64_t count = product(extents, axis, extents.size());
    for (std::int64_t set = 0; set < product(extents, 0, axis); ++set) {
        const float* from = floats(input) + set * count;
        const auto [mean, inverse] = moments(from, count, epsilon);
        for (std::int64_t i = 0; i < count; ++i) {
            const double shift = has_input(call, 2) ? floats(call.inputs[2])[i] : 0.0F;
            floats(result)[set * count + i] =
                static_cast<float>((from[i] - mean) * inverse * floats(call.inputs[1])[i] + shift);
        }
    }
    return as_output(call, result);
}

memory lrn(const FloatCall& call) {
    const LrnAttributes attributes = lrn_attributes(call.node);
    const memory output = new_output(call);
    const memory::dims extents = output_extents(call);
    const std::int64_t channels = extents[1];
    const float* from = floats(call.inputs[0]);
    float* to = floats(output);
    const double scale = double{attributes.alpha} / static_cast<double>(attributes.size);
    // A pixel's channels lie side by side.
    for (std::int64_t pixel = 0; pixel < extents[0] * extents[2] * extents[3]; ++pixel) {
        for (std::int64_t c = 0; c < channels; ++c) {
            double squares = 0.0;
            const std::int64_t end = std::min(channels, c + attributes.size / 2 + 1);
            for (std::int64_t k = std::max<std::int64_t>(0, c - (attributes.size - 1) / 2); k < end; ++k) {
                squares += double{from[k]} * from[k];
            }
            to[c] = static_cast<float>(from[c] /
                                       std::pow(attributes.bias + scale * squares, double{attributes.beta}));
        }
        from += channels;
        to += channels;
    }
    return output;
}

} // namespace tandem::float_kernels
