// Float kernels of the poolings. A row of channels is one run of memory, so each tap is a vector operation.
#include <algorithm>
#include <limits>

#include "tandem/engine/float_kernel_list.h"
#include "tandem/engine/float_tensors.h"
#include "tandem/network/operators/operators.h"

namespace tandem::float_kernels {

using dnnl::memory;
using onednn::cpu;

namespace {

/// What a pooling does with the elements of a window, for a row of channels.
struct PoolRule {
    float start;
    void (*gather)(float* result, const float* element, std::int64_t channels);
    /// `count` elements were inside the input, `padded` inside the input or its pads.
    void (*finish)(float* result, std::int64_t count, std::int64_t padded, std::int64_t channels);
};

memory pool(const FloatCall& call, const Window& window, const PoolRule& rule) {
    const memory input = as_image(call.inputs[0]);
    const memory::dims in = input.get_desc().dims();
    memory::dims out = output_extents(call);
    if (out.size() == 3) out.insert(out.begin() + 2, 1);
    const memory output(kernel_layout(out), cpu());
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
        const float* image = floats(input) + sample * in[2] * in[3] * channels;
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
    return from_image(output, call);
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

Window whole_image(const FloatCall& call) {
    const memory::dims in = call.inputs[0].get_desc().dims();
    return {.kernel = {in.size() == 3 ? 1 : in[2], in.back()}};
}

} // namespace

memory max_pool(const FloatCall& call) {
    return pool(call, pool_attributes(call.node, call.network).window, kMaximum);
}

memory average_pool(const FloatCall& call) {
    const PoolAttributes attributes = pool_attributes(call.node, call.network);
    return pool(call, attributes.window, attributes.counts_padding ? kMeanOfPadded : kMeanOfElements);
}

memory global_average_pool(const FloatCall& call) { return pool(call, whole_image(call), kMeanOfElements); }

memory global_max_pool(const FloatCall& call) { return pool(call, whole_image(call), kMaximum); }

} // namespace tandem::float_kernels
