// Float kernels, one an operator. Tensors of rank 4 lie channel-last, where oneDNN's kernels need no
// blocked copies; all others lie row-major.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "tandem/engine/onednn.h"
#include "tandem/network/network.h"

namespace tandem {

/// What a kernel sees: the node and, by input, its values (an empty memory for one left out).
struct FloatCall {
    const Node& node;
    const Network& network;
    std::int64_t samples;
    std::vector<dnnl::memory> inputs;
};

struct FloatKernel {
    std::string_view type;
    dnnl::memory (*execute)(const FloatCall& call);
};

/// Every kernel, sorted by operator type.
std::span<const FloatKernel> known_float_kernels();
const FloatKernel* find_float_kernel(std::string_view type);

/// The layout in which kernels keep a tensor of these extents (no kBatch among them), and ONNX's.
dnnl::memory::desc kernel_layout(const dnnl::memory::dims& extents);
dnnl::memory::desc onnx_layout(const dnnl::memory::dims& extents);
/// The extents of an activation with the batch filled in.
dnnl::memory::dims batched(const Shape& shape, std::int64_t samples);

inline float* floats(const dnnl::memory& memory) { return static_cast<float*>(memory.get_data_handle()); }

} // namespace tandem
