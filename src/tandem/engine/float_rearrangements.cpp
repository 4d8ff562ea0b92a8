// Float kernels that move elements without computing: a strided copy each, but for the interpolations of
// Resize.
#include <algorithm>
#include <cmath>

#include "tandem/engine/float_kernel_list.h"
#include "tandem/engine/float_tensors.h"
#include "tandem/network/operators/operators.h"

namespace tandem::float_kernels {

using dnnl::memory;
using onednn::cpu;
using onednn::execute;
using onednn::in_layout;

namespace {

/// The offset of an element.
std::int64_t offset_of(const Extents& place, const Extents& strides) {
    std::int64_t offset = 0;
    for (std::size_t i = 0; i < place.size(); ++i) offset += place[i] * strides[i];
    return offset;
}

/// Where pads lead back into the input along one dimension.
std::int64_t padded_source(std::int64_t place, std::int64_t extent, PadMode mode) {
    if (mode == PadMode::edge) return std::clamp<std::int64_t>(place, 0, extent - 1);
    if (place < 0) return -place;
    return place < extent ? place : 2 * (extent - 1) - place;
}

/// Fills the border of a dimension from what is inside, dimension after dimension: corners come from borders
/// that are filled already.
void fill_borders(const memory& output, const Extents& inner, const PadAttributes& pads) {
    const Extents extents = output.get_desc().dims();
    const Extents strides = strides_of(output);
    Extents begin(pads.pads_begin.begin(), pads.pads_begin.end());
    Extents filled = inner; // along dimensions done so far, all of the output
    for (std::size_t d = 0; d < extents.size(); ++d) {
        Extents slab = filled;
        slab[d] = 1;
        for (std::int64_t place = 0; place < extents[d]; ++place) {
            const std::int64_t inside = place - pads.pads_begin[d];
            if (inside >= 0 && inside < inner[d]) continue;
            Extents to = begin;
            Extents from = begin;
            to[d] = place;
            from[d] = padded_source(inside, inner[d], pads.mode) + pads.pads_begin[d];
            copy_strided(floats(output) + offset_of(to, strides), strides,
                         floats(output) + offset_of(from, strides), strides, slab);
        }
        begin[d] = 0;
        filled[d] = extents[d];
    }
}

/// Two neighbours along a dimension and the weight of the second.
struct Tap {
    std::int64_t first = 0;
    std::int64_t second = 0;
    float weight = 0.0F;
};

/// Where output element `place` lies in the input (ONNX's coordinate_transformation_mode).
double source_of(std::int64_t place, std::int64_t from, std::int64_t to, double factor, ResizeGrid grid) {
    const auto at = static_cast<double>(place);
    switch (grid) {
    case ResizeGrid::align_corners:
        return to == 1 ? 0.0 : at * static_cast<double>(from - 1) / static_cast<double>(to - 1);
    case ResizeGrid::asymmetric: return at / factor;
    case ResizeGrid::half_pixel: return (at + 0.5) / factor - 0.5;
    case ResizeGrid::pytorch_half_pixel: return to == 1 ? 0.0 : (at + 0.5) / factor - 0.5;
    }
    return 0.0;
}

double nearest(double at, NearestRule rule) {
    switch (rule) {
    case NearestRule::ceil: return std::ceil(at);
    case NearestRule::floor: return std::floor(at);
    case NearestRule::round_prefer_ceil: return std::floor(at + 0.5);
    case NearestRule::round_prefer_floor: return std::ceil(at - 0.5);
    }
    return at;
}

std::vector<Tap> taps_of(const ResizeAttributes& resize, std::int64_t from, std::int64_t to, double factor) {
    std::vector<Tap> taps;
    const auto last = static_cast<double>(from - 1);
    for (std::int64_t place = 0; place < to; ++place) {
        const double at = source_of(place, from, to, factor, resize.grid);
        if (!resize.is_linear) {
            const auto index = static_cast<std::int64_t>(std::clamp(nearest(at, resize.nearest), 0.0, last));
            taps.push_back({.first = index, .second = index});
            continue;
        }
        const double inside = std::clamp(at, 0.0, last);
        const auto first = static_cast<std::int64_t>(std::floor(inside));
        taps.push_back({.first = first,
                        .second = std::min(first + 1, from - 1),
                        .weight = static_cast<float>(inside - std::floor(inside))});
    }
    return taps;
}

/// One dimension of row-major values resized.
memory resized(const memory& input, std::size_t axis, const std::vector<Tap>& taps) {
    Extents extents = input.get_desc().dims();
    const std::int64_t inner = product(extents, axis + 1, extents.size());
    const std::int64_t outer = product(extents, 0, axis);
    const std::int64_t from_extent = extents[axis];
    extents[axis] = std::ssize(taps);
    memory result(onnx_layout(extents), cpu());
    float* to = floats(result);
    for (std::int64_t set = 0; set < outer; ++set) {
        const float* from = floats(input) + set * from_extent * inner;
        for (const Tap& tap : taps) {
            const float* first = from + tap.first * inner;
            const float* second = from + tap.second * inner;
            for (std::int64_t i = 0; i < inner; ++i) to[i] = first[i] + tap.weight * (second[i] - first[i]);
            to += inner;
        }
    }
    return result;
}

/// Six dimensions of pixels in blocks, in the order of a plain (batch, channels, rows, columns) tensor split
/// up.
Extents block_strides(const Extents& strides, std::int64_t size) {
    return {strides[0], strides[1], strides[2] * size, strides[2], strides[3] * size, strides[3]};
}

} // namespace

memory concat(const FloatCall& call) {
    const std::size_t axis = axis_attribute(call.node, call.network);
    const memory output = new_output(call);
    Extents begin(output_extents(call).size(), 0);
    for (const memory& input : call.inputs) {
        const Extents extents = input.get_desc().dims();
        copy_strided(floats(output) + offset_of(begin, strides_of(output)), strides_of(output), floats(input),
                     strides_of(input), extents);
        begin[axis] += extents[axis];
    }
    return output;
}

memory depth_to_space(const FloatCall& call) {
    const BlockAttributes block = depth_to_space_attributes(call.node, call.network);
    const memory& input = call.inputs[0];
    const memory output = new_output(call);
    const Extents in = input.get_desc().dims();
    const Extents from = strides_of(input);
    const std::int64_t size = block.size;
    const std::int64_t channels = in[1] / (size * size);
    const std::int64_t channel_step = block.block_is_inner ? size * size : 1;
    const std::int64_t block_step = block.block_is_inner ? 1 : channels;
    copy_strided(floats(output), block_strides(strides_of(output), size), floats(input),
                 {from[0], from[1] * channel_step, from[2], from[1] * block_step * size, from[3],
                  from[1] * block_step},
                 {in[0], channels, in[2], size, in[3], size});
    return output;
}

memory expand(const FloatCall& call) {
    const memory output = new_output(call);
    const memory& input = call.inputs[0];
    const Extents extents = output_extents(call);
    Extents from = strides_of(input);
    for (std::size_t i = 0; i < from.size(); ++i) {
        if (input.get_desc().dims()[i] != extents[i]) from[i] = 0;
    }
    copy_strided(floats(output), strides_of(output), floats(input), from, extents);
    return output;
}

memory gather(const FloatCall& call) {
    const auto [axis, indices] = gather_attributes(call.node, call.network);
    const memory input = row_major(call.inputs[0]);
    const Extents in = input.get_desc().dims();
    const memory result(onnx_layout(output_extents(call)), cpu());
    const std::int64_t inner = product(in, axis + 1, in.size());
    float* to = floats(result);
    for (std::int64_t set = 0; set < product(in, 0, axis); ++set) {
        for (const std::int64_t index : indices) {
            const float* from = floats(input) + (set * in[axis] + index) * inner;
            to = std::copy(from, from + inner, to);
        }
    }
    return as_output(call, result);
}

memory identity(const FloatCall& call) { return call.inputs[0]; }

memory pad(const FloatCall& call) {
    const PadAttributes attributes = pad_attributes(call.node, call.network);
    const memory& input = call.inputs[0];
    const memory output = new_output(call);
    const Extents begin(attributes.pads_begin.begin(), attributes.pads_begin.end());
    const Extents inner = input.get_desc().dims();
    if (attributes.mode == PadMode::constant) {
        std::fill(floats(output), floats(output) + element_count(output_extents(call)), attributes.value);
    }
    const memory inside(output.get_desc().submemory_desc(inner, begin), cpu(), output.get_data_handle());
    execute(dnnl::reorder(input, inside), {{DNNL_ARG_FROM, input}, {DNNL_ARG_TO, inside}});
    if (attributes.mode != PadMode::constant) fill_borders(output, inner, attributes);
    return output;
}

memory reshape(const FloatCall& call) { return reshaped(call.inputs[0], output_extents(call)); }

memory resize(const FloatCall& call) {
    const ResizeAttributes attributes = resize_attributes(call.node, call.network);
    memory result = row_major(call.inputs[0]);
    for (std::size_t axis = 2; axis < attributes.extents.size(); ++axis) {
        const std::int64_t from = result.get_desc().dims()[axis];
        const std::int64_t to = attributes.extents[axis];
        if (from == to && attributes.factors[axis] == 1.0) continue;
        result = resized(result, axis, taps_of(attributes, from, to, attributes.factors[axis]));
    }
    return as_output(call, result);
}

memory slice(const FloatCall& call) {
    const SliceAttributes attributes = slice_attributes(call.node, call.network);
    const memory& input = call.inputs[0];
    const memory output = new_output(call);
    const Extents strides = strides_of(input);
    Extents steps = strides;
    for (std::size_t i = 0; i < steps.size(); ++i) steps[i] *= attributes.steps[i];
    const Extents start(attributes.starts.begin(), attributes.starts.end());
    copy_strided(floats(output), strides_of(output), floats(input) + offset_of(start, strides), steps,
                 output_extents(call));
    return output;
}

memory space_to_depth(const FloatCall& call) {
    const std::int64_t size = space_to_depth_size(call.node, call.network);
    const memory& input = call.inputs[0];
    const memory output = new_output(call);
    const Extents in = input.get_desc().dims();
    const Extents to = strides_of(output);
    copy_strided(floats(output), {to[0], to[1], to[2], to[1] * in[1] * size, to[3], to[1] * in[1]},
                 floats(input), block_strides(strides_of(input), size),
                 {in[0], in[1], in[2] / size, size, in[3] / size, size});
    return output;
}

memory transpose(const FloatCall& call) {
    const memory& input = call.inputs[0];
    const memory output = new_output(call);
    const Extents strides = strides_of(input);
    Extents from;
    for (const std::size_t axis : transpose_order(call.node, call.network)) from.push_back(strides[axis]);
    copy_strided(floats(output), strides_of(output), floats(input), from, output_extents(call));
    return output;
}

} // namespace tandem::float_kernels
