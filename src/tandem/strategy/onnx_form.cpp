#include "tandem/strategy/onnx_form.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <set>

#include <fmt/format.h>

#include "tandem/network/operators/operators.h"
#include "tandem/network/rewrites/rewrites.h"
#include "tandem/strategy/narrow_reads.h"

namespace tandem {

namespace {

/// Operators that move integers: what they read and write is stored alike.
bool rearranges(const Node& node) {
    static const std::set<std::string_view> kTypes{"Flatten", "Identity", "Pad", "Reshape", "Slice"};
    return kTypes.contains(node.type);
}

/// The dimension of a layer's weights that is its output channel.
std::int64_t output_axis(const Node& layer) {
    return layer.type == "Gemm" && !gemm_attributes(layer).transposes_weights ? 1 : 0;
}

std::optional<int> fraction_bits_of(float scale) {
    int exponent = 0;
    if (std::frexp(scale, &exponent) != 0.5F) return std::nullopt;
    const int fraction_bits = 1 - exponent; // 0.5 * 2^exponent = 2^-fraction_bits
    const bool is_in_use = fraction_bits >= kMinimumFractionBits && fraction_bits <= kMaximumFractionBits;
    return is_in_use ? std::optional(fraction_bits) : std::nullopt;
}

/// The least width of a signed format that holds all.
int least_bits(const std::vector<std::int64_t>& integers) {
    int bits = 1;
    for (const std::int64_t integer : integers) {
        while (bits < kMaximumBits &&
               (integer < -(std::int64_t{1} << (bits - 1)) || integer >= std::int64_t{1} << (bits - 1))) {
            ++bits;
        }
    }
    return bits;
}

Levels levels_of(StoredLevels stored) {
    switch (stored) {
    case StoredLevels::all: return Levels::all;
    case StoredLevels::ternary: return Levels::ternary;
    case StoredLevels::bipolar: return Levels::bipolar;
    }
    return Levels::all;
}

StoredLevels stored_levels(Levels levels) {
    switch (levels) {
    case Levels::all: return StoredLevels::all;
    case Levels::ternary: return StoredLevels::ternary;
    case Levels::bipolar: return StoredLevels::bipolar;
    }
    return StoredLevels::all;
}

class Importer {
  public:
    Importer(QuantizedOnnx quantized, std::string file)
        : file_(std::move(file)), activations_(std::move(quantized.activations)),
          constants_(std::move(quantized.constants)),
          network_(prepare_for_deployment(std::move(quantized.network))) {}

    Result<QuantizedNetwork> import() {
        spread_over_rearrangements();
        std::erase_if(activations_,
                      [&](const auto& entry) { return !network_.shapes.contains(entry.first); });
        strategy_.calibrated.emplace();
        is_power_of_two_ = has_powers_of_two_alone();
        if (!is_power_of_two_) strategy_.arithmetic.requantization = RequantizationKind::floating;
        for (const Node* layer : layers(network_)) add_layer(*layer);
        for (const auto& [name, stored] : activations_) add_tensor(name, stored);
        const auto output = activations_.find(network_.outputs.front());
        if (output != activations_.end()) strategy_.output_bits = output->second.bits;
        if (!problems_.empty()) return bad_input(std::move(problems_));
        TANDEM_TRY(validate(strategy_, network_, file_));
        return QuantizedNetwork{std::move(network_), std::move(strategy_)};
    }

  private:
    void refuse(const std::string& place, std::string found, std::string expected) {
        problems_.push_back({file_, place, std::move(found), std::move(expected)});
    }

    /// A file may say of one side of a rearrangement alone how it is stored. A maximum is one of its input's
    /// integers.
    void spread_over_rearrangements() {
        for (const Node& node : network_.nodes) {
            const auto stored = activations_.find(node.inputs.front());
            if ((rearranges(node) || node.type == "MaxPool") && stored != activations_.end()) {
                activations_.emplace(node.outputs[0], stored->second);
            }
        }
        for (auto node = network_.nodes.rbegin(); node != network_.nodes.rend(); ++node) {
            const auto stored = activations_.find(node->outputs[0]);
            const bool is_only_reader = network_.consumers(node->inputs.front()).size() == 1;
            if (rearranges(*node) && is_only_reader && stored != activations_.end()) {
                activations_.emplace(node->inputs.front(), stored->second);
            }
        }
    }

    bool has_powers_of_two_alone() const {
        const bool are_activations =
            std::all_of(activations_.begin(), activations_.end(), [](const auto& entry) {
                return entry.second.zero_point == 0 && fraction_bits_of(entry.second.scale);
            });
        const auto nodes = layers(network_);
        return are_activations && std::all_of(nodes.begin(), nodes.end(), [&](const Node* layer) {
                   const auto weights = constants_.find(layer->inputs[1]);
                   return weights != constants_.end() && weights->second.scales.size() == 1 &&
                          fraction_bits_of(weights->second.scales[0]);
               });
    }

    NumberFormat format_of(const StoredActivation& stored) const {
        return {.bits = stored.bits,
                .fraction_bits = is_power_of_two_ ? *fraction_bits_of(stored.scale) : 0,
                .signedness = stored.is_signed ? Signedness::is_signed : Signedness::is_unsigned,
                .levels = levels_of(stored.levels)};
    }

    void add_tensor(const std::string& name, const StoredActivation& stored) {
        TensorFormat tensor{.tensor = name, .format = format_of(stored)};
        if (!is_power_of_two_) {
            tensor.scale = AffineScale{stored.scale, static_cast<std::int32_t>(stored.zero_point)};
        }
        strategy_.calibrated->tensors.push_back(std::move(tensor));
    }

    void add_layer(const Node& layer) {
        const auto input = activations_.find(layer.inputs[0]);
        const auto weights = constants_.find(layer.inputs[1]);
        const std::string place = fmt::format("node '{}'", layer.name);
        if (input == activations_.end()) {
            return refuse(place, "an input that is not quantised", "QuantizeLinear before it");
        }
        if (weights == constants_.end()) {
            return refuse(place, "weights that are not quantised", "DequantizeLinear of integer constants");
        }
        const StoredConstant& stored = weights->second;
        if (stored.scales.size() > 1 && stored.axis != output_axis(layer)) {
            return refuse(place, fmt::format("scales along axis {} of its weights", stored.axis),
                          fmt::format("axis {}, the output channels", output_axis(layer)));
        }
        LayerFormats formats{.layer = layer.name,
                             .weights = {.bits = stored.bits == 0 ? least_bits(stored.integers) : stored.bits,
                                         .levels = levels_of(stored.levels)},
                             .activations = format_of(input->second)};
        if (is_power_of_two_) {
            formats.weights.fraction_bits = *fraction_bits_of(stored.scales[0]);
        } else {
            formats.weight_scales = stored.scales;
            keep_bias(layer, input->second.scale, formats);
        }
        strategy_.layers.push_back({.layer = layer.name,
                                    .weight_bits = formats.weights.bits,
                                    .activation_bits = formats.activations.bits});
        strategy_.calibrated->layers.push_back(std::move(formats));
    }

    /// The integers of a bias that the float network does not say to the unit.
    void keep_bias(const Node& layer, float input_scale, LayerFormats& formats) const {
        if (layer.inputs.size() < 3) return;
        const auto bias = constants_.find(layer.inputs[2]);
        if (bias == constants_.end()) return;
        if (!is_recovered(bias->second.integers, input_scale, formats.weight_scales)) {
            formats.bias = bias->second.integers;
        }
    }

    std::string file_;
    std::map<std::string, StoredActivation> activations_;
    std::map<std::string, StoredConstant> constants_;
    Network network_;
    Strategy strategy_;
    bool is_power_of_two_ = false;
    std::vector<Problem> problems_;
};

class Exporter {
  public:
    Exporter(const Network& network, const Strategy& strategy, QuantizedOnnxForm form)
        : network_(network), strategy_(strategy), form_(form) {}

    Result<QuantizedOnnx> export_all() {
        check();
        for (const TensorFormat& tensor : strategy_.calibrated->tensors) add_tensor(tensor);
        const std::vector<const Node*> nodes = layers(network_);
        for (std::size_t i = 0; i < nodes.size(); ++i) add_layer(*nodes[i], strategy_.calibrated->layers[i]);
        if (!problems_.empty()) return bad_input(std::move(problems_));
        result_.network = network_;
        for (const auto& [name, stored] : result_.constants) dequantize_constant(name, stored);
        return std::move(result_);
    }

  private:
    void refuse(const std::string& place, std::string found, std::string expected) {
        problems_.push_back({network_.name, place, std::move(found), std::move(expected)});
    }

    void check() {
        constexpr std::int64_t kFirstOpset = 13; // DequantizeLinear along an axis
        if (network_.opset < kFirstOpset) {
            refuse("opset", fmt::format("{}", network_.opset), fmt::format("{} or later", kFirstOpset));
        }
        const Arithmetic& arithmetic = strategy_.arithmetic;
        if (arithmetic.rounding != Rounding::half_even || arithmetic.accumulator) {
            refuse("strategy", "a rounding or an accumulator of another kind",
                   "half_even and exact sums, which are ONNX's");
        }
    }

    void add_tensor(const TensorFormat& tensor) {
        const NumberFormat& format = tensor.format;
        if (!has_levels_of(format)) {
            return refuse(tensor.tensor, to_string(format), "a format of all levels, or --format qonnx");
        }
        const AffineScale scale = tensor.scale ? *tensor.scale : affine_scale_of(format);
        result_.activations[tensor.tensor] = {.bits = format.bits,
                                              .is_signed = format.signedness == Signedness::is_signed,
                                              .scale = scale.scale,
                                              .zero_point = scale.zero_point,
                                              .levels = stored_levels(format.levels)};
    }

    void add_layer(const Node& layer, const LayerFormats& formats) {
        const auto input = result_.activations.find(source_of(layer.inputs[0]));
        if (input == result_.activations.end()) return; // told, or by lowering
        const auto stored =
            std::find_if(strategy_.calibrated->tensors.begin(), strategy_.calibrated->tensors.end(),
                         [&](const TensorFormat& tensor) { return tensor.tensor == input->first; });
        if (stored->format != formats.activations) {
            return refuse(layer.name,
                          fmt::format("an input stored as {} and read as {}", to_string(stored->format),
                                      to_string(formats.activations)),
                          "inputs read as they are stored");
        }
        if (!has_levels_of(formats.weights)) {
            return refuse(layer.name, "weights " + to_string(formats.weights),
                          "weights of all levels, or --format qonnx");
        }
        std::vector<float> scales = formats.weight_scales;
        if (scales.empty()) scales = {affine_scale_of(formats.weights).scale};
        const std::int64_t axis = output_axis(layer);
        StoredConstant weights = stored_constant(layer.inputs[1], scales, axis);
        for (std::int64_t& integer : weights.integers) {
            integer = std::clamp<std::int64_t>(integer, minimum_integer(formats.weights),
                                               maximum_integer(formats.weights));
        }
        if (formats.weights.levels == Levels::bipolar) take_signs(layer.inputs[1], weights.integers);
        weights.bits = formats.weights.bits;
        weights.levels = stored_levels(formats.weights.levels);
        result_.constants[layer.inputs[1]] = std::move(weights);
        for (float& scale : scales) scale *= input->second.scale;
        StoredConstant bias = stored_constant(layer.inputs[2], scales, 0);
        if (!formats.bias.empty()) bias.integers = formats.bias;
        const bool fits = std::all_of(bias.integers.begin(), bias.integers.end(), [](std::int64_t integer) {
            return std::abs(integer) <= std::numeric_limits<std::int32_t>::max();
        });
        if (!fits) return refuse(layer.name, "a bias beyond 32 bits", "one that int32 holds");
        result_.constants[layer.inputs[2]] = std::move(bias);
    }

    bool has_levels_of(const NumberFormat& format) const {
        return form_ == QuantizedOnnxForm::qonnx || format.levels == Levels::all;
    }

    /// Of two levels the nearest is the sign; zero counts as positive.
    void take_signs(const std::string& name, std::vector<std::int64_t>& integers) const {
        const std::vector<float>& values = float_values(*network_.parameter(name));
        std::transform(values.begin(), values.end(), integers.begin(),
                       [](float value) { return value < 0.0F ? -1 : 1; });
    }

    /// The tensor that is stored for another: a Flatten of one pixel has no integers of its own.
    std::string source_of(std::string tensor) const {
        while (!result_.activations.contains(tensor)) {
            const Node* const node = network_.producer(tensor);
            if (node == nullptr || !rearranges(*node)) break;
            tensor = node->inputs[0];
        }
        return tensor;
    }

    /// A parameter in steps of its scales, to nearest, ties to even.
    StoredConstant stored_constant(const std::string& name, const std::vector<float>& scales,
                                   std::int64_t axis) const {
        StoredConstant stored{.scales = scales, .axis = axis, .integers = {}};
        const Parameter& parameter = *network_.parameter(name);
        const std::vector<float>& values = float_values(parameter);
        std::int64_t inner = 1;
        for (std::size_t i = static_cast<std::size_t>(axis) + 1; i < parameter.shape.size(); ++i) {
            inner *= parameter.shape[i];
        }
        const std::int64_t extent = parameter.shape[static_cast<std::size_t>(axis)];
        for (std::size_t i = 0; i < values.size(); ++i) {
            const auto channel = static_cast<std::size_t>(static_cast<std::int64_t>(i) / inner % extent);
            const double steps = std::nearbyint(static_cast<double>(values[i]) /
                                                static_cast<double>(scale_of(scales, channel)));
            stored.integers.push_back(static_cast<std::int64_t>(std::clamp(steps, -kMostSteps, kMostSteps)));
        }
        return stored;
    }

    /// The network's own constants become what the integers stand for.
    void dequantize_constant(const std::string& name, const StoredConstant& stored) {
        Parameter& parameter = result_.network.parameters.at(name);
        auto& values = std::get<std::vector<float>>(parameter.values);
        std::int64_t inner = 1;
        for (std::size_t i = static_cast<std::size_t>(stored.axis) + 1; i < parameter.shape.size(); ++i) {
            inner *= parameter.shape[i];
        }
        const std::int64_t extent = parameter.shape[static_cast<std::size_t>(stored.axis)];
        for (std::size_t i = 0; i < values.size(); ++i) {
            const auto channel = static_cast<std::size_t>(static_cast<std::int64_t>(i) / inner % extent);
            values[i] = static_cast<float>(static_cast<double>(scale_of(stored.scales, channel)) *
                                           static_cast<double>(stored.integers[i]));
        }
    }

    static constexpr double kMostSteps = 1e15; // beyond every integer type of a file

    const Network& network_;
    const Strategy& strategy_;
    QuantizedOnnxForm form_;
    QuantizedOnnx result_;
    std::vector<Problem> problems_;
};

} // namespace

Result<QuantizedNetwork> from_onnx_form(QuantizedOnnx quantized, const std::string& file) {
    return Importer(std::move(quantized), file).import();
}

Result<QuantizedOnnx> to_onnx_form(const Network& network, const Strategy& strategy, QuantizedOnnxForm form) {
    TANDEM_TRY(validate(strategy, network, "strategy"));
    if (!strategy.calibrated)
        return bad_input("strategy", "calibrated", "no formats", "a calibrated strategy");
    if (uses_scales(strategy.arithmetic.requantization))
        return Exporter(network, strategy, form).export_all();
    // What a layer reads narrower than it is stored becomes a tensor of its own, the same integers.
    const Network split = split_narrow_reads(network, strategy);
    Strategy stored = strategy;
    const std::vector<const Node*> nodes = layers(split);
    std::set<std::string> added;
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        const std::string& input = nodes[i]->inputs.front();
        if (network.shapes.contains(input) || !added.insert(input).second) continue;
        stored.calibrated->tensors.push_back(
            {.tensor = input, .format = strategy.calibrated->layers[i].activations});
    }
    return Exporter(split, stored, form).export_all();
}

} // namespace tandem
