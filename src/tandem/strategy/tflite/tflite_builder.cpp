#include "tandem/strategy/tflite/tflite_builder.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include <fmt/format.h>

#include "tandem/network/rewrites/rewrites.h"
#include "tandem/strategy/quantized_network.h"

namespace tandem::tflite_file {

Builder::Builder(const Graph& graph, std::string file)
    : graph_(graph), file_(std::move(file)),
      is_quantized_(graph.inputs.empty() || tensor(graph.inputs[0]).type != TensorType::float32) {
    network_.name = std::filesystem::path(file_).stem().string();
    if (network_.name.empty()) network_.name = "network";
    strategy_.output_bits = kSignedByte.bits;
    strategy_.arithmetic.requantization = RequantizationKind::multiplier_twice;
    strategy_.calibrated.emplace();
}

Result<ImportedNetwork> Builder::finish(std::int32_t output) {
    if (has_problems()) return bad_input(std::move(problems_));
    if (network_.nodes.empty()) return bad_input(file_, "", "no operators", "at least one");
    network_.outputs = {tensor(output).name};
    Network network = TANDEM_TRY(infer_shapes(std::move(network_), file_));
    for (const auto& [name, shape] : stated_) {
        if (network.shape(name) == shape) continue;
        refuse(name, to_string(shape), to_string(network.shape(name)) + " by its operator");
    }
    if (has_problems()) return bad_input(std::move(problems_));
    TANDEM_TRY(validate(network, file_));
    if (!is_quantized_) return ImportedNetwork{std::move(network), std::nullopt};
    TANDEM_TRY(leave_out_pads(network));
    TANDEM_TRY(validate(strategy_, network, file_));
    return ImportedNetwork{std::move(network), std::move(strategy_)};
}

/// The formats of what Pads write: a Pad is part of the convolution that alone reads it.
Result<void> Builder::leave_out_pads(const Network& network) {
    if (padded_.empty()) return {};
    const Network folded = fold_padding(network);
    for (const std::string& name : padded_) {
        if (folded.shapes.contains(name))
            refuse(name, "a PAD that no convolution takes in", "one before a convolution");
    }
    if (has_problems()) return bad_input(std::move(problems_));
    std::erase_if(strategy_.calibrated->tensors,
                  [&](const TensorFormat& any) { return padded_.contains(any.tensor); });
    return {};
}

/// An activation's shape, channels first, without a batch of its own.
std::optional<Shape> Builder::shape_of(const TensorView& view) {
    const Shape& extents = view.extents;
    if (extents.size() == 2) return Shape{kBatch, extents[1]};
    if (extents.size() == 4) return Shape{kBatch, extents[3], extents[1], extents[2]};
    refuse(view.name, fmt::format("{} dimensions", extents.size()), "a vector or an image");
    return std::nullopt;
}

/// Whether the type and quantisation of an activation are of the model's kind.
bool Builder::is_storable(const TensorView& view) {
    const std::size_t before = problems_.size();
    if (!is_quantized_) {
        if (view.type != TensorType::float32) {
            refuse(view.name, fmt::format("type {}", static_cast<int>(view.type)),
                   "float32, as the input of the model");
        }
        return problems_.size() == before;
    }
    if (view.type != TensorType::int8 && view.type != TensorType::uint8) {
        refuse(view.name, fmt::format("type {}", static_cast<int>(view.type)),
               "int8 or uint8, as of a fully quantised model");
    }
    if (view.scales.size() != 1 || view.zero_points.size() != 1) {
        refuse(view.name, fmt::format("{} scales", view.scales.size()), "one for the tensor");
    }
    return problems_.size() == before;
}

/// Takes an activation into network and strategy: its shape, format and scale.
bool Builder::add_activation(std::int32_t index) {
    const TensorView& view = tensor(index);
    const std::size_t before = problems_.size();
    const std::optional<Shape> shape = shape_of(view);
    if (view.extents.empty() || view.extents[0] != 1) refuse(view.name, "a batch in the file", "one sample");
    const bool is_of_the_kind = is_storable(view);
    if (!view.data.empty() || stated_.contains(view.name)) {
        refuse(view.name, "a tensor that is written twice or is a constant", "one that is written once");
    }
    if (!is_of_the_kind || problems_.size() != before) return false;
    stated_.emplace(view.name, *shape);
    if (!is_quantized_) return true;
    const NumberFormat format = view.type == TensorType::int8 ? kSignedByte : kUnsignedByte;
    const std::int64_t zero_point = view.zero_points[0];
    if (zero_point < minimum_integer(format) || zero_point > maximum_integer(format)) {
        refuse(view.name, fmt::format("zero point {}", zero_point), "one of the type's integers");
        return false;
    }
    strategy_.calibrated->tensors.push_back(
        {.tensor = view.name,
         .format = format,
         .scale = AffineScale{view.scales[0], static_cast<std::int32_t>(zero_point)}});
    return true;
}

bool Builder::add_input(std::int32_t index) {
    if (!add_activation(index)) return false;
    const std::string& name = tensor(index).name;
    network_.inputs = {name};
    network_.shapes[name] = stated_.at(name);
    return true;
}

void Builder::append(const OperatorView& view, const std::string& place, std::string type,
                     std::vector<std::string> inputs, std::map<std::string, Attribute> attributes,
                     Activation activation) {
    if (!add_activation(view.outputs[0])) return;
    const std::string& output = tensor(view.outputs[0]).name;
    const std::string name = fmt::format("{}_{}", type, network_.nodes.size());
    const bool is_alone = activation == Activation::none;
    // A tensor's name may hold anything, so this one is told from all of them by its node's number.
    const std::string before = fmt::format("{}#{}", output, network_.nodes.size());
    network_.nodes.push_back({.name = name,
                              .type = std::move(type),
                              .inputs = std::move(inputs),
                              .outputs = {is_alone ? output : before},
                              .attributes = std::move(attributes)});
    if (is_alone) return;
    Node clamp{.name = name + ".activation",
               .type = "Relu",
               .inputs = {before},
               .outputs = {output},
               .attributes = {}};
    switch (activation) {
    case Activation::none:
    case Activation::relu: break;
    case Activation::relu_n1_to_1: clamp_to(clamp, -1.0F, 1.0F); break;
    case Activation::relu6: clamp_to(clamp, 0.0F, 6.0F); break;
    default: // the file may hold any number
        refuse(place, fmt::format("activation function {}", static_cast<int>(activation)),
               "none, RELU, RELU_N1_TO_1 or RELU6");
    }
    network_.nodes.push_back(std::move(clamp));
}

void Builder::clamp_to(Node& clamp, float least, float most) {
    clamp.type = "Clip";
    for (const auto& [part, bound] : {std::pair{"minimum", least}, std::pair{"maximum", most}}) {
        clamp.inputs.push_back(clamp.name + "." + part);
        network_.parameters[clamp.inputs.back()] = {.shape = {}, .values = std::vector<float>{bound}};
    }
}

void Builder::append_mean(const OperatorView& view, const std::string& place) {
    const std::string& output = tensor(view.outputs[0]).name;
    const bool is_vector = tensor(view.outputs[0]).extents.size() == 2;
    append(view, place, "GlobalAveragePool", {tensor(view.inputs[0]).name}, {}, Activation::none);
    if (!is_vector || has_problems()) return;
    const std::string pixel = fmt::format("{}#{}", output, network_.nodes.size());
    network_.nodes.back().outputs = {pixel};
    if (is_quantized_) {
        TensorFormat mean = strategy_.calibrated->tensors.back();
        mean.tensor = pixel;
        strategy_.calibrated->tensors.insert(strategy_.calibrated->tensors.end() - 1, std::move(mean));
    }
    network_.nodes.push_back({.name = fmt::format("Flatten_{}", network_.nodes.size()),
                              .type = "Flatten",
                              .inputs = {pixel},
                              .outputs = {output},
                              .attributes = {}});
}

void Builder::append_pad(const OperatorView& view, const std::string& place, std::vector<std::int64_t> pads) {
    const std::string name = fmt::format("Pad_{}.pads", network_.nodes.size());
    append(view, place, "Pad", {tensor(view.inputs[0]).name, name}, {}, Activation::none);
    if (has_problems()) return;
    const auto count = static_cast<std::int64_t>(pads.size());
    network_.parameters[name] = {.shape = {count}, .values = std::move(pads)};
    padded_.insert(tensor(view.outputs[0]).name);
}

void Builder::append_softmax(const OperatorView& view, const std::string& place) {
    append(view, place, "Softmax", {tensor(view.inputs[0]).name}, {{"axis", std::int64_t{1}}},
           Activation::none);
    if (is_quantized_ && !has_problems()) strategy_.calibrated->tensors.pop_back();
}

void Builder::add_layer(const OperatorView& view, const std::string& place, const std::string& type,
                        const Weights& weights, std::map<std::string, Attribute> attributes,
                        Activation activation) {
    const std::string layer = fmt::format("{}_{}", type, network_.nodes.size());
    std::vector<std::string> inputs = add_parameters(view, place, weights, layer);
    if (inputs.empty()) return;
    inputs.insert(inputs.begin(), tensor(view.inputs[0]).name);
    append(view, place, type, std::move(inputs), std::move(attributes), activation);
}

bool Builder::are_readable(const Weights& weights, const std::string& place) {
    const TensorView& view = *weights.view;
    if (!is_quantized_ && view.type == TensorType::float32 && !view.data.empty()) return true;
    const auto count = std::ssize(view.scales);
    const bool is_centred = std::all_of(view.zero_points.begin(), view.zero_points.end(),
                                        [](std::int64_t zero_point) { return zero_point == 0; });
    const bool has_scales = count == 1 || (count == weights.shape[0] && view.scale_axis == weights.axis);
    if (view.type == TensorType::int8 && !view.data.empty() && is_centred && has_scales) return true;
    refuse(place, fmt::format("weights '{}'", view.name),
           fmt::format("int8 constants with zero point 0 and one scale, or one an output channel{}",
                       is_quantized_ ? "" : "; or float32"));
    return false;
}

/// The weights' and the bias's parameters and the layer's part of the strategy; the names of the
/// parameters, or none and a problem.
std::vector<std::string> Builder::add_parameters(const OperatorView& operation, const std::string& place,
                                                 const Weights& weights, const std::string& layer) {
    if (!are_readable(weights, place)) return {};
    const std::int64_t channels = weights.shape[0];
    const bool has_bias = operation.inputs.size() > 2 && operation.inputs[2] >= 0;
    network_.parameters[layer + ".weight"] = {.shape = weights.shape, .values = dequantized(weights)};
    std::vector<std::string> names{layer + ".weight"};
    if (has_bias) names.push_back(layer + ".bias");
    if (!is_quantized_) {
        if (has_bias && !add_float_bias(tensor(operation.inputs[2]), place, channels, layer)) return {};
        return names;
    }
    const TensorFormat* const input = find_format(operation.inputs[0]);
    if (input == nullptr) { // what writes it has a problem, or it is no quantised tensor
        if (!has_problems()) refuse(place, "an input without a scale", "a quantised activation");
        return {};
    }
    LayerFormats formats{.layer = layer,
                         .weights = kSignedByte,
                         .activations = input->format,
                         .weight_scales = weights.view->scales};
    if (has_bias &&
        !add_quantized_bias(tensor(operation.inputs[2]), place, channels, input->scale->scale, formats)) {
        return {};
    }
    strategy_.layers.push_back(
        {.layer = layer, .weight_bits = formats.weights.bits, .activation_bits = formats.activations.bits});
    strategy_.calibrated->layers.push_back(std::move(formats));
    return names;
}

bool Builder::add_quantized_bias(const TensorView& view, const std::string& place, std::int64_t channels,
                                 float input_scale, LayerFormats& formats) {
    if (view.type != TensorType::int32 || view.data.empty() || view.elements() != channels) {
        refuse(place, fmt::format("bias '{}'", view.name), "an int32 constant, one an output channel");
        return false;
    }
    std::vector<float> values;
    std::vector<std::int64_t> integers;
    for (std::int64_t channel = 0; channel < channels; ++channel) {
        integers.push_back(view.integer(channel));
        values.push_back(bias_value(integers.back(), input_scale,
                                    scale_of(formats.weight_scales, static_cast<std::size_t>(channel))));
    }
    if (!is_recovered(integers, input_scale, formats.weight_scales)) formats.bias = std::move(integers);
    network_.parameters[formats.layer + ".bias"] = {.shape = {channels}, .values = std::move(values)};
    return true;
}

bool Builder::add_float_bias(const TensorView& view, const std::string& place, std::int64_t channels,
                             const std::string& layer) {
    if (view.type != TensorType::float32 || view.data.empty() || view.elements() != channels) {
        refuse(place, fmt::format("bias '{}'", view.name), "a float32 constant, one an output channel");
        return false;
    }
    std::vector<float> values;
    for (std::int64_t channel = 0; channel < channels; ++channel) values.push_back(view.real(channel));
    network_.parameters[layer + ".bias"] = {.shape = {channels}, .values = std::move(values)};
    return true;
}

const TensorFormat* Builder::find_format(std::int32_t index) const {
    const auto& tensors = strategy_.calibrated->tensors;
    const auto found = std::find_if(tensors.begin(), tensors.end(), [&](const TensorFormat& any) {
        return any.tensor == tensor(index).name && any.scale;
    });
    return found == tensors.end() ? nullptr : &*found;
}

} // namespace tandem::tflite_file
