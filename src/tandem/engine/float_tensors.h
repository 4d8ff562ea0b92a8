// What float kernels share: the extents and layout of their output, and loops over tensors by strides.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "tandem/core/check.h"
#include "tandem/engine/float_kernels.h"

namespace tandem::float_kernels {

using Extents = dnnl::memory::dims;
/// oneDNN's bound.
inline constexpr std::size_t kMaximumRank = DNNL_MAX_NDIMS;

/// The extents of the node's output, the batch filled in.
Extents output_extents(const FloatCall& call);
/// Memory for the node's output, in the kernels' layout.
dnnl::memory new_output(const FloatCall& call);
bool has_input(const FloatCall& call, std::size_t index);
std::int64_t element_count(const Extents& extents);
/// The product of extents from `first` to before `end`.
std::int64_t product(const Extents& extents, std::size_t first, std::size_t end);

/// A layer's bias as a vector of `channels`; zeros where the node has none.
dnnl::memory bias_vector(const FloatCall& call, std::int64_t channels);

/// The distance in elements between neighbours along each dimension of a plain (unblocked) memory.
Extents strides_of(const dnnl::memory& memory);

/// The values in ONNX's order: the memory itself where they lie so already.
dnnl::memory row_major(const dnnl::memory& input);
/// Values in ONNX's order as the node's output.
dnnl::memory as_output(const FloatCall& call, const dnnl::memory& values);
/// The same values under other extents, in ONNX's order.
dnnl::memory reshaped(const dnnl::memory& input, const Extents& extents);

/// (batch, channels, columns) as (batch, channels, 1, columns), and back; other ranks as they are.
dnnl::memory as_image(const dnnl::memory& input);
dnnl::memory from_image(const dnnl::memory& image, const FloatCall& call);

/// Calls row(offsets, count) for runs of elements: `offsets` holds, for each of the stride lists, where the
/// run begins; within it the elements lie strides[i].back() apart. Dimensions are visited in the order given.
template <std::size_t Tensors, class Row>
void for_each_row(const Extents& extents, const std::array<Extents, Tensors>& strides, const Row& row) {
    if (element_count(extents) == 0) return;
    std::array<std::int64_t, Tensors> offsets{};
    if (extents.empty()) return row(offsets, std::int64_t{1});
    std::array<std::int64_t, kMaximumRank> place{};
    TANDEM_CHECK(extents.size() <= place.size(), "a tensor of a rank that oneDNN knows");
    const std::size_t outer = extents.size() - 1;
    for (std::int64_t rows = product(extents, 0, outer); rows > 0; --rows) {
        row(offsets, extents.back());
        for (std::size_t d = outer; d-- > 0;) {
            for (std::size_t t = 0; t < Tensors; ++t) offsets[t] += strides[t][d];
            if (++place[d] < extents[d]) break;
            for (std::size_t t = 0; t < Tensors; ++t) offsets[t] -= extents[d] * strides[t][d];
            place[d] = 0;
        }
    }
}

/// Dimensions and the strides of tensors over them, ordered so that the first tensor's strides fall: loops
/// over them touch its memory in order.
template <std::size_t Tensors> struct Walk {
    Extents extents;
    std::array<Extents, Tensors> strides;
};
template <std::size_t Tensors> Walk<Tensors> in_memory_order(const Walk<Tensors>& walk) {
    std::vector<std::size_t> order(walk.extents.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    // Insertion sort: ranks are small, and equal strides keep their order.
    for (std::size_t i = 1; i < order.size(); ++i) {
        for (std::size_t k = i; k > 0 && walk.strides[0][order[k - 1]] < walk.strides[0][order[k]]; --k) {
            std::swap(order[k - 1], order[k]);
        }
    }
    Walk<Tensors> sorted;
    for (const std::size_t d : order) {
        sorted.extents.push_back(walk.extents[d]);
        for (std::size_t t = 0; t < Tensors; ++t) sorted.strides[t].push_back(walk.strides[t][d]);
    }
    return sorted;
}

/// Copies elements between two places of one or two memories: `to` and `from` point at the first element.
void copy_strided(float* to, const Extents& to_strides, const float* from, const Extents& from_strides,
                  const Extents& extents);

} // namespace tandem::float_kernels
