#include "tandem/engine/float_kernels.h"

#include <algorithm>
#include <array>

#include "tandem/engine/float_kernel_list.h"

namespace tandem {

using dnnl::memory;

namespace {

// Keep it sorted.
constexpr std::array kKernels{
    FloatKernel{"Abs", float_kernels::abs},
    FloatKernel{"Add", float_kernels::add},
    FloatKernel{"ArgMax", float_kernels::arg_max},
    FloatKernel{"AveragePool", float_kernels::average_pool},
    FloatKernel{"BatchNormalization", float_kernels::batch_normalization},
    FloatKernel{"Cast", float_kernels::cast},
    FloatKernel{"Clip", float_kernels::clip},
    FloatKernel{"Concat", float_kernels::concat},
    FloatKernel{"Conv", float_kernels::conv},
    FloatKernel{"ConvTranspose", float_kernels::conv_transpose},
    FloatKernel{"DepthToSpace", float_kernels::depth_to_space},
    FloatKernel{"Div", float_kernels::div},
    FloatKernel{"Elu", float_kernels::elu},
    FloatKernel{"Erf", float_kernels::erf},
    FloatKernel{"Exp", float_kernels::exp},
    FloatKernel{"Expand", float_kernels::expand},
    FloatKernel{"Flatten", float_kernels::reshape},
    FloatKernel{"Floor", float_kernels::floor},
    FloatKernel{"GRU", float_kernels::gru},
    FloatKernel{"Gather", float_kernels::gather},
    FloatKernel{"Gelu", float_kernels::gelu},
    FloatKernel{"Gemm", float_kernels::gemm},
    FloatKernel{"GlobalAveragePool", float_kernels::global_average_pool},
    FloatKernel{"GlobalMaxPool", float_kernels::global_max_pool},
    FloatKernel{"HardSigmoid", float_kernels::hard_sigmoid},
    FloatKernel{"HardSwish", float_kernels::hard_swish},
    FloatKernel{"Identity", float_kernels::identity},
    FloatKernel{"InstanceNormalization", float_kernels::instance_normalization},
    FloatKernel{"LRN", float_kernels::lrn},
    FloatKernel{"LSTM", float_kernels::lstm},
    FloatKernel{"LayerNormalization", float_kernels::layer_normalization},
    FloatKernel{"LeakyRelu", float_kernels::leaky_relu},
    FloatKernel{"Log", float_kernels::log},
    FloatKernel{"LogSoftmax", float_kernels::log_softmax},
    FloatKernel{"MatMul", float_kernels::mat_mul},
    FloatKernel{"Max", float_kernels::max},
    FloatKernel{"MaxPool", float_kernels::max_pool},
    FloatKernel{"Min", float_kernels::min},
    FloatKernel{"Mul", float_kernels::mul},
    FloatKernel{"Neg", float_kernels::neg},
    FloatKernel{"PRelu", float_kernels::p_relu},
    FloatKernel{"Pad", float_kernels::pad},
    FloatKernel{"Pow", float_kernels::pow},
    FloatKernel{"Reciprocal", float_kernels::reciprocal},
    FloatKernel{"ReduceMax", float_kernels::reduce_max},
    FloatKernel{"ReduceMean", float_kernels::reduce_mean},
    FloatKernel{"ReduceMin", float_kernels::reduce_min},
    FloatKernel{"ReduceSum", float_kernels::reduce_sum},
    FloatKernel{"Relu", float_kernels::relu},
    FloatKernel{"Reshape", float_kernels::reshape},
    FloatKernel{"Resize", float_kernels::resize},
    FloatKernel{"Round", float_kernels::round},
    FloatKernel{"Selu", float_kernels::selu},
    FloatKernel{"Sigmoid", float_kernels::sigmoid},
    FloatKernel{"Sign", float_kernels::sign},
    FloatKernel{"Slice", float_kernels::slice},
    FloatKernel{"Softmax", float_kernels::softmax},
    FloatKernel{"Softplus", float_kernels::softplus},
    FloatKernel{"SpaceToDepth", float_kernels::space_to_depth},
    FloatKernel{"Sqrt", float_kernels::sqrt},
    FloatKernel{"Squeeze", float_kernels::reshape},
    FloatKernel{"Sub", float_kernels::sub},
    FloatKernel{"Tanh", float_kernels::tanh},
    FloatKernel{"Transpose", float_kernels::transpose},
    FloatKernel{"Unsqueeze", float_kernels::reshape},
    FloatKernel{"Upsample", float_kernels::resize},
};

} // namespace

std::span<const FloatKernel> known_float_kernels() { return kKernels; }

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
