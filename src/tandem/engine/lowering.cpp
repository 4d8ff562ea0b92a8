// From a network and a calibrated strategy to the integer program: the fusion plan with formats,
// integer weights and clamps filled in, then a check that every step stays within 62 bits.

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "tandem/core/check.h"
#include "tandem/engine/fusion.h"
#include "tandem/engine/headroom.h"
#include "tandem/engine/integer_program.h"

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

/// The format's range, narrowed by each Relu or Clip in turn.
Clamp clamp_of(const Network& network, const std::vector<const Node*>& nodes, const NumberFormat& format) {
    Clamp clamp{.minimum = minimum_integer(format), .maximum = maximum_integer(format)};
    for (const Node* node : nodes) {
        const ClipBounds bounds =
            node->type == "Relu" ? ClipBounds{.minimum = 0.0F} : clip_bounds(*node, network);
        const std::int32_t lowest = quantize(bounds.minimum, format);
        const std::int32_t highest = quantize(bounds.maximum, format);
        clamp.minimum = std::clamp(clamp.minimum, lowest, highest);
        clamp.maximum = std::clamp(clamp.maximum, lowest, highest);
    }
    return clamp;
}

/// Conv weights (K, C, FY, FX) as (K, FY, FX, C), quantised.
std::vector<std::int16_t> conv_weights(const Parameter& parameter, const NumberFormat& format) {
    const std::vector<float>& values = float_values(parameter);
    const auto filters = static_cast<std::size_t>(parameter.shape[0]);
    const auto channels = static_cast<std::size_t>(parameter.shape[1]);
    const auto positions = static_cast<std::size_t>(parameter.shape[2] * parameter.shape[3]);
    std::vector<std::int16_t> weights(values.size());
    for (std::size_t filter = 0; filter < filters; ++filter) {
        for (std::size_t channel = 0; channel < channels; ++channel) {
            for (std::size_t position = 0; position < positions; ++position) {
                weights[(filter * positions + position) * channels + channel] = static_cast<std::int16_t>(
                    quantize(values[(filter * channels + channel) * positions + position], format));
            }
        }
    }
    return weights;
}

/// Gemm weights, (C, K) or transposed (K, C), as (K, C), quantised.
std::vector<std::int16_t> gemm_weights(const Parameter& parameter, bool is_transposed,
                                       const NumberFormat& format) {
    const std::vector<float>& values = float_values(parameter);
    const auto outputs = static_cast<std::size_t>(parameter.shape[is_transposed ? 0 : 1]);
    const auto inputs = static_cast<std::size_t>(parameter.shape[is_transposed ? 1 : 0]);
    std::vector<std::int16_t> weights(values.size());
    for (std::size_t output = 0; output < outputs; ++output) {
        for (std::size_t input = 0; input < inputs; ++input) {
            const std::size_t source = is_transposed ? output * inputs + input : input * outputs + output;
            weights[output * inputs + input] = static_cast<std::int16_t>(quantize(values[source], format));
        }
    }
    return weights;
}

std::vector<std::int64_t> bias_of(const Network& network, const Node& node, std::int64_t channels,
                                  int fraction_bits) {
    std::vector<std::int64_t> bias(static_cast<std::size_t>(channels));
    if (node.inputs.size() < 3 || node.inputs[2].empty()) return bias;
    const std::vector<float>& values = float_values(*network.parameter(node.inputs[2]));
    for (std::size_t channel = 0; channel < bias.size(); ++channel) {
        // A Gemm may broadcast one bias to all outputs.
        bias[channel] = quantize_bias(values[values.size() == 1 ? 0 : channel], fraction_bits);
    }
    return bias;
}

class Lowering {
  public:
    Lowering(const Network& network, const Strategy& strategy, const FusionPlan& plan)
        : network_(network), plan_(plan) {
        for (const TensorFormat& tensor : strategy.calibrated->tensors) {
            formats_.emplace(tensor.tensor, tensor.format);
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
            tensor.format = format->second;
        }
        indices_.emplace(name, program_.tensors.size());
        program_.tensors.push_back(std::move(tensor));
        return program_.tensors.size() - 1;
    }

    void check_rearranged_format(const PlannedStep& step) {
        const NumberFormat& from = tensor(step.inputs[0]).format;
        const NumberFormat& to = tensor(step.output).format;
        if (from == to) return;
        refuse(step.output, "format " + to_string(to),
               fmt::format("{}, that of '{}', which it only rearranges", to_string(from), step.inputs[0]));
    }

    void check_headroom(const PlannedStep& planned, const Step& step) {
        if (largest_intermediate(program_, step) <= kLargestIntermediate) return;
        refuse(planned.node == nullptr ? planned.output : planned.node->name,
               "intermediate results beyond 62 bits", "radix points that lie closer together");
    }

    TensorIndex index(const std::string& name) const { return indices_.at(name); }
    const IntegerTensor& tensor(const std::string& name) const { return program_.tensors[index(name)]; }
    Clamp clamp(const PlannedStep& step) const {
        return clamp_of(network_, step.clamps, tensor(step.output).format);
    }

    Step lower_step(const PlannedStep& step) {
        switch (step.kind) {
        case StepKind::layer: return lower_layer(step);
        case StepKind::add:
            return AddStep{.left = index(step.inputs[0]),
                           .right = index(step.inputs[1]),
                           .output = index(step.output),
                           .clamp = clamp(step)};
        case StepKind::max_pool:
            return MaxPoolStep{.input = index(step.inputs[0]),
                               .output = index(step.output),
                               .window = pool_window(step),
                               .clamp = clamp(step)};
        case StepKind::average_pool:
            return AveragePoolStep{.input = index(step.inputs[0]),
                                   .output = index(step.output),
                                   .window = pool_window(step),
                                   .counts_padding = step.node->type == "AveragePool" &&
                                                     pool_attributes(*step.node, network_).counts_padding,
                                   .clamp = clamp(step)};
        case StepKind::requantize:
            return RequantizeStep{
                .input = index(step.inputs[0]), .output = index(step.output), .clamp = clamp(step)};
        case StepKind::flatten:
            return FlattenStep{.input = index(step.inputs[0]), .output = index(step.output)};
        case StepKind::select: return lower_select(step);
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
        if (node.type == "Conv") {
            const ConvAttributes attributes = conv_attributes(node, network_);
            step.window = attributes.window;
            step.groups = attributes.groups;
            step.weights = conv_weights(weights, formats.weights);
        } else {
            step.weights = gemm_weights(weights, gemm_attributes(node).transposes_weights, formats.weights);
        }
        step.bias =
            bias_of(network_, node, tensor(planned.output).extents.channels, accumulator_fraction_bits(step));
        step.clamp = clamp(planned);
        return step;
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
            step.fill = quantize(pad.value, tensor(planned.output).format);
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
    std::map<std::string, NumberFormat> formats_;
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
    const FusionPlan plan = TANDEM_TRY(plan_fusion(network));
    return Lowering(network, strategy, plan).lower();
}

} // namespace tandem
