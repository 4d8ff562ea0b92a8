#include "tandem/engine/float_kernels.h"

#include <algorithm>
#include <array>
#include <functional>
#include <limits>
#include <numeric>

#include "tandem/network/operators/operators.h"

namespace tandem {
namespace {

using dnnl::memory;
using onednn::cpu;
using onednn::execute;
using onednn::in_layout;

memory::dims output_extents(const FloatCall& call) {
    return batched(call.network.shape(call.node.outputs.front()), call.samples);
}

memory new_output(const FloatCall& call) { return memory(kernel_layout(output_extents(call)), cpu()); }

bool has_input(const FloatCall& call, std::size_t index) {
    return index < call.inputs.size() && bool(call.inputs[index]);
}

std::int64_t elements(const memory::dims& extents) {
    return std::accumulate(extents.begin(), extents.end(), std::int64_t{1}, std::multiplies<>{});
}

/// The same values under other extents, in ONNX's order.
memory reshaped(const memory& input, const memory::dims& extents) {
    const memory plain = in_layout(input, onnx_layout(input.get_desc().dims()));
    const memory view(onnx_layout(extents), cpu(), plain.get_data_handle());
    memory result(kernel_layout(extents), cpu());
    execute(dnnl::reorder(view, result), {{DNNL_ARG_FROM, view}, {DNNL_ARG_TO, result}});
    return result;
}

/// A layer's bias as a vector of `channels`; zeros where the node has none.
memory bias_vector(const FloatCall& call, std::int64_t channels) {
    memory bias({{channels}, memory::data_type::f32, memory::format_tag::a}, cpu());
    std::span<float> values(floats(bias), static_cast<std::size_t>(channels));
    std::fill(values.begin(), values.end(), 0.0F);
    if (has_input(call, 2)) {
        const float* given = floats(call.inputs[2]);
        const bool is_scalar = call.inputs[2].get_desc().get_size() == sizeof(float);
        for (std::size_t c = 0; c < values.size(); ++c) values[c] = given[is_scalar ? 0 : c];
    }
    return bias;
}

memory conv(const FloatCall& call) {
    const auto [window, groups] = conv_attributes(call.node, call.network);
    const memory& input = call.inputs[0];
    memory::dims extents = call.inputs[1].get_desc().dims();
    memory weights(onnx_layout(extents), cpu(), floats(call.inputs[1]));
    const std::int64_t channels = extents[0];
    if (groups > 1) {
        extents[0] /= groups;
        extents.insert(extents.begin(), groups);
        weights = memory({extents, memory::data_type::f32, memory::format_tag::abcde}, cpu(),
                         floats(call.inputs[1]));
    }
    // Kernels read ONNX's order of weights slowly, so these go into the library's own layout.
    const memory bias = bias_vector(call, channels);
    const memory output = new_output(call);
    const dnnl::convolution_forward::primitive_desc description(
        {dnnl::prop_kind::forward_inference,
         dnnl::algorithm::convolution_direct,
         input.get_desc(),
         {extents, memory::data_type::f32, memory::format_tag::any},
         bias.get_desc(),
         output.get_desc(),
         {window.strides[0], window.strides[1]},
         {window.dilations[0] - 1, window.dilations[1] - 1},
         {window.pads_begin[0], window.pads_begin[1]},
         {window.pads_end[0], window.pads_end[1]}},
        cpu());
    execute(dnnl::convolution_forward(description),
            {{DNNL_ARG_SRC, input},
             {DNNL_ARG_WEIGHTS, in_layout(weights, description.weights_desc())},
             {DNNL_ARG_BIAS, bias},
             {DNNL_ARG_DST, output}});
    return output;
}

memory gemm(const FloatCall& call) {
    const memory& input = call.inputs[0];
    const memory::dims extents = output_extents(call);
    const std::int64_t outputs = extents.back();
    const std::int64_t reads = input.get_desc().dims().back();
    const bool transposes = gemm_attributes(call.node).transposes_weights;
    const memory weights({{outputs, reads},
                          memory::data_type::f32,
                          transposes ? memory::format_tag::ab : memory::format_tag::ba},
                         cpu(), floats(call.inputs[1]));
    const memory bias = bias_vector(call, outputs);
    const memory output = new_output(call);
    const dnnl::inner_product_forward::primitive_desc description(
        {dnnl::prop_kind::forward_inference,
         input.get_desc(),
         {{outputs, reads}, memory::data_type::f32, memory::format_tag::any},
         bias.get_desc(),
         output.get_desc()},
        cpu());
    execute(dnnl::inner_product_forward(description),
            {{DNNL_ARG_SRC, input},
             {DNNL_ARG_WEIGHTS, in_layout(weights, description.weights_desc())},
             {DNNL_ARG_BIAS, bias},
             {DNNL_ARG_DST, output}});
    return output;
}

memory batch_normalization(const FloatCall& call) {
    using Flags = dnnl::normalization_flags;
    const memory& input = call.inputs[0];
    const memory output = new_output(call);
    const dnnl::batch_normalization_forward::primitive_desc description(
        {dnnl::prop_kind::forward_inference, input.get_desc(), batch_normalization_epsilon(call.node),
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

memory clipped(const FloatCall& call, const ClipBounds& bounds) {
    const memory output = new_output(call);
    const std::int64_t count = elements(output_extents(call));
    std::transform(floats(call.inputs[0]), floats(call.inputs[0]) + count, floats(output),
                   [&](float value) { return std::min(std::max(value, bounds.minimum), bounds.maximum); });
    return output;
}

memory relu(const FloatCall& call) { return clipped(call, {.minimum = 0.0F}); }

memory clip(const FloatCall& call) { return clipped(call, clip_bounds(call.node, call.network)); }

memory add(const FloatCall& call) {
    const memory output = new_output(call);
    const dnnl::binary::primitive_desc description({dnnl::algorithm::binary_add, call.inputs[0].get_desc(),
                                                    call.inputs[1].get_desc(), output.get_desc()},
                                                   cpu());
    execute(dnnl::binary(description),
            {{DNNL_ARG_SRC_0, call.inputs[0]}, {DNNL_ARG_SRC_1, call.inputs[1]}, {DNNL_ARG_DST, output}});
    return output;
}

/// What a pooling does with the elements of a window, for a row of channels.
struct PoolRule {
    float start;
    void (*gather)(float* result, const float* element, std::int64_t channels);
    /// `count` elements were inside the input, `padded` inside the input or its pads.
    void (*finish)(float* result, std::int64_t count, std::int64_t padded, std::int64_t channels);
};

memory pool(const FloatCall& call, const Window& window, const PoolRule& rule) {
    const memory output = new_output(call);
    const memory::dims in = call.inputs[0].get_desc().dims();
    const memory::dims out = output_extents(call);
    const std::int64_t channels = in[1];
    const auto position = [&](std::size_t axis, std::int64_t place, std::int64_t tap) {
        return place * window.strides[axis] - window.pads_begin[axis] + tap * window.dilations[axis];
    };
    const auto is_inside = [&](std::size_t axis, std::int64_t at) { return at >= 0 && at < in[axis + 2]; };
    const auto is_padded = [&](std::size_t axis, std::int64_t at) {
        return at >= -window.pads_begin[axis] && at < in[axis + 2] + window.pads_end[axis];
    };
    float* result = floats(output);
    for (std::int64_t sample = 0; sample < call.samples; ++sample) {
        const float* image = floats(call.inputs[0]) + sample * in[2] * in[3] * channels;
        for (std::int64_t place = 0; place < out[2] * out[3]; ++place, result += channels) {
            std::fill(result, result + channels, rule.start);
            std::int64_t count = 0;
            std::int64_t padded = 0;
            for (std::int64_t tap = 0; tap < window.kernel[0] * window.kernel[1]; ++tap) {
                const std::int64_t row = position(0, place / out[3], tap / window.kernel[1]);
                const std::int64_t column = position(1, place % out[3], tap % window.kernel[1]);
                if (is_padded(0, row) && is_padded(1, column)) ++padded;
                if (!is_inside(0, row) || !is_inside(1, column)) continue;
                ++count;
                rule.gather(result, image + (row * in[3] + column) * channels, channels);
            }
            rule.finish(result, count, padded, channels);
        }
    }
    return output;
}

void gather_sum(float* result, const float* element, std::int64_t channels) {
    for (std::int64_t c = 0; c < channels; ++c) result[c] += element[c];
}

void gather_maximum(float* result, const float* element, std::int64_t channels) {
    for (std::int64_t c = 0; c < channels; ++c) result[c] = std::max(result[c], element[c]);
}

void divide(float* result, std::int64_t divisor, std::int64_t channels) {
    for (std::int64_t c = 0; c < channels; ++c) result[c] /= static_cast<float>(divisor);
}

constexpr PoolRule kMaximum{-std::numeric_limits<float>::infinity(), gather_maximum,
                            [](float*, std::int64_t, std::int64_t, std::int64_t) {}};
constexpr PoolRule kMeanOfElements{0.0F, gather_sum,
                                   [](float* result, std::int64_t count, std::int64_t,
                                      std::int64_t channels) { divide(result, count, channels); }};
constexpr PoolRule kMeanOfPadded{0.0F, gather_sum,
                                 [](float* result, std::int64_t, std::int64_t padded, std::int64_t channels) {
                                     divide(result, padded, channels);
                                 }};

memory max_pool(const FloatCall& call) {
    return pool(call, pool_attributes(call.node, call.network).window, kMaximum);
}

memory average_pool(const FloatCall& call) {
    const PoolAttributes attributes = pool_attributes(call.node, call.network);
    return pool(call, attributes.window, attributes.counts_padding ? kMeanOfPadded : kMeanOfElements);
}

memory global_average_pool(const FloatCall& call) {
    const memory::dims in = call.inputs[0].get_desc().dims();
    return pool(call, {.kernel = {in[2], in[3]}}, kMeanOfElements);
}

memory reshape(const FloatCall& call) { return reshaped(call.inputs[0], output_extents(call)); }

memory identity(const FloatCall& call) { return call.inputs[0]; }

memory softmax(const FloatCall& call) {
    const memory& input = call.inputs[0];
    const memory output = new_output(call);
    const dnnl::softmax_forward::primitive_desc description(
        {dnnl::prop_kind::forward_inference, input.get_desc(), /*softmax_axis=*/1}, cpu());
    execute(dnnl::softmax_forward(description), {{DNNL_ARG_SRC, input}, {DNNL_ARG_DST, output}});
    return output;
}

memory pad(const FloatCall& call) {
    const PadAttributes attributes = pad_attributes(call.node, call.network);
    const memory& input = call.inputs[0];
    const memory output = new_output(call);
    std::fill(floats(output), floats(output) + elements(output_extents(call)), attributes.value);
    const memory inside(
        output.get_desc().submemory_desc(input.get_desc().dims(),
                                         {attributes.pads_begin.begin(), attributes.pads_begin.end()}),
        cpu(), output.get_data_handle());
    execute(dnnl::reorder(input, inside), {{DNNL_ARG_FROM, input}, {DNNL_ARG_TO, inside}});
    return output;
}

// Keep it sorted.
constexpr std::array kKernels{
    FloatKernel{"Add", add},
    FloatKernel{"AveragePool", average_pool},
    FloatKernel{"BatchNormalization", batch_normalization},
    FloatKernel{"Clip", clip},
    FloatKernel{"Conv", conv},
    FloatKernel{"Flatten", reshape},
    FloatKernel{"Gemm", gemm},
    FloatKernel{"GlobalAveragePool", global_average_pool},
    FloatKernel{"Identity", identity},
    FloatKernel{"MaxPool", max_pool},
    FloatKernel{"Pad", pad},
    FloatKernel{"Relu", relu},
    FloatKernel{"Reshape", reshape},
    FloatKernel{"Softmax", softmax},
};

} // namespace

std::span<const FloatKernel> float_kernels() { return kKernels; }

const FloatKernel* find_float_kernel(std::string_view type) {
    const auto* const found = std::find_if(kKernels.begin(), kKernels.end(),
                                           [&](const FloatKernel& kernel) { return kernel.type == type; });
    return found == kKernels.end() ? nullptr : found;
}

memory::desc kernel_layout(const memory::dims& extents) {
    if (extents.size() != 4) return onnx_layout(extents);
    return {extents, memory::data_type::f32, memory::format_tag::nhwc};
}

memory::desc onnx_layout(const memory::dims& extents) {
    memory::dims strides(extents.size(), 1);
    for (std::size_t i = extents.size(); i-- > 1;) strides[i - 1] = strides[i] * extents[i];
    return {extents, memory::data_type::f32, strides};
}

memory::dims batched(const Shape& shape, std::int64_t samples) {
    memory::dims extents(shape.begin(), shape.end());
    for (auto& extent : extents) {
        if (extent == kBatch) extent = samples;
    }
    return extents;
}

} // namespace tandem
