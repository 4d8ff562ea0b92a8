#include "tandem/training/plugin/integer_module.h"

#include <algorithm>
#include <cmath>

#include "tandem/core/check.h"
#include "tandem/training/quantization.h"

namespace tandem {

namespace {

using torch::Tensor;

/// The largest magnitude up to which a float32 holds every integer.
constexpr double kExactInFloat = 1 << 24;
constexpr double kExactInDouble = std::int64_t{1} << 53; ///< and a double

/// The integers of a tensor less its zero point.
struct Ends {
    std::int32_t lowest = 0;
    std::int32_t highest = 0;
};
Ends ends_of(const TensorFormat& tensor) {
    const std::int32_t zero = tensor.scale->zero_point;
    return {.lowest = minimum_integer(tensor.format) - zero,
            .highest = maximum_integer(tensor.format) - zero};
}

/// A channel's numbers, to be multiplied with a layer's output.
Tensor along_channels(const Tensor& channels, std::int64_t dimensions) {
    if (channels.numel() == 1) return channels;
    std::vector<std::int64_t> extents(static_cast<std::size_t>(dimensions), 1);
    extents[1] = -1;
    return channels.reshape(extents);
}

} // namespace

IntegerModule::IntegerModule(Network network, const Strategy& strategy, torch::Device device)
    : network_(std::move(network)), device_(device), logits_(network_.outputs.front()) {
    TANDEM_CHECK(strategy.arithmetic.requantization == RequantizationKind::floating, "float factors");
    for (const TensorFormat& tensor : strategy.calibrated->tensors) formats_.emplace(tensor.tensor, tensor);
    for (const Node* node : layers(network_)) {
        const auto formats =
            std::find_if(strategy.calibrated->layers.begin(), strategy.calibrated->layers.end(),
                         [&](const LayerFormats& any) { return any.layer == node->name; });
        TANDEM_CHECK(formats != strategy.calibrated->layers.end(), "formats for " + node->name);
        layers_.emplace(node->name, make_layer(*node, *formats, strategy));
    }
    if (const Node* last = network_.producer(logits_); last != nullptr && last->type == "Softmax") {
        logits_ = last->inputs.front();
    }
}

IntegerModule::Layer IntegerModule::make_layer(const Node& node, const LayerFormats& formats,
                                               const Strategy& strategy) const {
    const Parameter& parameter = *network_.parameter(node.inputs[1]);
    const std::vector<float>& weights = float_values(parameter);
    const bool are_columns = node.type == "Gemm" && !gemm_attributes(node).transposes_weights;
    const auto channels =
        static_cast<std::size_t>(are_columns ? parameter.shape.back() : parameter.shape.front());
    // As the input is stored: scaled tensors are read as they are.
    const TensorFormat& input = stored_format(network_, strategy, node.inputs.front());
    const Ends ends = ends_of(input);
    const auto largest_read = static_cast<double>(std::max(std::abs(ends.lowest), std::abs(ends.highest)));
    std::vector<float> integers;
    std::vector<double> sums(channels); // the largest of each channel
    integers.reserve(weights.size());
    for (std::size_t i = 0; i < weights.size(); ++i) {
        const std::size_t channel = are_columns ? i % channels : i / (weights.size() / channels);
        const std::int32_t integer =
            quantize(weights[i], formats.weights,
                     {.scale = scale_of(formats.weight_scales, channel), .zero_point = 0});
        integers.push_back(static_cast<float>(integer));
        sums[channel] += std::abs(static_cast<double>(integer)) * largest_read;
    }
    const std::vector<float>& bias = float_values(*network_.parameter(node.inputs[2]));
    std::vector<double> bias_integers;
    for (std::size_t channel = 0; channel < channels; ++channel) {
        const double scale = static_cast<double>(input.scale->scale) *
                             static_cast<double>(scale_of(formats.weight_scales, channel));
        bias_integers.push_back(
            std::nearbyint(std::clamp(static_cast<double>(bias[bias.size() == 1 ? 0 : channel]) / scale,
                                      -kExactInDouble, kExactInDouble)));
        sums[channel] += std::abs(bias_integers.back());
    }
    const bool is_exact = *std::max_element(sums.begin(), sums.end()) <= kExactInFloat;
    const torch::Dtype type = is_exact ? torch::kFloat32 : torch::kFloat64;
    const auto layout =
        parameter.shape.size() == 4 ? torch::MemoryFormat::ChannelsLast : torch::MemoryFormat::Contiguous;
    const std::int64_t dimensions = std::ssize(network_.shape(node.outputs.front()));
    return {.weights = torch::tensor(integers).reshape(parameter.shape).clone(layout).to(device_, type),
            .bias = torch::tensor(bias_integers, torch::kFloat64).to(device_, type),
            .scales = along_channels(torch::tensor(formats.weight_scales), dimensions).to(device_)};
}

Tensor IntegerModule::lower(const Node& node, std::vector<Tensor> inputs) const {
    return find_lowering(node.type)->lower(
        {.node = node, .network = network_, .inputs = std::move(inputs), .mode = Mode::evaluation});
}

IntegerModule::Value IntegerModule::mean(const Node& node, const Value& input) const {
    Tensor sums;
    Tensor counts;
    if (node.type == "GlobalAveragePool") {
        sums = input.numbers.sum({2, 3}, /*keepdim=*/true);
        counts =
            torch::tensor(static_cast<float>(input.numbers.size(2) * input.numbers.size(3)), sums.options());
    } else {
        const PoolAttributes pool = pool_attributes(node, network_);
        const Window& window = pool.window;
        const auto sum_windows = [&](const Tensor& images, double padding) {
            const Tensor padded = torch::constant_pad_nd(
                images, {window.pads_begin[1], window.pads_end[1], window.pads_begin[0], window.pads_end[0]},
                padding);
            return torch::avg_pool2d(padded, window.kernel, window.strides, {0, 0}, /*ceil_mode=*/false,
                                     /*count_include_pad=*/true, /*divisor_override=*/1);
        };
        sums = sum_windows(input.numbers, 0.0);
        counts = sum_windows(torch::ones_like(input.numbers.slice(0, 0, 1).slice(1, 0, 1)),
                             pool.counts_padding ? 1.0 : 0.0);
    }
    return {.numbers = sums / counts, .scale = input.scale, .state = State::product};
}

IntegerModule::Value IntegerModule::compute(const Node& node,
                                            const std::map<std::string, Value>& values) const {
    const Value& input = values.at(node.inputs.front());
    if (is_layer(node)) {
        const Layer& layer = layers_.at(node.name);
        const Tensor sums =
            lower(node, {input.numbers.to(layer.weights.scalar_type()), layer.weights, layer.bias});
        return {.numbers = sums.to(torch::kFloat32),
                .scale = input.scale * layer.scales,
                .state = State::product};
    }
    if (node.type == "Add") {
        const Value& other = values.at(node.inputs[1]);
        return {.numbers = input.numbers * input.scale + other.numbers * other.scale,
                .scale = {},
                .state = State::real};
    }
    if (node.type == "Relu" || node.type == "Clip") {
        Value value = input;
        if (value.state == State::stored) value.state = State::product;
        value.clamps.push_back(node.type == "Relu" ? ClipBounds{.minimum = 0.0F}
                                                   : clip_bounds(node, network_));
        return value;
    }
    if (node.type == "AveragePool" || node.type == "GlobalAveragePool") return mean(node, input);
    TANDEM_CHECK(keeps_scale(node), "an operator with an integer form");
    return {.numbers = lower(node, {input.numbers}), .scale = input.scale, .state = State::stored};
}

IntegerModule::Value IntegerModule::stored(const TensorFormat& tensor, const Value& value) const {
    if (value.state == State::stored) return value; // rearranged, or a maximum: at the scale that it has
    const Tensor scale = torch::tensor(tensor.scale->scale).to(device_);
    Value result{.numbers = {}, .scale = scale};
    if (tensor.format.levels == Levels::bipolar) {
        result.numbers = torch::where(value.numbers >= 0, torch::ones_like(value.numbers),
                                      -torch::ones_like(value.numbers));
        return result;
    }
    const Tensor integers = torch::round(value.state == State::real ? value.numbers / scale
                                                                    : value.numbers * (value.scale / scale));
    auto [lowest, highest] = ends_of(tensor);
    for (const ClipBounds& bounds : value.clamps) {
        const std::int32_t zero = tensor.scale->zero_point;
        const std::int32_t least = quantize(bounds.minimum, tensor.format, *tensor.scale) - zero;
        const std::int32_t most = quantize(bounds.maximum, tensor.format, *tensor.scale) - zero;
        lowest = std::clamp(lowest, least, most);
        highest = std::clamp(highest, least, most);
    }
    result.numbers = torch::clamp(integers, lowest, highest);
    return result;
}

Tensor IntegerModule::forward(const Tensor& images) const {
    const TensorFormat& input = formats_.at(network_.inputs.front());
    // The quotient in double, as the engine quantises samples.
    const Tensor integers =
        torch::clamp(torch::round(images.to(torch::kFloat64) / static_cast<double>(input.scale->scale)),
                     minimum_integer(input.format), maximum_integer(input.format));
    std::map<std::string, Value> values;
    values[network_.inputs.front()] = {.numbers = integers.to(torch::kFloat32),
                                       .scale = torch::tensor(input.scale->scale).to(device_)};
    for (const Node& node : network_.nodes) {
        const std::string& output = node.outputs.front();
        Value value = compute(node, values);
        const auto format = formats_.find(output);
        values[output] = format == formats_.end() ? std::move(value) : stored(format->second, value);
        if (output == logits_) break;
    }
    return values.at(logits_).numbers;
}

} // namespace tandem
