#include "tandem/network/topologies/builder.h"

#include <cmath>

#include "tandem/core/check.h"
#include "tandem/network/operators/rule_support.h"

namespace tandem::topologies {

namespace {

using List = std::vector<std::int64_t>;

/// The second number of a pair, which is the first where a plan leaves it out.
std::int64_t or_else(std::int64_t second, std::int64_t first) { return second == 0 ? first : second; }

} // namespace

Builder::Builder(std::string name, const TopologyRequest& request) : random_(request.seed) {
    network_.name = std::move(name);
    network_.inputs = {"input"};
    network_.shapes = {{"input", request.input_shape}};
}

std::string Builder::conv(const std::string& name, const std::string& input, ConvPlan plan, Bias bias) {
    const std::int64_t inputs = channels(input) / plan.groups;
    const std::int64_t columns = or_else(plan.kernel_columns, plan.kernel);
    weights(name + ".weight", {plan.channels, inputs, plan.kernel, columns}, inputs * plan.kernel * columns);
    std::vector<std::string> operands{input, name + ".weight"};
    if (bias == Bias::zero) operands.push_back(fill(name + ".bias", plan.channels, 0.0F));
    Node conv{.name = name, .type = "Conv", .inputs = std::move(operands), .outputs = {}, .attributes = {}};
    conv.attributes["kernel_shape"] = List{plan.kernel, columns};
    conv.attributes["strides"] = List{plan.stride, plan.stride};
    if (plan.keeps_extents) {
        conv.attributes["auto_pad"] = std::string("SAME_UPPER");
    } else {
        conv.attributes["pads"] = List{plan.pad, plan.pad, plan.pad, plan.pad};
    }
    if (plan.groups > 1) conv.attributes["group"] = plan.groups;
    if (plan.dilation > 1) conv.attributes["dilations"] = List{plan.dilation, plan.dilation};
    return node(std::move(conv));
}

std::string Builder::batch_normalization(const std::string& name, const std::string& input) {
    const std::int64_t count = channels(input);
    std::vector<std::string> operands{input};
    operands.push_back(fill(name + ".scale", count, 1.0F));
    operands.push_back(fill(name + ".bias", count, 0.0F));
    operands.push_back(fill(name + ".mean", count, 0.0F));
    operands.push_back(fill(name + ".variance", count, 1.0F));
    return node({.name = name,
                 .type = "BatchNormalization",
                 .inputs = std::move(operands),
                 .outputs = {},
                 .attributes = {{"epsilon", 1e-5F}}});
}

std::string Builder::conv_bn(const std::string& name, const std::string& input, ConvPlan plan) {
    return batch_normalization(name + ".bn", conv(name + ".conv", input, plan, Bias::none));
}

std::string Builder::conv_bn_relu(const std::string& name, const std::string& input, ConvPlan plan) {
    return plain(name + ".relu", "Relu", {conv_bn(name, input, plan)});
}

std::string Builder::gemm(const std::string& name, const std::string& input, std::int64_t outputs,
                          const std::string& output) {
    const std::int64_t inputs = channels(input);
    weights(name + ".weight", {outputs, inputs}, inputs);
    return node({.name = name,
                 .type = "Gemm",
                 .inputs = {input, name + ".weight", fill(name + ".bias", outputs, 0.0F)},
                 .outputs = {output},
                 .attributes = {{"transB", std::int64_t{1}}}});
}

std::string Builder::max_pool(const std::string& name, const std::string& input, PoolPlan plan) {
    return pool(name, "MaxPool", input, plan);
}

std::string Builder::average_pool(const std::string& name, const std::string& input, PoolPlan plan) {
    return pool(name, "AveragePool", input, plan);
}

std::string Builder::pool(const std::string& name, const std::string& type, const std::string& input,
                          PoolPlan plan) {
    Node pool{.name = name, .type = type, .inputs = {input}, .outputs = {}, .attributes = {}};
    pool.attributes["kernel_shape"] = List{plan.kernel, or_else(plan.kernel_columns, plan.kernel)};
    pool.attributes["strides"] = List{plan.stride, or_else(plan.stride_columns, plan.stride)};
    if (plan.pad > 0) pool.attributes["pads"] = List{plan.pad, plan.pad, plan.pad, plan.pad};
    if (plan.rounds_up) pool.attributes["ceil_mode"] = std::int64_t{1};
    return node(std::move(pool));
}

std::string Builder::resize(const std::string& name, const std::string& input, std::int64_t rows,
                            std::int64_t columns, const std::string& output) {
    // Factors leave the batch free where sizes would state it. With corners on corners they set the extents
    // alone, rounded down: half an element more makes that certain.
    const auto factor = [](std::int64_t to, std::int64_t from) {
        return static_cast<float>((static_cast<double>(to) + 0.5) / static_cast<double>(from));
    };
    const std::string factors = name + ".factors";
    network_.parameters.emplace(
        factors, Parameter{.shape = {4},
                           .values = std::vector<float>{1.0F, 1.0F, factor(rows, this->rows(input)),
                                                        factor(columns, this->columns(input))}});
    return node({.name = name,
                 .type = "Resize",
                 .inputs = {input, "", factors},
                 .outputs = {output},
                 .attributes = {{"mode", std::string("linear")},
                                {"coordinate_transformation_mode", std::string("align_corners")}}});
}

std::string Builder::plain(const std::string& name, const std::string& type,
                           std::vector<std::string> inputs) {
    return node({.name = name, .type = type, .inputs = std::move(inputs), .outputs = {}, .attributes = {}});
}

std::string Builder::concat(const std::string& name, std::vector<std::string> inputs) {
    return node({.name = name,
                 .type = "Concat",
                 .inputs = std::move(inputs),
                 .outputs = {},
                 .attributes = {{"axis", std::int64_t{1}}}});
}

std::string Builder::padded_shortcut(const std::string& name, const std::string& input,
                                     std::int64_t channels) {
    // A last start, end and step for rows and columns; ends beyond any extent.
    constexpr std::int64_t kEnd = std::int64_t{1} << 31;
    const std::string halved =
        node({.name = name + ".slice",
              .type = "Slice",
              .inputs = {input, integers(name + ".starts", {0, 0}), integers(name + ".ends", {kEnd, kEnd}),
                         integers(name + ".axes", {2, 3}), integers(name + ".steps", {2, 2})},
              .outputs = {},
              .attributes = {}});
    const std::int64_t added = channels - this->channels(input);
    const std::int64_t before = added / 2;
    return node({.name = name + ".pad",
                 .type = "Pad",
                 .inputs = {halved, integers(name + ".pads", {0, before, 0, 0, 0, added - before, 0, 0})},
                 .outputs = {},
                 .attributes = {}});
}

std::string Builder::clip(const std::string& name, const std::string& input, float minimum, float maximum) {
    const auto bound = [&](const std::string& word, float value) {
        std::string parameter = name + "." + word;
        network_.parameters.emplace(parameter, Parameter{.shape = {}, .values = std::vector<float>{value}});
        return parameter;
    };
    return plain(name, "Clip", {input, bound("minimum", minimum), bound("maximum", maximum)});
}

std::string Builder::classify(const std::string& input, std::int64_t classes) {
    const std::string pooled = plain("pool", "GlobalAveragePool", {input});
    return gemm("classifier", plain("flatten", "Flatten", {pooled}), classes, "logits");
}

Network Builder::finish(const std::string& output) {
    network_.outputs = {output};
    const Result<void> valid = validate(network_, network_.name);
    TANDEM_CHECK(valid.has_value(), to_string(valid.error()));
    return std::move(network_);
}

std::string Builder::node(Node node) {
    if (node.outputs.empty()) node.outputs = {node.name};
    std::string output = node.outputs.front();
    // The rule alone: inferring the whole network after each node would look at all weights each time.
    const OperatorRule* rule = find_operator(node.type);
    TANDEM_CHECK(rule != nullptr, "an operator of a topology");
    Shape shape = operators::trusted(rule->infer_shape(operators::call_of(node, network_)));
    network_.shapes.emplace(output, std::move(shape));
    network_.nodes.push_back(std::move(node));
    return output;
}

void Builder::weights(const std::string& name, Shape shape, std::int64_t fan_in) {
    Random stream = random_.fork(name);
    const double deviation = std::sqrt(2.0 / static_cast<double>(fan_in)); // He et al. 2015, eq. 10
    std::vector<float> values(static_cast<std::size_t>(elements_per_sample(shape)));
    for (float& value : values) value = static_cast<float>(deviation * stream.normal());
    network_.parameters.emplace(name, Parameter{.shape = std::move(shape), .values = std::move(values)});
}

std::string Builder::fill(const std::string& name, std::int64_t count, float value) {
    std::vector<float> values(static_cast<std::size_t>(count), value);
    network_.parameters.emplace(name, Parameter{.shape = {count}, .values = std::move(values)});
    return name;
}

std::string Builder::integers(const std::string& name, std::vector<std::int64_t> values) {
    const std::int64_t count = std::ssize(values);
    network_.parameters.emplace(name, Parameter{.shape = {count}, .values = std::move(values)});
    return name;
}

} // namespace tandem::topologies
