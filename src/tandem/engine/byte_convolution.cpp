#include "tandem/engine/byte_convolution.h"

#include <algorithm>
#include <string_view>
#include <unordered_map>

#include "tandem/core/check.h"

namespace tandem {
namespace {

using dnnl::memory;

memory::data_type data_type(ElementType type) {
    switch (type) {
    case ElementType::u8: return memory::data_type::u8;
    case ElementType::s8: return memory::data_type::s8;
    case ElementType::s32: return memory::data_type::s32;
    case ElementType::u16:
    case ElementType::s16: break;
    }
    TANDEM_CHECK(false, "a type of convolutions of bytes");
    return memory::data_type::undef;
}

memory::dims weight_extents(const ConvolutionShape& shape) {
    const auto [rows, columns] = shape.window.kernel;
    const std::int64_t inputs = shape.input.channels;
    const std::int64_t outputs = shape.output.channels;
    if (shape.groups == 1) return {outputs, inputs, rows, columns};
    return {shape.groups, outputs / shape.groups, inputs / shape.groups, rows, columns};
}

memory::desc image(std::int64_t samples, const Extents& extents, ElementType type) {
    return {{samples, extents.channels, extents.rows, extents.columns},
            data_type(type),
            memory::format_tag::nhwc};
}

/// What the library does to a sum after the convolution. Saturation to the type is its own.
dnnl::primitive_attr attributes_of(const std::optional<ByteOutput>& output) {
    dnnl::primitive_attr attributes;
    attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user); // the library's own is not for threads
    if (!output) return attributes;
    attributes.set_output_scales(output->scales.size() == 1 ? 0 : 1 << 1, output->scales);
    dnnl::post_ops then;
    if (output->residual) {
        then.append_sum(output->residual->scale, 0, data_type(output->residual->type));
    }
    if (output->clamp) {
        then.append_eltwise(1.0F, dnnl::algorithm::eltwise_clip, static_cast<float>(output->clamp->minimum),
                            static_cast<float>(output->clamp->maximum));
    }
    attributes.set_post_ops(then);
    return attributes;
}

} // namespace

ByteConvolution::ByteConvolution(const ConvolutionShape& shape, std::optional<ByteOutput> output)
    : shape_(shape), output_(std::move(output)), kernels_{make_kernel(shape.batch), make_kernel(1)} {
    if (!output_) return;
    bias_ = memory(kernels_[0].description.bias_desc(), onednn::cpu());
    std::copy(output_->bias.begin(), output_->bias.end(), static_cast<float*>(bias_.get_data_handle()));
}

ByteConvolution::Kernel ByteConvolution::make_kernel(std::int64_t samples) const {
    const Window& window = shape_.window;
    const memory::desc weights(weight_extents(shape_), memory::data_type::s8, memory::format_tag::any);
    const memory::dims strides{window.strides[0], window.strides[1]};
    const memory::dims dilations{window.dilations[0] - 1, window.dilations[1] - 1};
    const memory::dims begin{window.pads_begin[0], window.pads_begin[1]};
    const memory::dims end{window.pads_end[0], window.pads_end[1]};
    const memory::desc source = image(samples, shape_.input, shape_.source);
    const memory::desc bias({shape_.output.channels}, memory::data_type::f32, memory::format_tag::a);
    constexpr auto kUse = dnnl::prop_kind::forward_inference;
    constexpr auto kHow = dnnl::algorithm::convolution_direct;
    const auto description =
        output_ ? dnnl::convolution_forward::desc(kUse, kHow, source, weights, bias,
                                                  image(samples, shape_.output, output_->type), strides,
                                                  dilations, begin, end)
                : dnnl::convolution_forward::desc(kUse, kHow, source, weights,
                                                  image(samples, shape_.output, ElementType::s32), strides,
                                                  dilations, begin, end);
    const dnnl::convolution_forward::primitive_desc chosen(description, attributes_of(output_),
                                                           onednn::cpu());
    return {chosen, dnnl::convolution_forward(chosen)};
}

bool ByteConvolution::has_dot_products() const {
    return std::all_of(kernels_.begin(), kernels_.end(), [](const Kernel& kernel) {
        const std::string_view name = kernel.description.impl_info_str();
        return name.find("vnni") != std::string_view::npos || name.find("amx") != std::string_view::npos;
    });
}

bool ByteConvolution::is_reference() const {
    return std::any_of(kernels_.begin(), kernels_.end(), [](const Kernel& kernel) {
        return std::string_view(kernel.description.impl_info_str()).substr(0, 3) == "ref";
    });
}

bool ByteConvolution::keeps_integers() const {
    return std::all_of(kernels_.begin(), kernels_.end(), [](const Kernel& kernel) {
        return std::string_view(kernel.description.impl_info_str()).substr(0, 2) == "br";
    });
}

void ByteConvolution::add_weights(std::span<const std::int8_t> weights) {
    const memory::desc plain(weight_extents(shape_), memory::data_type::s8,
                             shape_.groups == 1 ? memory::format_tag::ohwi : memory::format_tag::gohwi);
    // oneDNN takes no pointer to const; a source is only read.
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast)
    const memory given(plain, onednn::cpu(), const_cast<std::int8_t*>(weights.data()));
    auto& own = weights_.emplace_back();
    for (std::size_t i = 0; i < kernels_.size(); ++i) {
        const memory::desc wanted = kernels_[i].description.weights_desc();
        if (i > 0 && wanted == own[0].get_desc()) {
            own[i] = own[0];
            continue;
        }
        own[i] = memory(wanted, onednn::cpu());
        onednn::execute(dnnl::reorder(given, own[i]), {{DNNL_ARG_FROM, given}, {DNNL_ARG_TO, own[i]}});
    }
}

std::size_t ByteConvolution::scratchpad_bytes() const {
    return std::max(kernels_[0].description.scratchpad_desc().get_size(),
                    kernels_[1].description.scratchpad_desc().get_size());
}

void ByteConvolution::run(Samples samples, const void* source, std::size_t weight_set, void* output,
                          void* scratchpad) const {
    const Kernel& kernel = this->kernel(samples);
    const auto& description = kernel.description;
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast)
    auto* const bytes = const_cast<void*>(source);
    std::unordered_map<int, memory> arguments{
        {DNNL_ARG_SRC, memory(description.src_desc(), onednn::cpu(), bytes)},
        {DNNL_ARG_WEIGHTS, weights_[weight_set][samples == Samples::one ? 1 : 0]},
        {DNNL_ARG_DST, memory(description.dst_desc(), onednn::cpu(), output)},
        {DNNL_ARG_SCRATCHPAD, memory(description.scratchpad_desc(), onednn::cpu(), scratchpad)}};
    if (output_) arguments.emplace(DNNL_ARG_BIAS, bias_);
    onednn::execute(kernel.primitive, arguments);
}

} // namespace tandem
