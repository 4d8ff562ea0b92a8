// The float kernel of each operator, defined in the file of its kind; float_kernels.cpp lists them.
#pragma once

#include "tandem/engine/float_kernels.h"

namespace tandem::float_kernels {

dnnl::memory abs(const FloatCall& call);
dnnl::memory add(const FloatCall& call);
dnnl::memory arg_max(const FloatCall& call);
dnnl::memory average_pool(const FloatCall& call);
dnnl::memory batch_normalization(const FloatCall& call);
dnnl::memory cast(const FloatCall& call);
dnnl::memory clip(const FloatCall& call);
dnnl::memory concat(const FloatCall& call);
dnnl::memory conv(const FloatCall& call);
dnnl::memory conv_transpose(const FloatCall& call);
dnnl::memory depth_to_space(const FloatCall& call);
dnnl::memory div(const FloatCall& call);
dnnl::memory elu(const FloatCall& call);
dnnl::memory erf(const FloatCall& call);
dnnl::memory exp(const FloatCall& call);
dnnl::memory expand(const FloatCall& call);
dnnl::memory floor(const FloatCall& call);
dnnl::memory gather(const FloatCall& call);
dnnl::memory gelu(const FloatCall& call);
dnnl::memory gemm(const FloatCall& call);
dnnl::memory global_average_pool(const FloatCall& call);
dnnl::memory global_max_pool(const FloatCall& call);
dnnl::memory gru(const FloatCall& call);
dnnl::memory hard_sigmoid(const FloatCall& call);
dnnl::memory hard_swish(const FloatCall& call);
dnnl::memory identity(const FloatCall& call);
dnnl::memory instance_normalization(const FloatCall& call);
dnnl::memory layer_normalization(const FloatCall& call);
dnnl::memory leaky_relu(const FloatCall& call);
dnnl::memory log(const FloatCall& call);
dnnl::memory log_softmax(const FloatCall& call);
dnnl::memory lrn(const FloatCall& call);
dnnl::memory lstm(const FloatCall& call);
dnnl::memory mat_mul(const FloatCall& call);
dnnl::memory max(const FloatCall& call);
dnnl::memory max_pool(const FloatCall& call);
dnnl::memory min(const FloatCall& call);
dnnl::memory mul(const FloatCall& call);
dnnl::memory neg(const FloatCall& call);
dnnl::memory p_relu(const FloatCall& call);
dnnl::memory pad(const FloatCall& call);
dnnl::memory pow(const FloatCall& call);
dnnl::memory reciprocal(const FloatCall& call);
dnnl::memory reduce_max(const FloatCall& call);
dnnl::memory reduce_mean(const FloatCall& call);
dnnl::memory reduce_min(const FloatCall& call);
dnnl::memory reduce_sum(const FloatCall& call);
dnnl::memory relu(const FloatCall& call);
dnnl::memory reshape(const FloatCall& call);
dnnl::memory resize(const FloatCall& call);
dnnl::memory round(const FloatCall& call);
dnnl::memory selu(const FloatCall& call);
dnnl::memory sigmoid(const FloatCall& call);
dnnl::memory sign(const FloatCall& call);
dnnl::memory slice(const FloatCall& call);
dnnl::memory softmax(const FloatCall& call);
dnnl::memory softplus(const FloatCall& call);
dnnl::memory space_to_depth(const FloatCall& call);
dnnl::memory sqrt(const FloatCall& call);
dnnl::memory sub(const FloatCall& call);
dnnl::memory tanh(const FloatCall& call);
dnnl::memory transpose(const FloatCall& call);

} // namespace tandem::float_kernels
