#include "tandem/network/onnx/qonnx_nodes.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>

#include <fmt/format.h>

#include "tandem/network/onnx/onnx_checks.h"
#include "tandem/network/onnx/onnx_tensors.h"
#include "tandem/network/onnx/rewritten_graph.h"
#include "tandem/network/quoted.h"

namespace tandem {

namespace {

constexpr int kMostActivationBits = 16;
constexpr int kMostConstantBits = 32;

/// What a node says of the tensor that it rounds.
struct Format {
    int bits = 1;
    bool is_signed = true;
    StoredLevels levels = StoredLevels::all;
    std::vector<float> scales;
    Shape scale_shape;
    std::int64_t zero_point = 0;
};

class Taker {
  public:
    Taker(onnx::GraphProto& graph, const std::string& file, QuantizedOnnx& result,
          std::vector<Problem>& problems)
        : graph_(graph, file, result, problems), result_(result) {}

    void take() {
        for (const onnx::NodeProto& node : graph_.graph().node()) {
            if (is_qonnx_node(node)) {
                take_node(node);
                continue;
            }
            onnx::NodeProto& copy = *graph_.nodes().Add();
            copy = node;
            for (std::string& input : *copy.mutable_input()) input = graph_.name_of(input);
        }
        graph_.finish();
    }

  private:
    void refuse(const onnx::NodeProto& node, std::string found, std::string expected) {
        graph_.refuse(node, std::move(found), std::move(expected));
    }

    std::optional<Parameter> constant(const onnx::NodeProto& node, int input) {
        const onnx::TensorProto* const found =
            input < node.input_size() ? graph_.find_constant(node.input(input)) : nullptr;
        if (found == nullptr) {
            refuse(node, fmt::format("input {} that is no constant", input), "a constant");
            return std::nullopt;
        }
        tl::expected<Parameter, Problem> parameter = read_tensor(*found);
        if (parameter && std::holds_alternative<std::vector<float>>(parameter->values)) return *parameter;
        refuse(node, parameter ? fmt::format("input {} of integers", input) : parameter.error().found,
               parameter ? "floats" : parameter.error().expected);
        return std::nullopt;
    }

    /// A whole number that stands as a constant of one float.
    std::optional<std::int64_t> whole_number(const onnx::NodeProto& node, int input) {
        const auto parameter = constant(node, input);
        if (!parameter) return std::nullopt;
        const std::vector<float>& values = float_values(*parameter);
        const bool is_whole =
            values.size() == 1 && std::abs(values[0]) <= 65'536.0F && values[0] == std::nearbyint(values[0]);
        if (is_whole) return static_cast<std::int64_t>(values[0]);
        refuse(node, fmt::format("input {} that is no whole number", input), "one whole number");
        return std::nullopt;
    }

    std::optional<Format> format_of(const onnx::NodeProto& node) {
        const bool is_bipolar = node.op_type() == "BipolarQuant";
        if (node.input_size() != (is_bipolar ? 2 : 4) || node.output_size() != 1) {
            refuse(node, fmt::format("{} inputs", node.input_size()),
                   is_bipolar ? "a tensor and its scale" : "a tensor, its scale, zero point and width");
            return std::nullopt;
        }
        const auto scale = constant(node, 1);
        if (!scale) return std::nullopt;
        Format format{.scales = float_values(*scale), .scale_shape = scale->shape};
        const bool are_positive = std::all_of(format.scales.begin(), format.scales.end(),
                                              [](float each) { return std::isfinite(each) && each > 0.0F; });
        if (format.scales.empty() || !are_positive) {
            refuse(node, "a scale that is no positive number", "positive scales");
            return std::nullopt;
        }
        if (is_bipolar) {
            format.levels = StoredLevels::bipolar;
            return format;
        }
        const auto zero_point = whole_number(node, 2);
        const auto bits = whole_number(node, 3);
        if (!zero_point || !bits || !read_attributes(node, format)) return std::nullopt;
        format.zero_point = *zero_point;
        format.bits = static_cast<int>(*bits);
        if (format.levels == StoredLevels::ternary && (format.bits != 2 || !format.is_signed)) {
            refuse(node, fmt::format("a narrow range of {} bits", *bits),
                   "one of 2 signed bits, or the whole range");
            return std::nullopt;
        }
        return format;
    }

    bool read_attributes(const onnx::NodeProto& node, Format& format) {
        for (const onnx::AttributeProto& attribute : node.attribute()) {
            if (attribute.name() == "signed") format.is_signed = attribute.i() != 0;
            if (attribute.name() == "narrow" && attribute.i() != 0) format.levels = StoredLevels::ternary;
            if (attribute.name() == "rounding_mode" && attribute.s() != "ROUND") {
                refuse(node, "rounding_mode " + one_line(attribute.s()), "ROUND, to nearest even");
                return false;
            }
        }
        return true;
    }

    void take_node(const onnx::NodeProto& node) {
        const auto format = format_of(node);
        if (!format) return;
        const bool is_constant = graph_.find_constant(node.input(0)) != nullptr;
        const int most = is_constant ? kMostConstantBits : kMostActivationBits;
        if (format->bits < 1 || format->bits > most) {
            return refuse(node, fmt::format("{} bits", format->bits), fmt::format("1 to {}", most));
        }
        if (is_constant) return take_constant(node, *format);
        if (format->scales.size() != 1) {
            return refuse(node, fmt::format("{} scales for an activation", format->scales.size()), "one");
        }
        const StoredActivation stored{.bits = format->bits,
                                      .is_signed = format->is_signed,
                                      .scale = format->scales[0],
                                      .zero_point = format->zero_point,
                                      .levels = format->levels};
        const std::string tensor = graph_.name_of(node.input(0));
        const auto [place, is_new] = result_.activations.emplace(tensor, stored);
        if (!is_new && place->second != stored) {
            return refuse(node, fmt::format("a second scale or width for {}", quoted_name(tensor)),
                          "one for each tensor");
        }
        graph_.rename(node.output(0), tensor);
    }

    /// The dimension along which scales differ; 0 where there is one scale.
    std::optional<std::int64_t> axis_of(const onnx::NodeProto& node, const Format& format,
                                        const Shape& shape) {
        if (format.scales.size() == 1) return 0;
        const auto offset = std::ssize(shape) - std::ssize(format.scale_shape);
        for (std::int64_t i = 0; i < std::ssize(format.scale_shape) && offset >= 0; ++i) {
            const std::int64_t extent = format.scale_shape[static_cast<std::size_t>(i)];
            if (extent == 1) continue;
            const bool is_whole =
                extent == std::ssize(format.scales) && extent == shape[static_cast<std::size_t>(i + offset)];
            if (is_whole) return i + offset;
            break;
        }
        refuse(node, fmt::format("{} scales", format.scales.size()), "one, or one an element of a dimension");
        return std::nullopt;
    }

    void take_constant(const onnx::NodeProto& node, const Format& format) {
        auto parameter = constant(node, 0);
        const auto axis = parameter ? axis_of(node, format, parameter->shape) : std::nullopt;
        if (!axis) return;
        StoredConstant stored{.scales = format.scales,
                              .axis = *axis,
                              .integers = {},
                              .bits = format.bits,
                              .levels = format.levels};
        std::int64_t inner = 1;
        for (std::size_t i = static_cast<std::size_t>(*axis) + 1; i < parameter->shape.size(); ++i) {
            inner *= parameter->shape[i];
        }
        auto& values = std::get<std::vector<float>>(parameter->values);
        if (!std::all_of(values.begin(), values.end(), [](float value) { return std::isfinite(value); })) {
            return refuse(node, "a constant that is not finite", "numbers");
        }
        const auto scales = std::ssize(format.scales);
        for (std::size_t i = 0; i < values.size(); ++i) {
            const auto place = static_cast<std::size_t>(static_cast<std::int64_t>(i) / inner % scales);
            const auto scale = static_cast<double>(format.scales[place]);
            const std::int64_t integer = rounded(static_cast<double>(values[i]) / scale, format);
            stored.integers.push_back(integer);
            values[i] = static_cast<float>(scale * static_cast<double>(integer));
        }
        write_tensor(node.output(0), *parameter, graph_.add_constant());
        result_.constants[node.output(0)] = std::move(stored);
    }

    /// The integer less its zero point.
    static std::int64_t rounded(double steps, const Format& format) {
        if (format.levels == StoredLevels::bipolar) return steps >= 0.0 ? 1 : -1;
        const auto range = std::int64_t{1} << (format.bits - (format.is_signed ? 1 : 0));
        std::int64_t smallest = format.is_signed ? -range : 0;
        if (format.levels == StoredLevels::ternary) smallest = -1;
        const double integer = std::nearbyint(steps + static_cast<double>(format.zero_point));
        return static_cast<std::int64_t>(
                   std::clamp(integer, static_cast<double>(smallest), static_cast<double>(range - 1))) -
               format.zero_point;
    }

    RewrittenGraph graph_;
    QuantizedOnnx& result_;
};

} // namespace

bool is_qonnx_node(const onnx::NodeProto& node) {
    static const std::set<std::string_view> kDomains{kQonnxDomain, "finn.custom_op.general", "onnx.brevitas"};
    return kDomains.contains(node.domain()) &&
           (node.op_type() == "Quant" || node.op_type() == "BipolarQuant");
}

void take_qonnx_nodes(onnx::GraphProto& graph, const std::string& file, QuantizedOnnx& result,
                      std::vector<Problem>& problems) {
    Taker(graph, file, result, problems).take();
}

} // namespace tandem
