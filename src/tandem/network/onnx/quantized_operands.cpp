#include "tandem/network/onnx/quantized_operands.h"

#include <fmt/format.h>

#include "tandem/network/onnx/onnx_tensors.h"

namespace tandem {
namespace {

bool read_type(int type, StoredActivation& stored) {
    switch (type) {
    case onnx::TensorProto::INT8: stored = {.bits = 8, .is_signed = true}; return true;
    case onnx::TensorProto::UINT8: stored = {.bits = 8, .is_signed = false}; return true;
    case onnx::TensorProto::INT16: stored = {.bits = 16, .is_signed = true}; return true;
    case onnx::TensorProto::UINT16: stored = {.bits = 16, .is_signed = false}; return true;
    default: return false; // protobuf's list of types is open
    }
}

} // namespace

const onnx::TensorProto* QuantizedOperands::constant(const onnx::NodeProto& node, int input) {
    if (input < node.input_size()) {
        const onnx::TensorProto* const found = graph_.find_constant(node.input(input));
        if (found != nullptr) return found;
    }
    graph_.refuse(node, fmt::format("input {} that is no constant", input), "a constant");
    return nullptr;
}

template <class Value>
std::optional<std::vector<Value>> QuantizedOperands::values(const onnx::NodeProto& node, int input) {
    const onnx::TensorProto* const tensor = constant(node, input);
    if (tensor == nullptr) return std::nullopt;
    tl::expected<Parameter, Problem> parameter = read_tensor(*tensor);
    if (!parameter) {
        graph_.refuse(node, parameter.error().found, parameter.error().expected);
        return std::nullopt;
    }
    auto* const list = std::get_if<std::vector<Value>>(&parameter->values);
    if (list == nullptr || list->empty()) {
        graph_.refuse(node, fmt::format("input {} of another type", input),
                      "scales as floats, integers as such");
        return std::nullopt;
    }
    return std::move(*list);
}

template std::optional<std::vector<float>> QuantizedOperands::values(const onnx::NodeProto&, int);
template std::optional<std::vector<std::int64_t>> QuantizedOperands::values(const onnx::NodeProto&, int);

std::optional<float> QuantizedOperands::number(const std::string& name) const {
    const onnx::TensorProto* const found = graph_.find_constant(name);
    if (found == nullptr) return std::nullopt;
    const tl::expected<Parameter, Problem> parameter = read_tensor(*found);
    if (!parameter) return std::nullopt;
    const auto* const list = std::get_if<std::vector<float>>(&parameter->values);
    return list != nullptr && list->size() == 1 ? std::optional(list->front()) : std::nullopt;
}

std::optional<StoredActivation> QuantizedOperands::stored_activation(const onnx::NodeProto& node, int scale) {
    const auto scales = values<float>(node, scale);
    StoredActivation stored{.bits = 8, .is_signed = false}; // of a zero point that is left out
    std::optional<std::vector<std::int64_t>> zero_points(std::in_place, 1, 0);
    if (scale + 1 < node.input_size() && !node.input(scale + 1).empty()) {
        zero_points = values<std::int64_t>(node, scale + 1);
        const onnx::TensorProto* const tensor = zero_points ? constant(node, scale + 1) : nullptr;
        if (tensor != nullptr && !read_type(tensor->data_type(), stored)) {
            graph_.refuse(node, fmt::format("element type {}", tensor->data_type()), "8 or 16 bits");
            return std::nullopt;
        }
    }
    if (!scales || !zero_points) return std::nullopt;
    if (scales->size() != 1 || zero_points->size() != 1) {
        graph_.refuse(node, fmt::format("{} scales for an activation", scales->size()), "one");
        return std::nullopt;
    }
    stored.scale = scales->front();
    stored.zero_point = zero_points->front();
    return stored;
}

void QuantizedOperands::add_constant(const onnx::NodeProto& node, int data, int scale, std::int64_t axis,
                                     const std::string& name) {
    const onnx::TensorProto* const tensor = constant(node, data);
    auto integers = values<std::int64_t>(node, data);
    auto scales = values<float>(node, scale);
    std::vector<std::int64_t> zero_points{0};
    if (scale + 1 < node.input_size() && !node.input(scale + 1).empty()) {
        zero_points = values<std::int64_t>(node, scale + 1).value_or(zero_points);
    }
    if (tensor == nullptr || !integers || !scales) return;
    add_constant(node,
                 {.tensor = *tensor,
                  .values = std::move(*integers),
                  .scales = std::move(*scales),
                  .zero_points = std::move(zero_points),
                  .axis = axis},
                 name);
}

void QuantizedOperands::add_constant(const onnx::NodeProto& node, Integers integers,
                                     const std::string& name) {
    const onnx::TensorProto& tensor = integers.tensor;
    std::int64_t axis = integers.axis;
    if (axis < 0) axis += tensor.dims_size();
    const std::int64_t extent = axis < tensor.dims_size() ? tensor.dims(static_cast<int>(axis)) : 1;
    const auto fits = [&](std::size_t count) {
        return count == 1 || static_cast<std::int64_t>(count) == extent;
    };
    if (axis < 0 || !fits(integers.scales.size()) || !fits(integers.zero_points.size())) {
        return graph_.refuse(node, fmt::format("{} scales along axis {}", integers.scales.size(), axis),
                             "one, or one an element of the axis");
    }
    std::int64_t inner = 1;
    for (int i = static_cast<int>(axis) + 1; i < tensor.dims_size(); ++i) inner *= tensor.dims(i);
    Parameter parameter{.shape = {tensor.dims().begin(), tensor.dims().end()}, .values = {}};
    std::vector<float> floats(integers.values.size());
    for (std::size_t i = 0; i < floats.size(); ++i) {
        const auto place = static_cast<std::size_t>(static_cast<std::int64_t>(i) / inner % extent);
        const auto& zero_points = integers.zero_points;
        integers.values[i] -= zero_points[zero_points.size() == 1 ? 0 : place];
        const float scale = integers.scales[integers.scales.size() == 1 ? 0 : place];
        floats[i] = static_cast<float>(static_cast<double>(scale) * static_cast<double>(integers.values[i]));
    }
    parameter.values = std::move(floats);
    write_tensor(name, parameter, graph_.add_constant());
    graph_.result().constants[name] = {
        .scales = std::move(integers.scales), .axis = axis, .integers = std::move(integers.values)};
}

} // namespace tandem
