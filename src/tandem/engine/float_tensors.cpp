#include "tandem/engine/float_tensors.h"

#include <algorithm>
#include <functional>
#include <numeric>

#include "tandem/core/check.h"

namespace tandem::float_kernels {

using dnnl::memory;
using onednn::cpu;
using onednn::execute;
using onednn::in_layout;

Extents output_extents(const FloatCall& call) {
    return batched(call.network.shape(call.node.outputs.front()), call.samples);
}

memory new_output(const FloatCall& call) { return memory(kernel_layout(output_extents(call)), cpu()); }

bool has_input(const FloatCall& call, std::size_t index) {
    return index < call.inputs.size() && bool(call.inputs[index]);
}

std::int64_t product(const Extents& extents, std::size_t first, std::size_t end) {
    const auto begin = extents.begin();
    return std::accumulate(begin + static_cast<std::ptrdiff_t>(first),
                           begin + static_cast<std::ptrdiff_t>(end), std::int64_t{1}, std::multiplies<>{});
}

std::int64_t element_count(const Extents& extents) { return product(extents, 0, extents.size()); }

Extents strides_of(const memory& memory) {
    const dnnl_memory_desc_t& layout = memory.get_desc().data;
    TANDEM_CHECK(layout.format_kind == dnnl_blocked && layout.format_desc.blocking.inner_nblks == 0,
                 "a tensor in a plain layout");
    return {layout.format_desc.blocking.strides, layout.format_desc.blocking.strides + layout.ndims};
}

memory row_major(const memory& input) { return in_layout(input, onnx_layout(input.get_desc().dims())); }

memory as_output(const FloatCall& call, const memory& values) {
    return in_layout(values, kernel_layout(output_extents(call)));
}

memory reshaped(const memory& input, const Extents& extents) {
    const memory plain = row_major(input);
    const memory view(onnx_layout(extents), cpu(), plain.get_data_handle());
    memory result(kernel_layout(extents), cpu());
    execute(dnnl::reorder(view, result), {{DNNL_ARG_FROM, view}, {DNNL_ARG_TO, result}});
    return result;
}

memory as_image(const memory& input) {
    const Extents extents = input.get_desc().dims();
    if (extents.size() != 3) return input;
    return reshaped(input, {extents[0], extents[1], 1, extents[2]});
}

memory from_image(const memory& image, const FloatCall& call) {
    const Extents extents = output_extents(call);
    return extents.size() == 3 ? reshaped(image, extents) : image;
}

void copy_strided(float* to, const Extents& to_strides, const float* from, const Extents& from_strides,
                  const Extents& extents) {
    const Walk<2> walk = in_memory_order<2>({.extents = extents, .strides = {to_strides, from_strides}});
    const std::int64_t to_step = walk.strides[0].empty() ? 1 : walk.strides[0].back();
    const std::int64_t from_step = walk.strides[1].empty() ? 1 : walk.strides[1].back();
    for_each_row(walk.extents, walk.strides, [&](const auto& offsets, std::int64_t count) {
        float* target = to + offsets[0];
        const float* source = from + offsets[1];
        if (to_step == 1 && from_step == 1) {
            std::copy(source, source + count, target);
            return;
        }
        for (std::int64_t i = 0; i < count; ++i) target[i * to_step] = source[i * from_step];
    });
}

} // namespace tandem::float_kernels
