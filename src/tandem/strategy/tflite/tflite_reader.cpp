// From the operators of a TensorFlow Lite file to a Network in ONNX's terms, channels first, and its
// Strategy.
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>

#include <fmt/format.h>

#include "tandem/core/files.h"
#include "tandem/strategy/tflite/tflite.h"
#include "tandem/strategy/tflite/tflite_file.h"
#include "tandem/strategy/tflite/tflite_layers.h"

namespace tandem {

namespace {

using tflite_file::Activation;
using tflite_file::AddOptions;
using tflite_file::Conv2DOptions;
using tflite_file::DepthwiseConv2DOptions;
using tflite_file::FullyConnectedOptions;
using tflite_file::Graph;
using tflite_file::Operation;
using tflite_file::OperatorView;
using tflite_file::Pool2DOptions;
using tflite_file::TensorType;
using tflite_file::TensorView;
using tflite_file::Weights;
using tflite_file::window_attributes;

using List = std::vector<std::int64_t>;

class Reader {
  public:
    Reader(Graph graph, std::string file) : graph_(std::move(graph)), file_(std::move(file)) {}

    Result<QuantizedNetwork> read() {
        network_.name = std::filesystem::path(file_).stem().string();
        if (network_.name.empty()) network_.name = "network";
        if (graph_.inputs.size() != 1 || graph_.outputs.size() != 1) {
            return bad_input(
                file_, "",
                fmt::format("{} inputs and {} outputs", graph_.inputs.size(), graph_.outputs.size()),
                "one of each");
        }
        strategy_.output_bits = kSignedByte.bits;
        strategy_.arithmetic.requantization = RequantizationKind::multiplier_twice;
        strategy_.calibrated.emplace();
        read_input();
        for (std::size_t i = 0; i < graph_.operators.size() && may_go_on_; ++i) read_operator(i);
        if (!problems_.empty()) return bad_input(std::move(problems_));
        network_.outputs = {tensor(graph_.outputs[0]).name};
        return finish();
    }

  private:
    /// Shapes by our own rules, which must be the file's.
    Result<QuantizedNetwork> finish() {
        if (network_.nodes.empty()) return bad_input(file_, "", "no operators", "at least one");
        Network network = TANDEM_TRY(infer_shapes(std::move(network_), file_));
        for (const auto& [name, shape] : stated_) {
            if (network.shape(name) == shape) continue;
            problems_.push_back(
                {file_, name, to_string(shape), to_string(network.shape(name)) + " by its operator"});
        }
        if (!problems_.empty()) return bad_input(std::move(problems_));
        TANDEM_TRY(validate(network, file_));
        TANDEM_TRY(validate(strategy_, network, file_));
        return QuantizedNetwork{std::move(network), std::move(strategy_)};
    }

    void refuse(std::string place, std::string found, std::string expected) {
        problems_.push_back({file_, std::move(place), std::move(found), std::move(expected)});
    }

    const TensorView& tensor(std::int32_t index) const {
        return graph_.tensors[static_cast<std::size_t>(index)];
    }
    bool is_written(std::int32_t index) const { return index >= 0 && stated_.contains(tensor(index).name); }

    /// An activation's shape, channels first, without a batch of its own.
    std::optional<Shape> shape_of(const TensorView& view) {
        const Shape& extents = view.extents;
        if (extents.size() == 2) return Shape{kBatch, extents[1]};
        if (extents.size() == 4) return Shape{kBatch, extents[3], extents[1], extents[2]};
        refuse(view.name, fmt::format("{} dimensions", extents.size()), "a vector or an image");
        return std::nullopt;
    }

    /// Takes an activation into network and strategy: its shape, format and scale.
    bool add_activation(std::int32_t index) {
        const TensorView& view = tensor(index);
        const std::size_t before = problems_.size();
        const std::optional<Shape> shape = shape_of(view);
        if (view.extents.empty() || view.extents[0] != 1)
            refuse(view.name, "a batch in the file", "one sample");
        if (view.type != TensorType::int8 && view.type != TensorType::uint8) {
            refuse(view.name, fmt::format("type {}", static_cast<int>(view.type)),
                   "int8 or uint8: a fully quantised model");
        }
        if (view.scales.size() != 1 || view.zero_points.size() != 1) {
            refuse(view.name, fmt::format("{} scales", view.scales.size()), "one for the tensor");
        }
        if (!view.data.empty() || stated_.contains(view.name)) {
            refuse(view.name, "a tensor that is written twice or is a constant", "one that is written once");
        }
        if (problems_.size() != before) return false;
        const NumberFormat format = view.type == TensorType::int8 ? kSignedByte : kUnsignedByte;
        const std::int64_t zero_point = view.zero_points[0];
        if (zero_point < minimum_integer(format) || zero_point > maximum_integer(format)) {
            refuse(view.name, fmt::format("zero point {}", zero_point), "one of the type's integers");
            return false;
        }
        stated_.emplace(view.name, *shape);
        strategy_.calibrated->tensors.push_back(
            {.tensor = view.name,
             .format = format,
             .scale = AffineScale{view.scales[0], static_cast<std::int32_t>(zero_point)}});
        return true;
    }

    void read_input() {
        may_go_on_ = add_activation(graph_.inputs[0]);
        if (!may_go_on_) return;
        const std::string& name = tensor(graph_.inputs[0]).name;
        network_.inputs = {name};
        network_.shapes[name] = stated_.at(name);
    }

    void read_operator(std::size_t index) {
        const OperatorView& view = graph_.operators[index];
        const std::string place = fmt::format("operator {}", index);
        if (view.inputs.empty() || view.outputs.size() != 1) {
            return refuse(place,
                          fmt::format("{} inputs and {} outputs", view.inputs.size(), view.outputs.size()),
                          "inputs and one output");
        }
        if (!is_written(view.inputs[0])) {
            // What an operator with a problem writes has none of its own.
            if (problems_.empty()) refuse(place, "an input that nothing writes", "an activation");
            return;
        }
        switch (static_cast<Operation>(view.operation)) {
        case Operation::add: return read_add(view, place);
        case Operation::average_pool_2d: return read_pool(view, place, "AveragePool");
        case Operation::conv_2d: return read_conv(view, place);
        case Operation::depthwise_conv_2d: return read_depthwise(view, place);
        case Operation::fully_connected: return read_dense(view, place);
        case Operation::max_pool_2d: return read_pool(view, place, "MaxPool");
        case Operation::reshape: return read_reshape(view, place);
        case Operation::softmax: return read_softmax(view, index, place);
        }
        refuse(place, fmt::format("operation {}", view.operation),
               "ADD (0), AVERAGE_POOL_2D (1), CONV_2D (3), DEPTHWISE_CONV_2D (4), FULLY_CONNECTED (9), "
               "MAX_POOL_2D (17), RESHAPE (22) or SOFTMAX (25)");
    }

    /// The options of a type, or none, which is told.
    template <class Options> const Options* options_of(const OperatorView& view, const std::string& place) {
        const auto* const options = view.table->template builtin_options_as<Options>();
        if (options == nullptr) refuse(place, "no options, or another operator's", "its own");
        return options;
    }

    /// Appends a node that writes `output`, with the activation function that the operator fuses after it.
    void append(const OperatorView& view, const std::string& place, std::string type,
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

    void clamp_to(Node& clamp, float least, float most) {
        clamp.type = "Clip";
        for (const auto& [part, bound] : {std::pair{"minimum", least}, std::pair{"maximum", most}}) {
            clamp.inputs.push_back(clamp.name + "." + part);
            network_.parameters[clamp.inputs.back()] = {.shape = {}, .values = std::vector<float>{bound}};
        }
    }

    /// The weights' and the bias's parameters and the layer's part of the strategy; the names of the
    /// parameters, or none and a problem.
    std::vector<std::string> add_parameters(const OperatorView& operation, const std::string& place,
                                            const Weights& weights, const std::string& layer) {
        const TensorView& view = *weights.view;
        const std::int64_t channels = weights.shape[0];
        const auto count = std::ssize(view.scales);
        const bool is_centred = std::all_of(view.zero_points.begin(), view.zero_points.end(),
                                            [](std::int64_t zero_point) { return zero_point == 0; });
        if (view.type != TensorType::int8 || view.data.empty() || !is_centred ||
            (count != 1 && (count != channels || view.scale_axis != weights.axis))) {
            refuse(place, fmt::format("weights '{}'", view.name),
                   "int8 constants with zero point 0 and one scale, or one an output channel");
            return {};
        }
        LayerFormats formats{.layer = layer,
                             .weights = kSignedByte,
                             .activations = format_of(operation.inputs[0]).format,
                             .weight_scales = view.scales};
        network_.parameters[layer + ".weight"] = {.shape = weights.shape, .values = dequantized(weights)};
        std::vector<std::string> names{layer + ".weight"};
        if (operation.inputs.size() > 2 && operation.inputs[2] >= 0) {
            if (!add_bias(tensor(operation.inputs[2]), place, channels,
                          format_of(operation.inputs[0]).scale->scale, formats)) {
                return {};
            }
            names.push_back(layer + ".bias");
        }
        strategy_.layers.push_back({.layer = layer,
                                    .weight_bits = formats.weights.bits,
                                    .activation_bits = formats.activations.bits});
        strategy_.calibrated->layers.push_back(std::move(formats));
        return names;
    }

    bool add_bias(const TensorView& view, const std::string& place, std::int64_t channels, float input_scale,
                  LayerFormats& formats) {
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

    const TensorFormat& format_of(std::int32_t index) const {
        const auto& tensors = strategy_.calibrated->tensors;
        return *std::find_if(tensors.begin(), tensors.end(),
                             [&](const TensorFormat& any) { return any.tensor == tensor(index).name; });
    }

    /// Whether the operator has its operands, images of four dimensions.
    bool has_images(const OperatorView& view, const std::string& place, std::size_t operands) {
        for (std::size_t i = 0; i < operands; ++i) {
            if (i < view.inputs.size() && view.inputs[i] >= 0 && tensor(view.inputs[i]).extents.size() == 4) {
                continue;
            }
            refuse(place, fmt::format("operand {} that is missing or no image", i), "four dimensions");
            return false;
        }
        return true;
    }

    bool has_positive(const std::string& place, std::initializer_list<std::int64_t> numbers) {
        constexpr std::int64_t kMost = 65'536; // beyond any extent of an image
        const bool are_positive = std::all_of(numbers.begin(), numbers.end(), [](std::int64_t number) {
            return number > 0 && number <= kMost;
        });
        if (!are_positive) refuse(place, "a stride, dilation or extent of 0 or of more than 65536", "less");
        return are_positive;
    }

    void read_conv(const OperatorView& view, const std::string& place) {
        const auto* const options = options_of<Conv2DOptions>(view, place);
        if (options == nullptr || !has_images(view, place, 2)) return;
        const TensorView& weights = tensor(view.inputs[1]);
        const Shape& w = weights.extents; // outputs, rows, columns, inputs of a group
        const std::int64_t channels = tensor(view.inputs[0]).extents[3];
        if (channels % w[3] != 0) {
            return refuse(place, fmt::format("{} input channels for filters of {}", channels, w[3]),
                          "a multiple");
        }
        add_convolution(
            view, place, *options,
            {.view = &weights, .shape = {w[0], w[3], w[1], w[2]}, .axis = 0, .order = {0, 3, 1, 2}},
            channels / w[3]);
    }

    void read_depthwise(const OperatorView& view, const std::string& place) {
        const auto* const options = options_of<DepthwiseConv2DOptions>(view, place);
        if (options == nullptr || !has_images(view, place, 2)) return;
        const TensorView& weights = tensor(view.inputs[1]);
        const Shape& w = weights.extents; // 1, rows, columns, outputs
        const std::int64_t channels = tensor(view.inputs[0]).extents[3];
        if (w[0] != 1 || w[3] % channels != 0) {
            return refuse(place, fmt::format("filters of {} channels for {}", w[3], channels), "a multiple");
        }
        add_convolution(view, place, *options,
                        {.view = &weights, .shape = {w[3], 1, w[1], w[2]}, .axis = 3, .order = {3, -1, 1, 2}},
                        channels);
    }

    template <class Options> void add_convolution(const OperatorView& view, const std::string& place,
                                                  const Options& options, const Weights& weights,
                                                  std::int64_t groups) {
        if (!has_positive(place, {options.stride_h(), options.stride_w(), options.dilation_h_factor(),
                                  options.dilation_w_factor()})) {
            return;
        }
        const Shape& input = tensor(view.inputs[0]).extents;
        auto attributes = window_attributes(
            {input[1], weights.shape[2], options.stride_h(), options.dilation_h_factor()},
            {input[2], weights.shape[3], options.stride_w(), options.dilation_w_factor()}, options.padding());
        attributes["dilations"] = List{options.dilation_h_factor(), options.dilation_w_factor()};
        attributes["group"] = groups;
        add_layer(view, place, "Conv", weights, std::move(attributes), options.fused_activation_function());
    }

    void add_layer(const OperatorView& view, const std::string& place, const std::string& type,
                   const Weights& weights, std::map<std::string, Attribute> attributes,
                   Activation activation) {
        const std::string layer = fmt::format("{}_{}", type, network_.nodes.size());
        std::vector<std::string> inputs = add_parameters(view, place, weights, layer);
        if (inputs.empty()) return;
        inputs.insert(inputs.begin(), tensor(view.inputs[0]).name);
        append(view, place, type, std::move(inputs), std::move(attributes), activation);
    }

    void read_dense(const OperatorView& view, const std::string& place) {
        const auto* const options = options_of<FullyConnectedOptions>(view, place);
        if (options == nullptr) return;
        const bool has_weights =
            view.inputs.size() > 1 && view.inputs[1] >= 0 && tensor(view.inputs[1]).extents.size() == 2;
        if (tensor(view.inputs[0]).extents.size() != 2 || !has_weights || options->weights_format() != 0) {
            return refuse(place, "operands of other dimensions, or shuffled weights",
                          "a vector and a matrix (outputs, inputs)");
        }
        const TensorView& weights = tensor(view.inputs[1]);
        add_layer(view, place, "Gemm",
                  {.view = &weights, .shape = weights.extents, .axis = 0, .order = {0, 1}},
                  {{"transB", std::int64_t{1}}}, options->fused_activation_function());
    }

    void read_add(const OperatorView& view, const std::string& place) {
        const auto* const options = options_of<AddOptions>(view, place);
        if (options == nullptr) return;
        if (view.inputs.size() != 2 || !is_written(view.inputs[1]) ||
            tensor(view.inputs[0]).extents != tensor(view.inputs[1]).extents) {
            return refuse(place, "an ADD that broadcasts or adds a constant",
                          "two activations of equal extents");
        }
        append(view, place, "Add", {tensor(view.inputs[0]).name, tensor(view.inputs[1]).name}, {},
               options->fused_activation_function());
    }

    void read_pool(const OperatorView& view, const std::string& place, const std::string& type) {
        const auto* const options = options_of<Pool2DOptions>(view, place);
        if (options == nullptr || !has_images(view, place, 1) ||
            !has_positive(place, {options->stride_h(), options->stride_w(), options->filter_height(),
                                  options->filter_width()})) {
            return;
        }
        const Shape& input = tensor(view.inputs[0]).extents;
        auto attributes = window_attributes({input[1], options->filter_height(), options->stride_h(), 1},
                                            {input[2], options->filter_width(), options->stride_w(), 1},
                                            options->padding());
        attributes["kernel_shape"] = List{options->filter_height(), options->filter_width()};
        append(view, place, type, {tensor(view.inputs[0]).name}, std::move(attributes),
               options->fused_activation_function());
    }

    /// A vector of one pixel or one channel has its elements in the same order, channels first or last.
    void read_reshape(const OperatorView& view, const std::string& place) {
        const Shape& from = tensor(view.inputs[0]).extents;
        const Shape& to = tensor(view.outputs[0]).extents;
        const bool keeps_order = from.size() == 4 && (from[3] == 1 || (from[1] == 1 && from[2] == 1));
        if (to.size() != 2 || !keeps_order) {
            return refuse(place, "a RESHAPE that would change the order of elements",
                          "an image of one pixel or one channel to a vector");
        }
        append(view, place, "Flatten", {tensor(view.inputs[0]).name}, {}, Activation::none);
    }

    void read_softmax(const OperatorView& view, std::size_t index, const std::string& place) {
        if (index + 1 != graph_.operators.size() || view.outputs[0] != graph_.outputs[0]) {
            return refuse(place, "a SOFTMAX in the middle", "one at the end, which changes no prediction");
        }
        append(view, place, "Softmax", {tensor(view.inputs[0]).name}, {{"axis", std::int64_t{1}}},
               Activation::none);
        // Its output is never stored.
        if (problems_.empty()) strategy_.calibrated->tensors.pop_back();
    }

    Graph graph_;
    std::string file_;
    Network network_;
    Strategy strategy_;
    std::map<std::string, Shape> stated_; ///< of every activation so far, channels first
    bool may_go_on_ = true;
    std::vector<Problem> problems_;
};

} // namespace

Result<QuantizedNetwork> parse_tflite(std::string_view bytes, const std::string& file) {
    return Reader(TANDEM_TRY(tflite_file::parse_graph(bytes, file)), file).read();
}

Result<QuantizedNetwork> load_tflite(const std::string& path) {
    const std::string bytes = TANDEM_TRY(read_file(path));
    return parse_tflite(bytes, path);
}

} // namespace tandem
