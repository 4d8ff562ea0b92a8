// The graph is rewritten before it is read: integer constants become float ones, pairs of QuantizeLinear and
// DequantizeLinear vanish, operators on integers become the float operators they stand for.
#include "tandem/network/onnx/quantized_onnx.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "tandem/network/onnx/onnx_checks.h"
#include "tandem/network/onnx/onnx_model.h"
#include "tandem/network/onnx/onnx_tensors.h"
#include "tandem/network/onnx/qonnx_nodes.h"
#include "tandem/network/quoted.h"

namespace tandem {

namespace {

bool quantizes(const onnx::NodeProto& node) {
    static const std::set<std::string_view> kTypes{"DequantizeLinear", "QLinearAdd",
                                                   "QLinearConv",      "QLinearGlobalAveragePool",
                                                   "QLinearMatMul",    "QuantizeLinear"};
    return kTypes.contains(node.op_type()) || is_qonnx_node(node);
}

/// Operators that move or compare integers: input and output are stored alike.
bool keeps_integers(std::string_view type) {
    static const std::set<std::string_view> kTypes{"Flatten", "Identity", "MaxPool",  "Reshape",
                                                   "Slice",   "Squeeze",  "Unsqueeze"};
    return kTypes.contains(type);
}

/// How a file stores an activation of fewer bits is in its bytes alone: as 8.
StoredActivation in_the_file(StoredActivation stored) {
    stored.bits = std::max(stored.bits, 8);
    return stored;
}

float value_of(const StoredActivation& stored, std::int64_t integer) {
    return static_cast<float>(static_cast<double>(stored.scale) *
                              static_cast<double>(integer - stored.zero_point));
}

} // namespace

std::int64_t smallest_integer(const StoredActivation& stored) {
    return stored.is_signed ? -(std::int64_t{1} << (stored.bits - 1)) : 0;
}
std::int64_t largest_integer(const StoredActivation& stored) {
    return (std::int64_t{1} << (stored.bits - (stored.is_signed ? 1 : 0))) - 1;
}
float smallest_value(const StoredActivation& stored) { return value_of(stored, smallest_integer(stored)); }
float largest_value(const StoredActivation& stored) { return value_of(stored, largest_integer(stored)); }

namespace {

class Rewriter {
  public:
    Rewriter(onnx::GraphProto& graph, std::string file, QuantizedOnnx& result)
        : graph_(graph), file_(std::move(file)), result_(result) {
        for (const onnx::TensorProto& tensor : graph_.initializer())
            initializers_.emplace(tensor.name(), &tensor);
        for (const onnx::NodeProto& node : graph_.node()) {
            const bool is_tensor = node.op_type() == "Constant" && node.attribute_size() == 1 &&
                                   node.attribute(0).has_t() && node.output_size() == 1;
            if (is_tensor) initializers_.emplace(node.output(0), &node.attribute(0).t());
        }
    }

    /// Leaves a float graph.
    void rewrite() {
        for (const onnx::NodeProto& node : graph_.node()) rewrite_node(node);
        for (onnx::ValueInfoProto& output : *graph_.mutable_output()) {
            keep_name(output.name());
            output.mutable_type()->mutable_tensor_type()->set_elem_type(onnx::TensorProto::FLOAT);
        }
        graph_.mutable_node()->Swap(&nodes_);
        for (onnx::TensorProto& tensor : floats_) *graph_.add_initializer() = std::move(tensor);
        graph_.clear_value_info(); // tells of tensors that are no more
    }

    std::vector<Problem>& problems() { return problems_; }

  private:
    void refuse(const onnx::NodeProto& node, std::string found, std::string expected) {
        problems_.push_back({file_,
                             fmt::format("node {} ({})", quoted_name(node.name()), one_line(node.op_type())),
                             std::move(found), std::move(expected)});
    }

    /// Under which name the float network has a tensor of the file.
    std::string float_name(const std::string& tensor) const {
        const auto found = renamed_.find(tensor);
        return found == renamed_.end() ? tensor : found->second;
    }

    /// Gives the tensor that an output of the file stands for the output's name.
    void keep_name(const std::string& output) {
        const std::string inner = float_name(output);
        if (inner == output) return;
        for (onnx::NodeProto& node : nodes_) {
            for (auto* const names : {node.mutable_input(), node.mutable_output()}) {
                std::replace(names->begin(), names->end(), inner, output);
            }
        }
        if (auto stored = result_.activations.extract(inner)) {
            stored.key() = output;
            result_.activations.insert(std::move(stored));
        }
        for (auto& [name, target] : renamed_) {
            if (target == inner) target = output;
        }
    }

    void rewrite_node(const onnx::NodeProto& node) {
        const std::string& type = node.op_type();
        if (type == "QuantizeLinear") return rewrite_quantize(node);
        if (type == "DequantizeLinear") return rewrite_dequantize(node);
        if (type == "QLinearConv") return rewrite_layer(node, "Conv", {0, 3, 6, 8});
        if (type == "QLinearMatMul") return rewrite_layer(node, "Gemm", {0, 3, 6, 8});
        if (type == "QLinearAdd") return rewrite_sum(node);
        if (type == "QLinearGlobalAveragePool") return rewrite_mean(node);
        if (type == "Mul" && rewrite_wide(node)) return;
        onnx::NodeProto copy = node;
        for (std::string& input : *copy.mutable_input()) input = float_name(input);
        if (keeps_integers(type) && node.input_size() > 0 && node.output_size() > 0) {
            // An operator between integer tensors says nothing of its output: it is stored as its input.
            if (integers_.contains(node.input(0))) {
                integers_.insert(node.output(0));
                note_activation(node, node.output(0), result_.activations.at(copy.input(0)));
            }
        }
        *nodes_.Add() = std::move(copy);
    }

    /// A number of a constant of one element.
    const onnx::TensorProto* constant(const onnx::NodeProto& node, int input) {
        if (input < node.input_size()) {
            const auto found = initializers_.find(node.input(input));
            if (found != initializers_.end()) return found->second;
        }
        refuse(node, fmt::format("input {} that is no constant", input), "a constant");
        return nullptr;
    }

    /// The values of a constant, or none and a problem.
    template <class Value> std::optional<std::vector<Value>> values(const onnx::NodeProto& node, int input) {
        const onnx::TensorProto* const tensor = constant(node, input);
        if (tensor == nullptr) return std::nullopt;
        tl::expected<Parameter, Problem> parameter = read_tensor(*tensor);
        if (!parameter) {
            refuse(node, parameter.error().found, parameter.error().expected);
            return std::nullopt;
        }
        auto* const list = std::get_if<std::vector<Value>>(&parameter->values);
        if (list == nullptr || list->empty()) {
            refuse(node, fmt::format("input {} of another type", input),
                   "scales as floats, integers as such");
            return std::nullopt;
        }
        return std::move(*list);
    }

    /// What scale and zero point, inputs `scale` and the one after, say of an activation.
    std::optional<StoredActivation> stored_activation(const onnx::NodeProto& node, int scale) {
        const auto scales = values<float>(node, scale);
        StoredActivation stored{.bits = 8, .is_signed = false}; // of a zero point that is left out
        std::optional<std::vector<std::int64_t>> zero_points(std::in_place, 1, 0);
        if (scale + 1 < node.input_size() && !node.input(scale + 1).empty()) {
            zero_points = values<std::int64_t>(node, scale + 1);
            const onnx::TensorProto* const tensor = zero_points ? constant(node, scale + 1) : nullptr;
            if (tensor != nullptr && !read_type(tensor->data_type(), stored)) {
                refuse(node, fmt::format("element type {}", tensor->data_type()), "8 or 16 bits");
                return std::nullopt;
            }
        }
        if (!scales || !zero_points) return std::nullopt;
        if (scales->size() != 1 || zero_points->size() != 1) {
            refuse(node, fmt::format("{} scales for an activation", scales->size()), "one");
            return std::nullopt;
        }
        stored.scale = scales->front();
        stored.zero_point = zero_points->front();
        return stored;
    }

    static bool read_type(int type, StoredActivation& stored) {
        switch (type) {
        case onnx::TensorProto::INT8: stored = {.bits = 8, .is_signed = true}; return true;
        case onnx::TensorProto::UINT8: stored = {.bits = 8, .is_signed = false}; return true;
        case onnx::TensorProto::INT16: stored = {.bits = 16, .is_signed = true}; return true;
        case onnx::TensorProto::UINT16: stored = {.bits = 16, .is_signed = false}; return true;
        default: return false; // protobuf's list of types is open
        }
    }

    /// A tensor of the float network is stored so; in one way alone.
    bool note_activation(const onnx::NodeProto& node, const std::string& tensor,
                         const StoredActivation& stored) {
        const auto [place, is_new] = result_.activations.emplace(tensor, stored);
        if (is_new || place->second == stored || in_the_file(place->second) == stored) return true;
        refuse(node, fmt::format("a second scale or type for {}", quoted_name(tensor)),
               "one for each tensor");
        return false;
    }

    void rewrite_quantize(const onnx::NodeProto& node) {
        if (node.input_size() < 2 || node.output_size() != 1) {
            return refuse(node, fmt::format("{} inputs", node.input_size()), "a tensor and its scale");
        }
        auto stored = stored_activation(node, 1);
        if (!stored) return;
        const std::string tensor = unclipped(float_name(node.input(0)), *stored);
        if (!note_activation(node, tensor, *stored)) return;
        renamed_[node.output(0)] = tensor;
        integers_.insert(node.output(0));
    }

    /// Where a Clip to the range of fewer than 8 bits wrote the tensor last, takes it for that width: the
    /// Clip's input, and `stored` with the bits.
    std::string unclipped(const std::string& tensor, StoredActivation& stored) {
        if (nodes_.empty() || stored.bits != 8) return tensor;
        const onnx::NodeProto& clip = nodes_.Get(nodes_.size() - 1);
        if (clip.op_type() != "Clip" || clip.input_size() != 3 || clip.output(0) != tensor) return tensor;
        const auto low = bound(clip.input(1));
        const auto high = bound(clip.input(2));
        for (int bits = 1; bits < stored.bits; ++bits) {
            StoredActivation narrow = stored;
            narrow.bits = bits;
            if (low != smallest_value(narrow) || high != largest_value(narrow)) continue;
            stored = narrow;
            std::string input = clip.input(0);
            nodes_.RemoveLast();
            return input;
        }
        return tensor;
    }

    /// Takes Mul, Round, Clip and this Mul for the storing of more than 8 bits, where they are in a row and
    /// the Clip's bounds span as many integers.
    bool rewrite_wide(const onnx::NodeProto& node) {
        const int last = nodes_.size() - 1;
        if (last < 2 || node.input_size() != 2) return false;
        const onnx::NodeProto& clip = nodes_.Get(last);
        const onnx::NodeProto& round = nodes_.Get(last - 1);
        const onnx::NodeProto& steps = nodes_.Get(last - 2);
        const bool are_in_a_row =
            clip.op_type() == "Clip" && round.op_type() == "Round" && steps.op_type() == "Mul" &&
            clip.input_size() == 3 && steps.input_size() == 2 && node.input(0) == clip.output(0) &&
            clip.input(0) == round.output(0) && round.input_size() == 1 && round.input(0) == steps.output(0);
        if (!are_in_a_row) return false;
        const auto scale = bound(node.input(1));
        const auto steps_in_one = bound(steps.input(1));
        const auto lowest = bound(clip.input(1));
        const auto highest = bound(clip.input(2));
        if (!scale || !steps_in_one || !lowest || !highest || *steps_in_one != 1.0F / *scale) return false;
        for (int bits = 9; bits <= 16; ++bits) {
            StoredActivation stored{
                .bits = bits, .is_signed = *lowest != 0.0F, .scale = *scale, .zero_point = 0};
            if (*highest - *lowest != static_cast<float>((std::int64_t{1} << bits) - 1)) continue;
            stored.zero_point = smallest_integer(stored) - static_cast<std::int64_t>(*lowest);
            const std::string tensor = steps.input(0);
            if (!note_activation(node, tensor, stored)) return true;
            renamed_[node.output(0)] = tensor;
            for (int removed = 0; removed < 3; ++removed) nodes_.RemoveLast();
            return true;
        }
        return false;
    }

    std::optional<float> bound(const std::string& name) const {
        const auto found = initializers_.find(name);
        if (found == initializers_.end()) return std::nullopt;
        const tl::expected<Parameter, Problem> parameter = read_tensor(*found->second);
        if (!parameter) return std::nullopt;
        const auto* const list = std::get_if<std::vector<float>>(&parameter->values);
        return list != nullptr && list->size() == 1 ? std::optional(list->front()) : std::nullopt;
    }

    void rewrite_dequantize(const onnx::NodeProto& node) {
        if (node.input_size() < 2 || node.output_size() != 1) {
            return refuse(node, fmt::format("{} inputs", node.input_size()), "a tensor and its scale");
        }
        if (initializers_.contains(node.input(0))) {
            std::int64_t axis = 1;
            for (const auto& attribute : node.attribute()) {
                if (attribute.name() == "axis") axis = attribute.i();
            }
            return add_constant(node, 0, 1, axis, node.output(0));
        }
        if (!integers_.contains(node.input(0))) {
            return refuse(node, "an input that is not quantised", "the output of an integer operator");
        }
        const auto stored = stored_activation(node, 1);
        const std::string tensor = float_name(node.input(0));
        if (!stored || !note_activation(node, tensor, *stored)) return;
        renamed_[node.output(0)] = tensor;
    }

    /// A float constant called `name` of an integer one, `data`, with scale and zero point at `scale` and
    /// after.
    void add_constant(const onnx::NodeProto& node, int data, int scale, std::int64_t axis,
                      const std::string& name) {
        const onnx::TensorProto* const tensor = constant(node, data);
        auto integers = values<std::int64_t>(node, data);
        auto scales = values<float>(node, scale);
        std::vector<std::int64_t> zero_points{0};
        if (scale + 1 < node.input_size() && !node.input(scale + 1).empty()) {
            zero_points = values<std::int64_t>(node, scale + 1).value_or(zero_points);
        }
        if (tensor == nullptr || !integers || !scales) return;
        add_constant(node, *tensor, std::move(*integers), std::move(*scales), zero_points, axis, name);
    }

    void add_constant(const onnx::NodeProto& node, const onnx::TensorProto& tensor,
                      std::vector<std::int64_t> integers, std::vector<float> scales,
                      const std::vector<std::int64_t>& zero_points, std::int64_t axis,
                      const std::string& name) {
        if (axis < 0) axis += tensor.dims_size();
        const std::int64_t extent = axis < tensor.dims_size() ? tensor.dims(static_cast<int>(axis)) : 1;
        const auto fits = [&](std::size_t count) {
            return count == 1 || static_cast<std::int64_t>(count) == extent;
        };
        if (axis < 0 || !fits(scales.size()) || !fits(zero_points.size())) {
            return refuse(node, fmt::format("{} scales along axis {}", scales.size(), axis),
                          "one, or one an element of the axis");
        }
        std::int64_t inner = 1;
        for (int i = static_cast<int>(axis) + 1; i < tensor.dims_size(); ++i) inner *= tensor.dims(i);
        Parameter parameter{.shape = {tensor.dims().begin(), tensor.dims().end()}, .values = {}};
        std::vector<float> floats(integers.size());
        for (std::size_t i = 0; i < integers.size(); ++i) {
            const auto place = static_cast<std::size_t>(static_cast<std::int64_t>(i) / inner % extent);
            integers[i] -= zero_points[zero_points.size() == 1 ? 0 : place];
            floats[i] = static_cast<float>(static_cast<double>(scales[scales.size() == 1 ? 0 : place]) *
                                           static_cast<double>(integers[i]));
        }
        parameter.values = std::move(floats);
        onnx::TensorProto& written = floats_.emplace_back();
        write_tensor(name, parameter, written);
        result_.constants[name] = {
            .scales = std::move(scales), .axis = axis, .integers = std::move(integers)};
    }

    /// Where a layer on integers has its operands: each tensor, scale and zero point in a row; then the bias.
    struct LayerInputs {
        int input;
        int weights;
        int output; ///< its scale
        int bias;
    };

    void rewrite_layer(const onnx::NodeProto& node, const std::string& type, const LayerInputs& at) {
        if (node.input_size() < at.bias || node.output_size() != 1 ||
            !integers_.contains(node.input(at.input))) {
            return refuse(node, fmt::format("{} inputs, or a float one", node.input_size()),
                          "quantised operands with scales and zero points");
        }
        const std::string& output = node.output(0);
        const std::string input = float_name(node.input(at.input));
        const auto stored_input = stored_activation(node, at.input + 1);
        const auto stored = stored_activation(node, at.output);
        if (!stored_input || !stored || !note_activation(node, input, *stored_input)) return;
        onnx::NodeProto layer;
        layer.set_name(node.name());
        layer.set_op_type(type);
        layer.add_input(input);
        layer.add_input(output + "#weights");
        // The output channel of a convolution is the first axis of its weights, that of a product the last.
        add_constant(node, at.weights, at.weights + 1, type == "Conv" ? 0 : 1, layer.input(1));
        if (node.input_size() > at.bias && !node.input(at.bias).empty()) {
            layer.add_input(output + "#bias");
            add_bias(node, at.bias, stored_input->scale, layer.input(1), layer.input(2));
        }
        layer.add_output(output);
        if (type == "Conv") *layer.mutable_attribute() = node.attribute();
        *nodes_.Add() = std::move(layer);
        integers_.insert(output);
        note_activation(node, output, *stored);
    }

    void add_bias(const onnx::NodeProto& node, int bias, float input_scale, const std::string& weights,
                  const std::string& name) {
        const onnx::TensorProto* const tensor = constant(node, bias);
        auto integers = values<std::int64_t>(node, bias);
        const auto found = result_.constants.find(weights);
        if (tensor == nullptr || !integers || found == result_.constants.end()) return;
        std::vector<float> scales;
        for (const float scale : found->second.scales) scales.push_back(input_scale * scale);
        add_constant(node, *tensor, std::move(*integers), std::move(scales), {0}, 0, name);
    }

    /// QLinearAdd: a, scale, zero point; b, scale, zero point; scale and zero point of the sum.
    void rewrite_sum(const onnx::NodeProto& node) {
        constexpr int kOutputScale = 6;
        if (node.input_size() < kOutputScale + 1 || node.output_size() != 1 ||
            !integers_.contains(node.input(0)) || !integers_.contains(node.input(3))) {
            return refuse(node, "operands that are not quantised activations", "two of them");
        }
        const auto stored = stored_activation(node, kOutputScale);
        if (!stored) return;
        for (const int operand : {0, 3}) {
            const auto stored_operand = stored_activation(node, operand + 1);
            if (!stored_operand || !note_activation(node, float_name(node.input(operand)), *stored_operand)) {
                return;
            }
        }
        add_plain(node, "Add", {float_name(node.input(0)), float_name(node.input(3))}, *stored);
    }

    /// QLinearGlobalAveragePool: x, scale, zero point; scale and zero point of the mean.
    void rewrite_mean(const onnx::NodeProto& node) {
        const bool is_channels_last =
            std::any_of(node.attribute().begin(), node.attribute().end(), [](const auto& attribute) {
                return attribute.name() == "channels_last" && attribute.i() != 0;
            });
        if (node.input_size() < 4 || node.output_size() != 1 || is_channels_last ||
            !integers_.contains(node.input(0))) {
            return refuse(node, "an operand that is not quantised, or channels last", "channels first");
        }
        const auto stored = stored_activation(node, 3);
        if (stored) add_plain(node, "GlobalAveragePool", {float_name(node.input(0))}, *stored);
    }

    void add_plain(const onnx::NodeProto& node, const std::string& type,
                   const std::vector<std::string>& inputs, const StoredActivation& stored) {
        onnx::NodeProto& plain = *nodes_.Add();
        plain.set_name(node.name());
        plain.set_op_type(type);
        for (const std::string& input : inputs) plain.add_input(input);
        plain.add_output(node.output(0));
        integers_.insert(node.output(0));
        note_activation(node, node.output(0), stored);
    }

    onnx::GraphProto& graph_;
    std::string file_;
    QuantizedOnnx& result_;
    std::map<std::string, const onnx::TensorProto*> initializers_; ///< constants of the file
    std::map<std::string, std::string> renamed_;
    std::set<std::string> integers_; ///< activations of the file that are integers
    google::protobuf::RepeatedPtrField<onnx::NodeProto> nodes_;
    std::vector<onnx::TensorProto> floats_;
    std::vector<Problem> problems_;
};

} // namespace

Result<std::optional<QuantizedOnnx>>
parse_quantized_onnx(std::string_view bytes, const std::string& file, const OnnxOptions& options,
                     const std::optional<std::filesystem::path>& folder) {
    // Operators are named in plain text, and most files have none of these.
    const auto holds = [&](std::string_view word) { return bytes.find(word) != std::string_view::npos; };
    if (!holds("uantizeLinear") && !holds("QLinear") && !holds("Quant")) {
        return std::nullopt;
    }
    onnx::ModelProto model = TANDEM_TRY(parse_model(bytes, file));
    onnx::GraphProto& graph = *model.mutable_graph();
    if (std::none_of(graph.node().begin(), graph.node().end(), quantizes)) return std::nullopt;
    QuantizedOnnx result;
    std::vector<Problem> problems;
    fetch_external_data(graph, folder, file, problems);
    if (problems.empty()) take_qonnx_nodes(graph, file, result, problems);
    if (!problems.empty()) return bad_input(std::move(problems));
    Rewriter rewriter(graph, file, result);
    rewriter.rewrite();
    if (!rewriter.problems().empty()) return bad_input(std::move(rewriter.problems()));
    result.network = TANDEM_TRY(network_of(std::move(model), file, options));
    return result;
}

} // namespace tandem
