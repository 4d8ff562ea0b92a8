// Float kernels of the operators that multiply by weights: Conv, ConvTranspose, Gemm, MatMul.
#include <algorithm>
#include <span>

#include "tandem/engine/float_kernel_list.h"
#include "tandem/engine/float_tensors.h"
#include "tandem/network/operators/operators.h"

namespace tandem::float_kernels {

using dnnl::memory;
using onednn::cpu;
using onednn::execute;
using onednn::in_layout;

namespace {

/// Extents in two dimensions: those of a one-dimensional operand get a row of one.
memory::dims as_planes(const memory::dims& extents) {
    if (extents.size() != 3) return extents;
    return {extents[0], extents[1], 1, extents[2]};
}

} // namespace

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
    const memory input = as_image(call.inputs[0]);
    memory::dims extents = as_planes(call.inputs[1].get_desc().dims());
    memory weights(onnx_layout(extents), cpu(), floats(call.inputs[1]));
    const std::int64_t channels = extents[0];
    if (groups > 1) {
        extents = {groups, extents[0] / groups, extents[1], extents[2], extents[3]};
        weights = memory({extents, memory::data_type::f32, memory::format_tag::abcde}, cpu(),
                         floats(call.inputs[1]));
    }
    // Kernels read ONNX's order of weights slowly, so these go into the library's own layout.
    const memory bias = bias_vector(call, channels);
    const memory::dims image = as_planes(output_extents(call));
    const memory output(kernel_layout(image), cpu());
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
    return from_image(output, call);
}

memory conv_transpose(const FloatCall& call) {
    const auto [window, output_padding, groups] = conv_transpose_attributes(call.node, call.network);
    const memory input = as_image(call.inputs[0]);
    const memory::dims image = as_planes(output_extents(call));
    const std::int64_t group_inputs = input.get_desc().dims()[1] / groups;
    const std::int64_t group_outputs = image[1] / groups;
    const std::int64_t taps = window.kernel[0] * window.kernel[1];
    // ONNX stores (inputs, outputs of a group, rows, columns), oneDNN names outputs first.
    const memory::dims extents{groups, group_outputs, group_inputs, window.kernel[0], window.kernel[1]};
    const memory::dims strides{group_inputs * group_outputs * taps, taps, group_outputs * taps,
                               window.kernel[1], 1};
    const memory weights({extents, memory::data_type::f32, strides}, cpu(), floats(call.inputs[1]));
    const memory bias = bias_vector(call, image[1]);
    const memory output(kernel_layout(image), cpu());
    // Output padding adds rows and columns at the end, which is what fewer pads there do.
    const dnnl::deconvolution_forward::primitive_desc description(
        {dnnl::prop_kind::forward_inference,
         dnnl::algorithm::deconvolution_direct,
         input.get_desc(),
         {extents, memory::data_type::f32, memory::format_tag::any},
         bias.get_desc(),
         output.get_desc(),
         {window.strides[0], window.strides[1]},
         {window.dilations[0] - 1, window.dilations[1] - 1},
         {window.pads_begin[0], window.pads_begin[1]},
         {window.pads_end[0] - output_padding[0], window.pads_end[1] - output_padding[1]}},
        cpu());
    execute(dnnl::deconvolution_forward(description),
            {{DNNL_ARG_SRC, input},
             {DNNL_ARG_WEIGHTS, in_layout(weights, description.weights_desc())},
             {DNNL_ARG_BIAS, bias},
             {DNNL_ARG_DST, output}});
    return from_image(output, call);
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
    memory output = new_output(call);
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

memory mat_mul(const FloatCall& call) {
    const memory left = row_major(call.inputs[0]);
    const memory right = row_major(call.inputs[1]);
    const memory::dims extents = output_extents(call);
    const std::size_t rank = extents.size();
    // Leading extents as one; a constant factor serves them all.
    const auto as_matrices = [&](const memory& factor) {
        const memory::dims own = factor.get_desc().dims();
        const std::size_t last = own.size();
        const memory::dims matrices{product(own, 0, last - 2), own[last - 2], own[last - 1]};
        return memory(onnx_layout(matrices), cpu(), factor.get_data_handle());
    };
    const memory a = as_matrices(left);
    const memory b = as_matrices(right);
    const memory result(onnx_layout(extents), cpu());
    const memory c(onnx_layout({product(extents, 0, rank - 2), extents[rank - 2], extents[rank - 1]}), cpu(),
                   result.get_data_handle());
    const bool is_flat = rank == 2;
    const auto flat = [&](const memory& whole) {
        const memory::dims own = whole.get_desc().dims();
        return is_flat ? memory(onnx_layout({own[1], own[2]}), cpu(), whole.get_data_handle()) : whole;
    };
    const memory first = flat(a);
    const memory second = flat(b);
    const memory third = flat(c);
    const dnnl::matmul::primitive_desc description(
        dnnl::matmul::desc(first.get_desc(), second.get_desc(), third.get_desc()), cpu());
    execute(dnnl::matmul(description),
            {{DNNL_ARG_SRC, first}, {DNNL_ARG_WEIGHTS, second}, {DNNL_ARG_DST, third}});
    return as_output(call, result);
}

} // namespace tandem::float_kernels
