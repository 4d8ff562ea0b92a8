// From a network and a calibrated strategy to the integer program: the fusion plan with formats,
// integer weights and clamps filled in, then a check that every step stays within 62 bits.

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <set>
#include <span>
#include <utility>

#include <fmt/format.h>

#include "tandem/core/check.h"
#include "tandem/engine/fusion.h"
#include "tandem/engine/headroom.h"
#include "tandem/engine/integer_program.h"
#include "tandem/engine/rules.h"

namespace tandem {

namespace {

Extents extents_of(const Shape& shape) {
    if (shape.size() == 2) return {.channels = shape[1]};
    return {.channels = shape[1], .rows = shape[2], .columns = shape[3]};
}

/// A bias at the accumulator's radix point. Beyond 2^62 it saturates, and the headroom check refuses.
std::int64_t quantize_bias(float bias, int fraction_bits) {
    if (std::isnan(bias)) return 0;
    constexpr auto kLimit = static_cast<double>(kLargestIntermediate);
    const double scaled = std::ldexp(static_cast<double>(bias), fraction_bits);
    return static_cast<std::int64_t>(std::nearbyint(std::clamp(scaled, -kLimit, kLimit)));
}

/// The same at a scale. Multipliers take sums of 32 bits, so their biases saturate there; others where a
/// double holds every integer.
std::int64_t quantize_bias(float bias, double scale, bool is_multiplied) {
    if (std::isnan(bias)) return 0;
    constexpr double kLargestExact = std::int64_t{1} << 53;
    const double lowest =
        is_multiplied ? static_cast<double>(std::numeric_limits<std::int32_t>::min()) : -kLargestExact;
    const double highest =
        is_multiplied ? static_cast<double>(std::numeric_limits<std::int32_t>::max()) : kLargestExact;
    return static_cast<std::int64_t>(
        std::nearbyint(std::clamp(static_cast<double>(bias) / scale, lowest, highest)));
}

std::int32_t quantize_for(const IntegerTensor& tensor, float value) {
    return tensor.scale ? quantize(value, tensor.format, *tensor.scale) : quantize(value, tensor.format);
}

/// The format's range, narrowed by each Relu or Clip in turn.
Clamp clamp_of(const Network& network, const std::vector<const Node*>& nodes, const IntegerTensor& tensor) {
    Clamp clamp{.minimum = minimum_integer(tensor.format), .maximum = maximum_integer(tensor.format)};
    for (const Node* node : nodes) {
        const ClipBounds bounds =
            node->type == "Relu" ? ClipBounds{.minimum = 0.0F} : clip_bounds(*node, network);
        const std::int32_t lowest = quantize_for(tensor, bounds.minimum);
        const std::int32_t highest = quantize_for(tensor, bounds.maximum);
        clamp.minimum = std::clamp(clamp.minimum, lowest, highest);
        clamp.maximum = std::clamp(clamp.maximum, lowest, highest);
    }
    return clamp;
}

/// How a layer's weights become integers: by the format's power of two, or by scales.
struct WeightRule {
    NumberFormat format;
    std::span<const float> scales;

    std::int16_t operator()(float weight, std::size_t output_channel) const {
        const std::int32_t integer =
            scales.empty()
                ? quantize(weight, format)
                : quantize(weight, format, {.scale = scale_of(scales, output_channel), .zero_point = 0});
        return static_cast<std::int16_t>(integer);
    }
};

/// Conv weights (K, C, FY, FX) as (K, FY, FX, C), quantised.
std::vector<std::int16_t> conv_weights(const Parameter& parameter, const WeightRule& rule) {
    const std::vector<float>& values = float_values(parameter);
    const auto filters = static_cast<std::size_t>(parameter.shape[0]);
    const auto channels = static_cast<std::size_t>(parameter.shape[1]);
    const auto positions = static_cast<std::size_t>(parameter.shape[2] * parameter.shape[3]);
    std::vector<std::int16_t> weights(values.size());
    for (std::size_t filter = 0; filter < filters; ++filter) {
        for (std::size_t channel = 0; channel < channels; ++channel) {
            for (std::size_t position = 0; position < positions; ++position) {
                weights[(filter * positions + position) * channels + channel] =
                    rule(values[(filter * channels + channel) * positions + position], filter);
            }
        }
    }
    return weights;
}

/// Gemm weights, (C, K) or transposed (K, C), as (K, C), quantised.
std::vector<std::int16_t> gemm_weights(const Parameter& parameter, bool is_transposed,
                                       const WeightRule& rule) {
    const std::vector<float>& values = float_values(parameter);
    const auto outputs = static_cast<std::size_t>(parameter.shape[is_transposed ? 0 : 1]);
    const auto inputs = static_cast<std::size_t>(parameter.shape[is_transposed ? 1 : 0]);
    std::vector<std::int16_t> weights(values.size());
    for (std::size_t output = 0; output < outputs; ++output) {
        for (std::size_t input = 0; input < inputs; ++input) {
            const std::size_t source = is_transposed ? output * inputs + input : input * outputs + output;
            weights[output * inputs + input] = rule(values[source], output);
        }
    }
    return weights;
}

/// The biases by output channel, each made an integer by quantize(bias, channel).
template <class Quantize> std::vector<std::int64_t> bias_of(const Network& network, const Node& node,
                                                            std::int64_t channels, const Quantize& quantize) {
    std::vector<std::int64_t> bias(static_cast<std::size_t>(channels));
    if (node.inputs.size() < 3 || node.inputs[2].empty()) return bias;
    const std::vector<float>& values = float_values(*network.parameter(node.inputs[2]));
    for (std::size_t channel = 0; channel < bias.size(); ++channel) {
        // A Gemm may broadcast one bias to all outputs.
        bias[channel] = quantize(values[values.size() == 1 ? 0 : channel], channel);
    }
    return bias;
}

class Lowering {
  public:
    Lowering(const Network& network, const Strategy& strategy, const FusionPlan& plan)
        : network_(network), plan_(plan), arithmetic_(strategy.arithmetic) {
        for (const TensorFormat& tensor : strategy.calibrated->tensors) {
            formats_.emplace(tensor.tensor, tensor);
        }
        for (const LayerFormats& layer : strategy.calibrated->layers) layers_.emplace(layer.layer, layer);
    }

    Result<IntegerProgram> lower() {
        program_.name = network_.name;
        program_.input = add_tensor(plan_.input);
        for (const PlannedStep& step : plan_.steps) {
            add_tensor(step.output);
        }
        if (!problems_.empty()) return bad_input(std::move(problems_));
        // From here on every tensor has a format.
        for (const PlannedStep& step : plan_.steps) {
            if (rearranges(step.kind)) check_rearranged_format(step);
            program_.steps.push_back(lower_step(step));
            check_headroom(step, program_.steps.back());
        }
        program_.output = index(plan_.output);
        if (!problems_.empty()) return bad_input(std::move(problems_));
        return std::move(program_);
    }

  private:
    void refuse(std::string place, std::string found, std::string expected) {
        problems_.push_back({.file = network_.name,
                             .place = std::move(place),
                             .found = std::move(found),
                             .expected = std::move(expected)});
    }

    TensorIndex add_tensor(const std::string& name) {
        IntegerTensor tensor{.name = name, .extents = extents_of(network_.shape(name)), .format = {}};
        const auto format = formats_.find(name);
        if (format == formats_.end()) {
            refuse(name, "no format in the strategy", "one for every stored tensor: calibrate the strategy");
        } else {
            tensor.format = format->second.format;
            tensor.scale = format->second.scale;
        }
        indices_.emplace(name, program_.tensors.size());
        program_.tensors.push_back(std::move(tensor));
        return program_.tensors.size() - 1;
    }

    void check_rearranged_format(const PlannedStep& step) {
        const IntegerTensor& from = tensor(step.inputs[0]);
        const IntegerTensor& to = tensor(step.output);
        if (from.format != to.format) {
            refuse(step.output, "format " + to_string(to.format),
                   fmt::format("{}, that of '{}', which it only rearranges", to_string(from.format),
                               step.inputs[0]));
        } else if (from.scale != to.scale) {
            refuse(step.output, "a scale of its own",
                   fmt::format("that of '{}', which it only rearranges", step.inputs[0]));
        }
    }

    /// The rule, or its problem told and any rule.
    template <class Rule> Rule rule_of(const PlannedStep& step, RuleOr<Rule> rule) {
        if (rule) return *std::move(rule);
        refuse(step.node == nullptr ? step.output : step.node->name, rule.error().found,
               rule.error().expected);
        return {};
    }

    void check_headroom(const PlannedStep& planned, const Step& step) {
        if (largest_intermediate(program_, step) <= kLargestIntermediate) return;
        refuse(planned.node == nullptr ? planned.output : planned.node->name,
               "intermediate results beyond 62 bits", "radix points that lie closer together");
    }

    TensorIndex index(const std::string& name) const { return indices_.at(name); }
    const IntegerTensor& tensor(const std::string& name) const { return program_.tensors[index(name)]; }
    Clamp clamp(const PlannedStep& step) const {
        return clamp_of(network_, step.clamps, tensor(step.output));
    }

    Step lower_step(const PlannedStep& step) {
        switch (step.kind) {
        case StepKind::layer: return lower_layer(step);
        case StepKind::add:
            return AddStep{.left = index(step.inputs[0]),
                           .right = index(step.inputs[1]),
                           .output = index(step.output),
                           .clamp = clamp(step),
                           .rule = rule_of(step, add_rule(arithmetic_, tensor(step.inputs[0]),
                                                          tensor(step.inputs[1]), tensor(step.output)))};
        case StepKind::max_pool:
            return MaxPoolStep{
                .input = index(step.inputs[0]),
                .output = index(step.output),
                .window = pool_window(step),
                .clamp = clamp(step),
                .requantization =
                    rule_of(step, maximum_rule(arithmetic_, tensor(step.inputs[0]), tensor(step.output)))};
        case StepKind::average_pool:
            return AveragePoolStep{
                .input = index(step.inputs[0]),
                .output = index(step.output),
                .window = pool_window(step),
                .counts_padding =
                    step.node->type == "AveragePool" && pool_attributes(*step.node, network_).counts_padding,
                .clamp = clamp(step),
                .rule = rule_of(step, mean_rule(arithmetic_, step.node->type == "GlobalAveragePool",
                                                tensor(step.inputs[0]), tensor(step.output)))};
        case StepKind::requantize:
            return RequantizeStep{
                .input = index(step.inputs[0]),
                .output = index(step.output),
                .clamp = clamp(step),
                .requantization =
                    rule_of(step, change_rule(arithmetic_, tensor(step.inputs[0]), tensor(step.output)))};
        case StepKind::flatten:
            return FlattenStep{.input = index(step.inputs[0]), .output = index(step.output)};
        case StepKind::select: return lower_select(step);
        case StepKind::concat: return lower_concat(step);
        }
        TANDEM_CHECK(false, "a step of a known kind");
    }

    LayerStep lower_layer(const PlannedStep& planned) {
        const Node& node = *planned.node;
        const LayerFormats& formats = layers_.at(node.name);
        const Parameter& weights = *network_.parameter(node.inputs[1]);
        LayerStep step;
        step.layer = node.name;
        step.input = index(planned.inputs[0]);
        step.output = index(planned.output);
        if (planned.residual) step.residual = index(*planned.residual);
        step.input_format = formats.activations;
        step.weight_format = formats.weights;
        step.weight_scales = formats.weight_scales;
        const WeightRule rule{.format = formats.weights, .scales = step.weight_scales};
        if (node.type == "Conv") {
            const ConvAttributes attributes = conv_attributes(node, network_);
            step.window = attributes.window;
            step.groups = attributes.groups;
            step.weights = conv_weights(weights, rule);
        } else {
            step.weights = gemm_weights(weights, gemm_attributes(node).transposes_weights, rule);
        }
        step.bias = layer_bias(node, step, formats, tensor(planned.output).extents.channels);
        step.clamp = clamp(planned);
        step.accumulator = arithmetic_.accumulator;
        int fraction_bits = accumulator_fraction_bits(step);
        if (step.residual) {
            fraction_bits = std::max(fraction_bits, program_.tensors[*step.residual].format.fraction_bits);
        }
        step.requantization =
            rule_of(planned, layer_rule(arithmetic_, tensor(planned.inputs[0]), step.weight_scales,
                                        fraction_bits, tensor(planned.output), step.clamp));
        if (!step.weight_scales.empty()) check_affine_layer(planned, step);
        return step;
    }

    std::vector<std::int64_t> layer_bias(const Node& node, const LayerStep& step, const LayerFormats& formats,
                                         std::int64_t channels) const {
        if (!formats.bias.empty()) return formats.bias;
        const IntegerTensor& input = program_.tensors[step.input];
        return bias_of(network_, node, channels, [&](float bias, std::size_t channel) {
            if (step.weight_scales.empty()) return quantize_bias(bias, accumulator_fraction_bits(step));
            return quantize_bias(bias,
                                 static_cast<double>(input.scale->scale) *
                                     static_cast<double>(scale_of(step.weight_scales, channel)),
                                 arithmetic_.requantization != RequantizationKind::floating);
        });
    }

    void check_affine_layer(const PlannedStep& planned, const LayerStep& step) {
        const IntegerTensor& input = program_.tensors[step.input];
        if (step.input_format != input.format) {
            refuse(step.layer, "an input read as " + to_string(step.input_format),
                   fmt::format("{}, as '{}' is stored: scaled tensors are read as they are",
                               to_string(input.format), input.name));
        }
        if (planned.residual) {
            refuse(step.layer, "an Add fused into a layer of scaled tensors",
                   fmt::format("a format for '{}', the layer's own output", planned.node->outputs[0]));
        }
        if (needs_32_bit_sums(step.requantization) &&
            accumulator_bound(program_, step) > std::numeric_limits<std::int32_t>::max()) {
            refuse(step.layer, "sums beyond 32 bits", "weights, bias and scales whose sums 32 bits hold");
        }
    }

    SelectStep lower_select(const PlannedStep& planned) {
        SelectStep step{.input = index(planned.inputs[0]), .output = index(planned.output)};
        const Node& node = *planned.node;
        const std::size_t axes = network_.shape(node.outputs[0]).size() - 1; // the batch stays as it is
        if (node.type == "Slice") {
            const SliceAttributes slice = slice_attributes(node, network_);
            std::copy_n(slice.starts.begin() + 1, axes, step.offsets.begin());
            std::copy_n(slice.steps.begin() + 1, axes, step.strides.begin());
        } else {
            const PadAttributes pad = pad_attributes(node, network_);
            std::transform(pad.pads_begin.begin() + 1, pad.pads_begin.end(), step.offsets.begin(),
                           std::negate<>());
            step.fill = quantize_for(tensor(planned.output), pad.value);
        }
        return step;
    }

    ConcatStep lower_concat(const PlannedStep& planned) {
        ConcatStep step{.inputs = {},
                        .output = index(planned.output),
                        .axis = axis_attribute(*planned.node, network_) - 1, // the batch stays as it is
                        .clamp = clamp(planned)};
        for (const std::string& input : planned.inputs) {
            step.inputs.push_back(index(input));
            step.requantizations.push_back(
                rule_of(planned, change_rule(arithmetic_, tensor(input), tensor(planned.output))));
        }
        return step;
    }

    Window pool_window(const PlannedStep& step) const {
        if (step.node->type != "GlobalAveragePool") return pool_attributes(*step.node, network_).window;
        const Extents& input = tensor(step.inputs[0]).extents;
        return {.kernel = {input.rows, input.columns}};
    }

    const Network& network_;
    const FusionPlan& plan_;
    const Arithmetic& arithmetic_;
    std::map<std::string, TensorFormat> formats_;
    std::map<std::string, LayerFormats> layers_;
    std::map<std::string, TensorIndex> indices_;
    IntegerProgram program_;
    std::vector<Problem> problems_;
};

} // namespace

Result<IntegerProgram> lower_to_integers(const Network& network, const Strategy& strategy) {
    TANDEM_TRY(validate(strategy, network, "strategy"));
    if (!strategy.calibrated) {
        return bad_input("strategy", "calibrated", "no formats", "a calibrated strategy");
    }
    std::set<std::string> kept;
    for (const TensorFormat& tensor : strategy.calibrated->tensors) kept.insert(tensor.tensor);
    const FusionPlan plan = TANDEM_TRY(plan_fusion(network, kept));
    return Lowering(network, strategy, plan).lower();
}

} // namespace tandem
