#include "tandem/training/plugin/lowerings.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>

#include <ATen/core/ivalue.h>

#include "tandem/core/check.h"
#include "tandem/network/operators/operators.h"

namespace tandem {

namespace {

using torch::Tensor;

const Tensor& input(const LoweringCall& call, std::size_t index) { return call.inputs.at(index); }

/// What LibTorch's operators take: a type of its own in 1.13, the standard one later.
using OptionalTensor = decltype(std::declval<c10::IValue>().toOptional<Tensor>());

OptionalTensor optional_input(const LoweringCall& call, std::size_t index) {
    if (index >= call.inputs.size() || !call.inputs[index].defined()) return {};
    return call.inputs[index];
}

std::array<std::int64_t, 2> no_pads() { return {0, 0}; }

bool is_symmetric(const Window& window) { return window.pads_begin == window.pads_end; }

/// Whether LibTorch's poolings take these pads: equal on both sides, at most half the kernel.
bool suits_pooling(const Window& window) {
    return is_symmetric(window) && 2 * window.pads_begin[0] <= window.kernel[0] &&
           2 * window.pads_begin[1] <= window.kernel[1];
}

Tensor pad_by_window(const Tensor& images, const Window& window, double value) {
    // Innermost dimension first, begin before end.
    return torch::constant_pad_nd(
        images, {window.pads_begin[1], window.pads_end[1], window.pads_begin[0], window.pads_end[0]}, value);
}

Tensor lower_add(const LoweringCall& call) {
    const Tensor& left = input(call, 0);
    const Tensor& right = input(call, 1);
    return suits_fusion(left, right) ? add(left, right, call.tail) : add_plainly(left, right, call.tail);
}

Tensor lower_average_pool(const LoweringCall& call) {
    const PoolAttributes pool = pool_attributes(call.node, call.network);
    const Window& window = pool.window;
    if (suits_pooling(window)) {
        return torch::avg_pool2d(input(call, 0), window.kernel, window.strides, window.pads_begin,
                                 /*ceil_mode=*/false, pool.counts_padding);
    }
    // Sums over the padded image, divided by how many elements each window holds.
    const auto sums = [&](const Tensor& padded) {
        return torch::avg_pool2d(padded, window.kernel, window.strides, no_pads(), /*ceil_mode=*/false,
                                 /*count_include_pad=*/true, /*divisor_override=*/1);
    };
    const Tensor ones = torch::ones_like(input(call, 0).slice(0, 0, 1).slice(1, 0, 1));
    const Tensor counted = pad_by_window(ones, window, pool.counts_padding ? 1.0 : 0.0);
    return sums(pad_by_window(input(call, 0), window, 0.0)) / sums(counted);
}

Tensor lower_batch_normalization(const LoweringCall& call) {
    // ONNX keeps `momentum` of the old statistics, LibTorch takes its `momentum` of the new.
    const auto given = call.node.attributes.find("momentum");
    const double kept =
        given == call.node.attributes.end() ? 0.9 : static_cast<double>(std::get<float>(given->second));
    const ChannelNormalization normalization{.scale = input(call, 1),
                                             .shift = input(call, 2),
                                             .running_mean = input(call, 3),
                                             .running_variance = input(call, 4),
                                             .share = call.statistics_share.value_or(1.0 - kept),
                                             .epsilon =
                                                 static_cast<double>(normalization_epsilon(call.node))};
    if (call.mode == Mode::training && suits_fusion(input(call, 0))) {
        return normalize_batch(input(call, 0), normalization, call.tail);
    }
    return normalize_plainly(input(call, 0), normalization, call.tail, call.mode == Mode::training);
}

Tensor lower_clip(const LoweringCall& call) {
    const ClipBounds bounds = clip_bounds(call.node, call.network);
    if (std::isinf(bounds.minimum) && std::isinf(bounds.maximum)) return input(call, 0);
    return torch::clamp(input(call, 0), bounds.minimum, bounds.maximum);
}

Tensor lower_concat(const LoweringCall& call) {
    std::vector<Tensor> parts;
    for (std::size_t i = 0; i < call.node.inputs.size(); ++i) parts.push_back(input(call, i));
    return torch::cat(parts, static_cast<std::int64_t>(axis_attribute(call.node, call.network)));
}

Tensor lower_conv(const LoweringCall& call) {
    const ConvAttributes conv = conv_attributes(call.node, call.network);
    const Window& window = conv.window;
    const bool symmetric = is_symmetric(window);
    const Tensor images = symmetric ? input(call, 0) : pad_by_window(input(call, 0), window, 0.0);
    const std::array<std::int64_t, 2> pads = symmetric ? window.pads_begin : no_pads();
    return torch::conv2d(images, input(call, 1), optional_input(call, 2), window.strides, pads,
                         window.dilations, conv.groups);
}

Tensor lower_flatten(const LoweringCall& call) {
    // The batch stays in front: a Network's shape rule allows nothing else.
    return torch::flatten(input(call, 0), 1);
}

Tensor lower_gemm(const LoweringCall& call) {
    const bool transposes = gemm_attributes(call.node).transposes_weights;
    const Tensor weights = transposes ? input(call, 1) : input(call, 1).t();
    return torch::linear(input(call, 0), weights, optional_input(call, 2).value_or(Tensor()));
}

Tensor lower_global_average_pool(const LoweringCall& call) {
    return torch::adaptive_avg_pool2d(input(call, 0), {1, 1});
}

Tensor lower_identity(const LoweringCall& call) { return input(call, 0); }

Tensor lower_max_pool(const LoweringCall& call) {
    const Window window = pool_attributes(call.node, call.network).window;
    const bool suits = suits_pooling(window);
    const double nothing = -std::numeric_limits<double>::infinity();
    const Tensor images = suits ? input(call, 0) : pad_by_window(input(call, 0), window, nothing);
    const std::array<std::int64_t, 2> pads = suits ? window.pads_begin : no_pads();
    return torch::max_pool2d(images, window.kernel, window.strides, pads, window.dilations,
                             /*ceil_mode=*/false);
}

Tensor lower_pad(const LoweringCall& call) {
    const PadAttributes pad = pad_attributes(call.node, call.network);
    TANDEM_CHECK(pad.mode == PadMode::constant, "a network that trains pads with constants");
    // LibTorch wants begin and end by dimension, the innermost first.
    std::vector<std::int64_t> amounts;
    for (std::size_t i = pad.pads_begin.size(); i-- > 0;) {
        amounts.push_back(pad.pads_begin[i]);
        amounts.push_back(pad.pads_end[i]);
    }
    return torch::constant_pad_nd(input(call, 0), amounts, pad.value);
}

Tensor lower_relu(const LoweringCall& call) { return torch::relu(input(call, 0)); }

Tensor lower_reshape(const LoweringCall& call) {
    // The shape rule has already resolved 0 and -1 for one sample; the batch is the tensor's own.
    std::vector<std::int64_t> shape = call.network.shape(call.node.outputs.front());
    shape.front() = input(call, 0).size(0);
    return input(call, 0).reshape(shape);
}

Tensor lower_slice(const LoweringCall& call) {
    const SliceAttributes part = slice_attributes(call.node, call.network);
    Tensor result = input(call, 0);
    for (std::size_t i = 1; i < part.extents.size(); ++i) {
        const auto axis = static_cast<std::int64_t>(i);
        const std::int64_t last = part.starts[i] + (part.extents[i] - 1) * part.steps[i];
        // LibTorch takes positive steps alone.
        result = part.steps[i] > 0
                     ? result.slice(axis, part.starts[i], last + 1, part.steps[i])
                     : result.slice(axis, last, part.starts[i] + 1, -part.steps[i]).flip({axis});
    }
    return result;
}

Tensor lower_softmax(const LoweringCall& call) {
    const SoftmaxAttributes softmax = softmax_attributes(call.node, call.network);
    const auto first = static_cast<std::int64_t>(softmax.first_axis);
    if (softmax.end_axis == softmax.first_axis + 1) return torch::softmax(input(call, 0), first);
    // Before opset 13 all from an axis on is one distribution.
    const Tensor flat = input(call, 0).flatten(first);
    return torch::softmax(flat, first).reshape(input(call, 0).sizes());
}

} // namespace

/// Keep it sorted. Constant is missing: fold_constants() has removed it before a network trains.
const std::vector<Lowering>& known_lowerings() {
    static const std::vector<Lowering> lowerings = {
        {"Add", lower_add, /*takes_tail=*/true},
        {"AveragePool", lower_average_pool},
        {"BatchNormalization", lower_batch_normalization, /*takes_tail=*/true},
        {"Clip", lower_clip},
        {"Concat", lower_concat},
        {"Conv", lower_conv},
        {"Flatten", lower_flatten},
        {"Gemm", lower_gemm},
        {"GlobalAveragePool", lower_global_average_pool},
        {"Identity", lower_identity},
        {"MaxPool", lower_max_pool},
        {"Pad", lower_pad},
        {"Relu", lower_relu},
        {"Reshape", lower_reshape},
        {"Slice", lower_slice},
        {"Softmax", lower_softmax},
    };
    return lowerings;
}

const Lowering* find_lowering(std::string_view type) {
    const std::vector<Lowering>& all = known_lowerings();
    const auto found =
        std::find_if(all.begin(), all.end(), [&](const Lowering& l) { return l.type == type; });
    return found == all.end() ? nullptr : &*found;
}

} // namespace tandem
