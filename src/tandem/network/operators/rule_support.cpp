#include "tandem/network/operators/rule_support.h"

#include <algorithm>
#include <array>

#include <fmt/ranges.h>

#include "tandem/network/quoted.h"

namespace tandem::operators {

tl::unexpected<Problem> wrong(std::string place, std::string found, std::string expected) {
    return tl::unexpected(Problem{
        .file = "", .place = std::move(place), .found = std::move(found), .expected = std::move(expected)});
}

std::string to_text(std::span<const std::int64_t> numbers) {
    // A hostile file may list thousands; nobody reads more than a few.
    constexpr std::size_t kShown = 8;
    const std::string_view rest = numbers.size() > kShown ? ", ..." : "";
    return fmt::format("[{}{}]", fmt::join(numbers.first(std::min(numbers.size(), kShown)), ", "), rest);
}

std::string_view type_name(const Attribute& attribute) {
    static constexpr std::array<std::string_view, 5> kNames{"an integer", "a number", "a text",
                                                            "a list of integers", "a list of numbers"};
    static_assert(std::variant_size_v<Attribute> == kNames.size());
    return kNames[attribute.index()];
}

Judged<std::int64_t> one_of(const Node& node, std::string_view name, std::int64_t otherwise,
                            std::initializer_list<std::int64_t> values) {
    const std::int64_t value = TANDEM_TRY(attribute_or<std::int64_t>(node, name, otherwise));
    if (std::find(values.begin(), values.end(), value) == values.end()) {
        return wrong(std::string(name), std::to_string(value), fmt::format("{}", fmt::join(values, " or ")));
    }
    return value;
}

bool has_input(const OperatorCall& call, std::size_t input) {
    return input < call.node.inputs.size() && !call.node.inputs[input].empty();
}

std::string input_place(const OperatorCall& call, std::size_t input) {
    return fmt::format("input {} ({})", input, quoted_name(call.node.inputs[input]));
}

bool has_batch(const Shape& shape) { return !shape.empty() && shape.front() == kBatch; }

Judged<Shape> activation(const OperatorCall& call, std::size_t input) {
    if (!has_batch(call.input_shapes[input])) {
        return wrong(input_place(call, input), "a constant", "an activation");
    }
    return call.input_shapes[input];
}

Judged<Shape> activation_of_rank(const OperatorCall& call, std::size_t input, std::size_t rank,
                                 std::string_view layout) {
    Shape shape = TANDEM_TRY(activation(call, input));
    if (shape.size() != rank) {
        return wrong(input_place(call, input), "shape " + to_string(shape), std::string(layout));
    }
    return shape;
}

Judged<std::span<const float>> float_constant(const OperatorCall& call, std::size_t input) {
    const std::optional<ConstantValues>& values = call.constants[input];
    if (!values) return wrong(input_place(call, input), "an activation", "a constant");
    if (const auto* floats = std::get_if<std::span<const float>>(&*values)) return *floats;
    return wrong(input_place(call, input), "int64 values", "float32 values");
}

Judged<std::span<const std::int64_t>> integer_constant(const OperatorCall& call, std::size_t input) {
    const std::optional<ConstantValues>& values = call.constants[input];
    if (!values) return wrong(input_place(call, input), "an activation", "a constant");
    if (const auto* integers = std::get_if<std::span<const std::int64_t>>(&*values)) return *integers;
    return wrong(input_place(call, input), "float32 values", "int64 values");
}

Judged<std::span<const float>> float_constant_of_shape(const OperatorCall& call, std::size_t input,
                                                       const Shape& shape) {
    const std::span<const float> values = TANDEM_TRY(float_constant(call, input));
    if (call.input_shapes[input] != shape) {
        return wrong(input_place(call, input), "shape " + to_string(call.input_shapes[input]),
                     to_string(shape));
    }
    return values;
}

std::optional<std::int64_t> bounded_elements(const Shape& shape) {
    std::int64_t product = 1;
    for (std::size_t i = has_batch(shape) ? 1 : 0; i < shape.size(); ++i) {
        if (shape[i] < 1 || shape[i] > kMaximumElements / product) return std::nullopt;
        product *= shape[i];
    }
    return product;
}

std::optional<ConstantValues> constant_result(const OperatorCall& call) {
    if (call.node.type == "Identity" || call.node.type == "Reshape") return call.constants.front();
    if (call.node.type != "Constant") return std::nullopt;
    const Attribute& value = call.node.attributes.begin()->second;
    if (const auto* number = std::get_if<float>(&value)) return std::span(number, 1);
    if (const auto* number = std::get_if<std::int64_t>(&value)) return std::span(number, 1);
    if (const auto* list = std::get_if<std::vector<float>>(&value)) return std::span<const float>(*list);
    return std::span<const std::int64_t>(std::get<std::vector<std::int64_t>>(value));
}

Judged<void> check_inputs(const OperatorRule& rule, const OperatorCall& call) {
    const std::size_t given = call.node.inputs.size();
    std::size_t required = 0;
    while (required < rule.minimum_inputs && has_input(call, required)) ++required;
    if (required == rule.minimum_inputs && given <= rule.maximum_inputs) return {};
    return wrong("", fmt::format("{} inputs", given),
                 rule.minimum_inputs == rule.maximum_inputs
                     ? fmt::format("{}", rule.minimum_inputs)
                     : fmt::format("{} to {}", rule.minimum_inputs, rule.maximum_inputs));
}

ConstantValues values_of(const Parameter& parameter) {
    return std::visit([](const auto& list) { return ConstantValues(std::span(list)); }, parameter.values);
}

namespace {

/// The values of a tensor, followed back through the nodes that compute constants.
std::optional<ConstantValues> find_constant(const Network& network, const std::string& tensor) {
    if (const Parameter* parameter = network.parameter(tensor)) return values_of(*parameter);
    const Node* producer = network.producer(tensor);
    while (producer != nullptr && (producer->type == "Identity" || producer->type == "Reshape")) {
        const std::string& source = producer->inputs.front();
        if (const Parameter* parameter = network.parameter(source)) return values_of(*parameter);
        producer = network.producer(source);
    }
    if (producer == nullptr || producer->type != "Constant") return std::nullopt;
    return constant_result({.node = *producer, .opset = network.opset, .input_shapes = {}, .constants = {}});
}

} // namespace

OperatorCall call_of(const Node& node, const Network& network) {
    OperatorCall call{.node = node, .opset = network.opset, .input_shapes = {}, .constants = {}};
    for (const std::string& input : node.inputs) {
        const Parameter* parameter = network.parameter(input);
        Shape shape;
        if (!input.empty()) shape = parameter != nullptr ? parameter->shape : network.shape(input);
        const bool is_constant = !input.empty() && !has_batch(shape);
        call.constants.push_back(is_constant ? find_constant(network, input) : std::nullopt);
        call.input_shapes.push_back(std::move(shape));
    }
    return call;
}

} // namespace tandem::operators
