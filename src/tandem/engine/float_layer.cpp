#include "tandem/engine/float_layer.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <string_view>

#include "tandem/engine/float_tensors.h"
#include "tandem/network/operators/operators.h"

namespace tandem {
namespace {

using dnnl::memory;
using float_kernels::Extents;
using onednn::cpu;

constexpr auto kUse = dnnl::prop_kind::forward_inference;

/// A parameter in the layout that a primitive wants; a copy of its own, since the caller's may move.
memory own_copy(const memory& given, const memory::desc& wanted) {
    memory own(wanted, cpu());
    onednn::execute(dnnl::reorder(given, own), {{DNNL_ARG_FROM, given}, {DNNL_ARG_TO, own}});
    return own;
}

dnnl::primitive_attr attributes_of(const FloatTail& tail) {
    dnnl::primitive_attr attributes;
    attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user); // the library's own is not for threads
    dnnl::post_ops then;
    if (tail.adds_residual) then.append_sum(1.0F);
    if (tail.limits && tail.limits->minimum == 0.0F && std::isinf(tail.limits->maximum)) {
        then.append_eltwise(1.0F, dnnl::algorithm::eltwise_relu, 0.0F, 0.0F);
    } else if (tail.limits) {
        then.append_eltwise(1.0F, dnnl::algorithm::eltwise_clip, tail.limits->minimum, tail.limits->maximum);
    }
    attributes.set_post_ops(then);
    return attributes;
}

/// The same extents for that many samples, in the kernels' layout.
memory::desc layout_of(Extents extents, std::int64_t samples) {
    extents.front() = samples;
    return kernel_layout(extents);
}

/// Extents of the input and output of a node, of any number of samples.
struct Ends {
    Extents input;
    Extents output;
};

FloatLayer::Kernel prepare_conv(const FloatCall& call, const Ends& ends, const FloatTail& tail,
                                std::int64_t samples) {
    const auto [window, groups] = conv_attributes(call.node, call.network);
    const memory& weights = call.inputs[1];
    Extents extents = weights.get_desc().dims();
    if (groups > 1) extents = {groups, extents[0] / groups, extents[1], extents[2], extents[3]};
    const memory given(onnx_layout(extents), cpu(), weights.get_data_handle());
    const memory bias = float_kernels::bias_vector(call, ends.output[1]);
    const dnnl::convolution_forward::primitive_desc description(
        {kUse,
         dnnl::algorithm::convolution_direct,
         layout_of(ends.input, samples),
         {extents, memory::data_type::f32, memory::format_tag::any},
         bias.get_desc(),
         layout_of(ends.output, samples),
         {window.strides[0], window.strides[1]},
         {window.dilations[0] - 1, window.dilations[1] - 1},
         {window.pads_begin[0], window.pads_begin[1]},
         {window.pads_end[0], window.pads_end[1]}},
        attributes_of(tail), cpu());
    return {dnnl::convolution_forward(description),
            description.src_desc(),
            description.scratchpad_desc(),
            {{DNNL_ARG_WEIGHTS, own_copy(given, description.weights_desc())}, {DNNL_ARG_BIAS, bias}}};
}

FloatLayer::Kernel prepare_gemm(const FloatCall& call, const Ends& ends, const FloatTail& tail,
                                std::int64_t samples) {
    const Extents extents{ends.output.back(), ends.input.back()};
    const bool transposes = gemm_attributes(call.node).transposes_weights;
    const memory given(
        {extents, memory::data_type::f32, transposes ? memory::format_tag::ab : memory::format_tag::ba},
        cpu(), call.inputs[1].get_data_handle());
    const memory bias = float_kernels::bias_vector(call, ends.output.back());
    const dnnl::inner_product_forward::primitive_desc description(
        {kUse,
         layout_of(ends.input, samples),
         {extents, memory::data_type::f32, memory::format_tag::any},
         bias.get_desc(),
         layout_of(ends.output, samples)},
        attributes_of(tail), cpu());
    return {dnnl::inner_product_forward(description),
            description.src_desc(),
            description.scratchpad_desc(),
            {{DNNL_ARG_WEIGHTS, own_copy(given, description.weights_desc())}, {DNNL_ARG_BIAS, bias}}};
}

FloatLayer::Kernel prepare_pool(dnnl::algorithm algorithm, const Window& window, const Ends& ends,
                                std::int64_t samples) {
    const dnnl::pooling_forward::primitive_desc description({kUse,
                                                             algorithm,
                                                             layout_of(ends.input, samples),
                                                             layout_of(ends.output, samples),
                                                             {window.strides[0], window.strides[1]},
                                                             {window.kernel[0], window.kernel[1]},
                                                             {window.pads_begin[0], window.pads_begin[1]},
                                                             {window.pads_end[0], window.pads_end[1]}},
                                                            attributes_of({}), cpu());
    return {dnnl::pooling_forward(description), description.src_desc(), description.scratchpad_desc(), {}};
}

/// Whether the library pools so: windows without gaps that all see some of the input.
bool is_plain(const Window& window) {
    return window.dilations == std::array<std::int64_t, 2>{1, 1} && window.pads_begin[0] < window.kernel[0] &&
           window.pads_begin[1] < window.kernel[1] && window.pads_end[0] < window.kernel[0] &&
           window.pads_end[1] < window.kernel[1];
}

using Prepare = std::function<FloatLayer::Kernel(std::int64_t samples)>;

/// How the node's kernels are made; none for a node that has none.
Prepare preparation(const FloatCall& call, const Ends& ends, const FloatTail& tail) {
    const std::string_view type = call.node.type;
    if (type == "Gemm" && ends.input.size() == 2 && float_kernels::has_input(call, 1)) {
        return [&](std::int64_t samples) { return prepare_gemm(call, ends, tail, samples); };
    }
    if (ends.input.size() != 4 || ends.output.size() != 4) return {};
    if (type == "Conv" && float_kernels::has_input(call, 1)) {
        return [&](std::int64_t samples) { return prepare_conv(call, ends, tail, samples); };
    }
    if (type == "MaxPool" || type == "AveragePool") {
        const PoolAttributes attributes = pool_attributes(call.node, call.network);
        if (!is_plain(attributes.window) || attributes.counts_padding) return {};
        const auto how =
            type == "MaxPool" ? dnnl::algorithm::pooling_max : dnnl::algorithm::pooling_avg_exclude_padding;
        return [&, attributes, how](std::int64_t samples) {
            return prepare_pool(how, attributes.window, ends, samples);
        };
    }
    if (type == "GlobalAveragePool") {
        return [&](std::int64_t samples) {
            return prepare_pool(dnnl::algorithm::pooling_avg_exclude_padding,
                                {.kernel = {ends.input[2], ends.input[3]}}, ends, samples);
        };
    }
    return {};
}

} // namespace

std::unique_ptr<FloatLayer> FloatLayer::prepare(const FloatCall& call, const FloatTail& tail) {
    const Ends ends{.input = batched(call.network.shape(call.node.inputs.front()), call.samples),
                    .output = float_kernels::output_extents(call)};
    const Prepare make = preparation(call, ends, tail);
    if (!make) return nullptr;
    std::array<Kernel, 2> kernels{make(call.samples), make(1)};
    for (auto& [argument, parameter] : kernels[1].parameters) { // most want the same layout
        const memory& other = kernels[0].parameters.at(argument);
        if (parameter.get_desc() == other.get_desc()) parameter = other;
    }
    return std::unique_ptr<FloatLayer>(new FloatLayer(std::move(kernels)));
}

void FloatLayer::run(dnnl::stream& stream, std::int64_t samples, const memory& source, const memory& output,
                     void* scratchpad) const {
    const Kernel& kernel = kernels_[samples == 1 ? 1 : 0];
    std::unordered_map<int, memory> arguments = kernel.parameters;
    arguments[DNNL_ARG_SRC] = onednn::in_layout(source, kernel.source);
    arguments[DNNL_ARG_DST] = output;
    arguments[DNNL_ARG_SCRATCHPAD] = memory(kernel.scratchpad, cpu(), scratchpad);
    kernel.primitive.execute(stream, arguments);
    stream.wait();
}

std::size_t FloatLayer::scratchpad_bytes() const {
    return std::max(kernels_[0].scratchpad.get_size(), kernels_[1].scratchpad.get_size());
}

} // namespace tandem
