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
#include "tandem/network/onnx/quantized_operands.h"
#include "tandem/network/onnx/rewritten_graph.h"
#include "tandem/network/quoted.h"

namespace tandem {

namespace {

bool quantizes(const onnx::NodeProto& node) {
    static const std::set<std::string_view> kTypes{
        "ConvInteger", "DequantizeLinear",         "MatMulInteger", "QLinearAdd",
        "QLinearConv", "QLinearGlobalAveragePool", "QLinearMatMul", "QuantizeLinear"};
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
    Rewriter(onnx::GraphProto& graph, const std::string& file, QuantizedOnnx& result,
             std::vector<Problem>& problems)
        : graph_(graph, file, result, problems), nodes_(graph_.nodes()), result_(result) {}

    /// Leaves a float graph.
    void rewrite() {
        for (const onnx::NodeProto& node : graph_.graph().node()) rewrite_node(node);
        for (const auto& [tensor, product] : products_) {
            refuse(*product.node, fmt::format("{} that nobody scales", quoted_name(tensor)),
                   "a Cast to float and a Mul by a constant after it");
        }
        graph_.finish();
    }

  private:
    void refuse(const onnx::NodeProto& node, std::string found, std::string expected) {
        graph_.refuse(node, std::move(found), std::move(expected));
    }

    /// Under which name the float network has a tensor of the file.
    std::string float_name(const std::string& tensor) const { return graph_.name_of(tensor); }

    void rewrite_node(const onnx::NodeProto& node) {
        const std::string& type = node.op_type();
        if (type == "QuantizeLinear") return rewrite_quantize(node);
        if (type == "DequantizeLinear") return rewrite_dequantize(node);
        if (type == "QLinearConv") return rewrite_layer(node, "Conv", {0, 3, 6, 8});
        if (type == "QLinearMatMul") return rewrite_layer(node, "Gemm", {0, 3, 6, 8});
        if (type == "QLinearAdd") return rewrite_sum(node);
        if (type == "QLinearGlobalAveragePool") return rewrite_mean(node);
        if (type == "ConvInteger" || type == "MatMulInteger") return note_product(node);
        if (type == "Cast" && node.input_size() == 1 && node.output_size() == 1) {
            if (auto product = products_.extract(node.input(0))) {
                product.key() = node.output(0);
                products_.insert(std::move(product));
                return;
            }
        }
        if (type == "Mul" && (rewrite_scaling(node) || rewrite_wide(node))) return;
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
        auto stored = operands_.stored_activation(node, 1);
        if (!stored) return;
        const std::string tensor = unclipped(float_name(node.input(0)), *stored);
        if (!note_activation(node, tensor, *stored)) return;
        graph_.rename(node.output(0), tensor);
        integers_.insert(node.output(0));
    }

    /// Where a Clip to the range of fewer than 8 bits wrote the tensor last, takes it for that width: the
    /// Clip's input, and `stored` with the bits.
    std::string unclipped(const std::string& tensor, StoredActivation& stored) {
        if (nodes_.empty() || stored.bits != 8) return tensor;
        const onnx::NodeProto& clip = nodes_.Get(nodes_.size() - 1);
        if (clip.op_type() != "Clip" || clip.input_size() != 3 || clip.output(0) != tensor) return tensor;
        const auto low = operands_.number(clip.input(1));
        const auto high = operands_.number(clip.input(2));
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
        for (const onnx::NodeProto* each : {&node, &clip, &round, &steps}) {
            if (each->output_size() != 1) return false;
        }
        const bool are_in_a_row =
            clip.op_type() == "Clip" && round.op_type() == "Round" && steps.op_type() == "Mul" &&
            clip.input_size() == 3 && steps.input_size() == 2 && node.input(0) == clip.output(0) &&
            clip.input(0) == round.output(0) && round.input_size() == 1 && round.input(0) == steps.output(0);
        if (!are_in_a_row) return false;
        const auto scale = operands_.number(node.input(1));
        const auto steps_in_one = operands_.number(steps.input(1));
        const auto lowest = operands_.number(clip.input(1));
        const auto highest = operands_.number(clip.input(2));
        if (!scale || !steps_in_one || !lowest || !highest || *steps_in_one != 1.0F / *scale) return false;
        for (int bits = 9; bits <= 16; ++bits) {
            StoredActivation stored{
                .bits = bits, .is_signed = *lowest != 0.0F, .scale = *scale, .zero_point = 0};
            if (*highest - *lowest != static_cast<float>((std::int64_t{1} << bits) - 1)) continue;
            stored.zero_point = smallest_integer(stored) - static_cast<std::int64_t>(*lowest);
            const std::string tensor = steps.input(0);
            if (!note_activation(node, tensor, stored)) return true;
            graph_.rename(node.output(0), tensor);
            for (int removed = 0; removed < 3; ++removed) nodes_.RemoveLast();
            return true;
        }
        return false;
    }

    void rewrite_dequantize(const onnx::NodeProto& node) {
        if (node.input_size() < 2 || node.output_size() != 1) {
            return refuse(node, fmt::format("{} inputs", node.input_size()), "a tensor and its scale");
        }
        if (graph_.find_constant(node.input(0)) != nullptr) {
            std::int64_t axis = 1;
            for (const auto& attribute : node.attribute()) {
                if (attribute.name() == "axis") axis = attribute.i();
            }
            return operands_.add_constant(node, 0, 1, axis, node.output(0));
        }
        if (!integers_.contains(node.input(0))) {
            return refuse(node, "an input that is not quantised", "the output of an integer operator");
        }
        const auto stored = operands_.stored_activation(node, 1);
        const std::string tensor = float_name(node.input(0));
        if (!stored || !note_activation(node, tensor, *stored)) return;
        graph_.rename(node.output(0), tensor);
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
        const auto stored_input = operands_.stored_activation(node, at.input + 1);
        const auto stored = operands_.stored_activation(node, at.output);
        if (!stored_input || !stored || !note_activation(node, input, *stored_input)) return;
        onnx::NodeProto layer;
        layer.set_name(node.name());
        layer.set_op_type(type);
        layer.add_input(input);
        layer.add_input(output + "#weights");
        // The output channel of a convolution is the first axis of its weights, that of a product the last.
        operands_.add_constant(node, at.weights, at.weights + 1, type == "Conv" ? 0 : 1, layer.input(1));
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
        const onnx::TensorProto* const tensor = operands_.constant(node, bias);
        auto integers = operands_.values<std::int64_t>(node, bias);
        const auto found = result_.constants.find(weights);
        if (tensor == nullptr || !integers || found == result_.constants.end()) return;
        std::vector<float> scales;
        for (const float scale : found->second.scales) scales.push_back(input_scale * scale);
        operands_.add_constant(node,
                               {.tensor = *tensor,
                                .values = std::move(*integers),
                                .scales = std::move(scales),
                                .zero_points = {0},
                                .axis = 0},
                               name);
    }

    /// QLinearAdd: a, scale, zero point; b, scale, zero point; scale and zero point of the sum.
    void rewrite_sum(const onnx::NodeProto& node) {
        constexpr int kOutputScale = 6;
        if (node.input_size() < kOutputScale + 1 || node.output_size() != 1 ||
            !integers_.contains(node.input(0)) || !integers_.contains(node.input(3))) {
            return refuse(node, "operands that are not quantised activations", "two of them");
        }
        const auto stored = operands_.stored_activation(node, kOutputScale);
        if (!stored) return;
        for (const int operand : {0, 3}) {
            const auto stored_operand = operands_.stored_activation(node, operand + 1);
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
        const auto stored = operands_.stored_activation(node, 3);
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

    /// The product of ConvInteger or MatMulInteger: a layer once a Mul has said what its steps are worth.
    struct Product {
        const onnx::NodeProto* node;
        std::string input; ///< of the float network
    };

    /// x, weights, and their zero points: a product of integers, which Cast makes a float and Mul scales.
    void note_product(const onnx::NodeProto& node) {
        if (node.input_size() < 2 || node.output_size() != 1 || !integers_.contains(node.input(0))) {
            return refuse(node, "an input whose scale is no constant", "the output of a QuantizeLinear");
        }
        const std::string input = float_name(node.input(0));
        std::vector<std::int64_t> zero_points{0};
        if (node.input_size() > 2 && !node.input(2).empty()) {
            zero_points = operands_.values<std::int64_t>(node, 2).value_or(zero_points);
        }
        const StoredActivation& stored = result_.activations.at(input);
        if (zero_points.size() != 1 || zero_points.front() != stored.zero_point) {
            return refuse(node, "another zero point than its input is quantised with",
                          fmt::format("{}", stored.zero_point));
        }
        products_[node.output(0)] = {&node, input};
    }

    /// Whether a factor's elements differ along the channels alone, which are so many dimensions from the
    /// end.
    static bool lies_along_channels(const onnx::TensorProto& factor, int from_end) {
        for (int i = 0; i < factor.dims_size(); ++i) {
            if (factor.dims(i) != 1 && i != factor.dims_size() - from_end) return false;
        }
        return true;
    }

    /// A Mul of a product by a constant ends it: a layer whose weights have the constant over the input's
    /// scale.
    bool rewrite_scaling(const onnx::NodeProto& node) {
        if (node.input_size() != 2 || node.output_size() != 1) return false;
        const int operand = products_.contains(node.input(0)) ? 0 : 1;
        const auto found = products_.find(node.input(operand));
        if (found == products_.end()) return false;
        const auto [product, input] = found->second;
        products_.erase(found);
        const bool is_conv = product->op_type() == "ConvInteger";
        auto scales = operands_.values<float>(node, 1 - operand);
        auto integers = operands_.values<std::int64_t>(*product, 1);
        std::vector<std::int64_t> zero_points{0};
        if (product->input_size() > 3 && !product->input(3).empty()) {
            zero_points = operands_.values<std::int64_t>(*product, 3).value_or(zero_points);
        }
        if (!scales || !integers) return true;
        if (!lies_along_channels(*operands_.constant(node, 1 - operand), is_conv ? 3 : 1)) {
            refuse(node, "a factor that differs along another dimension than channels",
                   "one, or one a channel");
            return true;
        }
        for (float& scale : *scales) scale /= result_.activations.at(input).scale;
        onnx::NodeProto layer;
        layer.set_name(product->name());
        layer.set_op_type(is_conv ? "Conv" : "Gemm");
        layer.add_input(input);
        layer.add_input(node.output(0) + "#weights");
        layer.add_output(node.output(0));
        if (is_conv) *layer.mutable_attribute() = product->attribute();
        operands_.add_constant(*product,
                               {.tensor = *operands_.constant(*product, 1),
                                .values = std::move(*integers),
                                .scales = std::move(*scales),
                                .zero_points = std::move(zero_points),
                                .axis = is_conv ? 0 : 1},
                               layer.input(1));
        *nodes_.Add() = std::move(layer);
        return true;
    }

    RewrittenGraph graph_;
    QuantizedOperands operands_{graph_};
    std::map<std::string, Product> products_; ///< by tensor of the file, the Cast's output too
    google::protobuf::RepeatedPtrField<onnx::NodeProto>& nodes_; ///< of the float graph so far
    QuantizedOnnx& result_;
    std::set<std::string> integers_; ///< activations of the file that are integers
};

} // namespace

Result<std::optional<QuantizedOnnx>>
parse_quantized_onnx(std::string_view bytes, const std::string& file, const OnnxOptions& options,
                     const std::optional<std::filesystem::path>& folder) {
    // Operators are named in plain text, and most files have none of these.
    const auto holds = [&](std::string_view word) { return bytes.find(word) != std::string_view::npos; };
    if (!holds("uantizeLinear") && !holds("QLinear") && !holds("Quant") && !holds("Integer")) {
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
    Rewriter(graph, file, result, problems).rewrite();
    if (!problems.empty()) return bad_input(std::move(problems));
    for (onnx::ValueInfoProto& output : *graph.mutable_output()) {
        output.mutable_type()->mutable_tensor_type()->set_elem_type(onnx::TensorProto::FLOAT);
    }
    result.network = TANDEM_TRY(network_of(std::move(model), file, options));
    return result;
}

} // namespace tandem
