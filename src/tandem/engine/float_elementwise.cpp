// Float kernels that map elements one by one, of one tensor or of several broadcast together.
#include <algorithm>
#include <cmath>
#include <numbers>

#include "tandem/engine/float_kernel_list.h"
#include "tandem/engine/float_tensors.h"
#include "tandem/network/operators/operators.h"

namespace tandem::float_kernels {

using dnnl::memory;
using onednn::cpu;

namespace {

template <class Function> memory mapped(const FloatCall& call, const Function& function) {
    const memory output = new_output(call);
    const float* from = floats(call.inputs[0]);
    std::transform(from, from + element_count(output_extents(call)), floats(output), function);
    return output;
}

/// The strides with which a tensor is read when it is broadcast to an output of that rank: 0 where it
/// repeats.
Extents broadcast_strides(const memory& tensor, std::size_t rank) {
    const Extents own = tensor.get_desc().dims();
    const Extents strides = strides_of(tensor);
    Extents result(rank, 0);
    // A scalar is kept as one element of rank 1.
    const std::size_t offset = rank - std::min(rank, own.size());
    for (std::size_t i = 0; i + offset < rank; ++i) result[i + offset] = own[i] == 1 ? 0 : strides[i];
    return result;
}

template <class Function>
memory combined(const FloatCall& call, const memory& left, const memory& right, const Function& function) {
    const memory output = new_output(call);
    if (left.get_desc() == output.get_desc() && right.get_desc() == output.get_desc()) {
        const float* from = floats(left);
        std::transform(from, from + element_count(output_extents(call)), floats(right), floats(output),
                       function);
        return output;
    }
    const Extents extents = output_extents(call);
    const Walk<3> walk =
        in_memory_order<3>({.extents = extents,
                            .strides = {strides_of(output), broadcast_strides(left, extents.size()),
                                        broadcast_strides(right, extents.size())}});
    const std::int64_t left_step = walk.strides[1].back();
    const std::int64_t right_step = walk.strides[2].back();
    for_each_row(walk.extents, walk.strides, [&](const auto& offsets, std::int64_t count) {
        float* to = floats(output) + offsets[0];
        const float* a = floats(left) + offsets[1];
        const float* b = floats(right) + offsets[2];
        for (std::int64_t i = 0; i < count; ++i) to[i] = function(a[i * left_step], b[i * right_step]);
    });
    return output;
}

template <class Function> memory combined(const FloatCall& call, const Function& function) {
    return combined(call, call.inputs[0], call.inputs[1], function);
}

/// All inputs, combined from left to right.
template <class Function> memory folded(const FloatCall& call, const Function& function) {
    // One alone is combined with itself, which leaves it as it is.
    memory result = combined(call, call.inputs[0], call.inputs[call.inputs.size() > 1 ? 1 : 0], function);
    for (std::size_t i = 2; i < call.inputs.size(); ++i) {
        result = combined(call, result, call.inputs[i], function);
    }
    return result;
}

memory clipped(const FloatCall& call, const ClipBounds& bounds) {
    return mapped(call, [&](float x) { return std::min(std::max(x, bounds.minimum), bounds.maximum); });
}

} // namespace

memory abs(const FloatCall& call) {
    return mapped(call, [](float x) { return std::abs(x); });
}

memory add(const FloatCall& call) { return combined(call, std::plus<float>()); }

memory cast(const FloatCall& call) {
    if (!drops_fraction(call.node)) return call.inputs[0];
    return mapped(call, [](float x) { return std::trunc(x); });
}

memory clip(const FloatCall& call) { return clipped(call, clip_bounds(call.node, call.network)); }

memory div(const FloatCall& call) { return combined(call, std::divides<float>()); }

memory elu(const FloatCall& call) {
    const float alpha = elu_attributes(call.node).alpha;
    return mapped(call, [=](float x) { return x < 0.0F ? alpha * std::expm1(x) : x; });
}

memory erf(const FloatCall& call) {
    return mapped(call, [](float x) { return std::erf(x); });
}

memory exp(const FloatCall& call) {
    return mapped(call, [](float x) { return std::exp(x); });
}

memory floor(const FloatCall& call) {
    return mapped(call, [](float x) { return std::floor(x); });
}

memory gelu(const FloatCall& call) {
    if (gelu_is_approximate(call.node)) {
        const float factor = std::sqrt(2.0F / std::numbers::pi_v<float>);
        return mapped(call, [=](float x) {
            return 0.5F * x * (1.0F + std::tanh(factor * (x + 0.044715F * x * x * x)));
        });
    }
    return mapped(call,
                  [](float x) { return 0.5F * x * (1.0F + std::erf(x / std::numbers::sqrt2_v<float>)); });
}

memory hard_sigmoid(const FloatCall& call) {
    const ActivationAttributes line = hard_sigmoid_attributes(call.node);
    return mapped(call, [=](float x) { return std::max(0.0F, std::min(1.0F, line.alpha * x + line.beta)); });
}

memory hard_swish(const FloatCall& call) {
    return mapped(call, [](float x) { return x * std::max(0.0F, std::min(1.0F, x / 6.0F + 0.5F)); });
}

memory leaky_relu(const FloatCall& call) {
    const float alpha = leaky_relu_attributes(call.node).alpha;
    return mapped(call, [=](float x) { return x < 0.0F ? alpha * x : x; });
}

memory log(const FloatCall& call) {
    return mapped(call, [](float x) { return std::log(x); });
}

memory max(const FloatCall& call) {
    return folded(call, [](float a, float b) { return std::max(a, b); });
}

memory min(const FloatCall& call) {
    return folded(call, [](float a, float b) { return std::min(a, b); });
}

memory mul(const FloatCall& call) { return combined(call, std::multiplies<float>()); }

memory neg(const FloatCall& call) { return mapped(call, std::negate<float>()); }

memory p_relu(const FloatCall& call) {
    return combined(call, [](float x, float slope) { return x < 0.0F ? slope * x : x; });
}

memory pow(const FloatCall& call) {
    return combined(call, [](float base, float exponent) { return std::pow(base, exponent); });
}

memory reciprocal(const FloatCall& call) {
    return mapped(call, [](float x) { return 1.0F / x; });
}

memory relu(const FloatCall& call) { return clipped(call, {.minimum = 0.0F}); }

memory round(const FloatCall& call) {
    // The default rounding of the processor: to the nearest, to the even one of two.
    return mapped(call, [](float x) { return std::nearbyint(x); });
}

memory selu(const FloatCall& call) {
    const ActivationAttributes curve = selu_attributes(call.node);
    return mapped(call, [=](float x) { return curve.gamma * (x < 0.0F ? curve.alpha * std::expm1(x) : x); });
}

memory sigmoid(const FloatCall& call) {
    return mapped(call, [](float x) { return 1.0F / (1.0F + std::exp(-x)); });
}

memory sign(const FloatCall& call) {
    return mapped(call, [](float x) { return x > 0.0F ? 1.0F : x < 0.0F ? -1.0F : 0.0F; });
}

memory softplus(const FloatCall& call) {
    // log(1 + exp(x)) without overflow: exp of a number that is not positive.
    return mapped(call, [](float x) { return std::max(x, 0.0F) + std::log1p(std::exp(-std::abs(x))); });
}

memory sqrt(const FloatCall& call) {
    return mapped(call, [](float x) { return std::sqrt(x); });
}

memory sub(const FloatCall& call) { return combined(call, std::minus<float>()); }

memory tanh(const FloatCall& call) {
    return mapped(call, [](float x) { return std::tanh(x); });
}

} // namespace tandem::float_kernels
