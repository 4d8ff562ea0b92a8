#include "tandem/network/topologies.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "tandem/core/check.h"

namespace tandem {

namespace {

/// What a convolution of a topology says about itself; kernels and strides are square.
struct ConvPlan {
    std::int64_t channels;
    std::int64_t kernel;
    std::int64_t stride = 1;
    std::int64_t pad = 0;
};

enum class Bias { none, zero };

/// Appends nodes to a network. Each call names its node, gives its output the same name, and
/// returns it. Shapes are filled as the nodes come, so that the next one knows its channels.
class Builder {
  public:
    Builder(std::string name, const TopologyRequest& request) : random_(request.seed) {
        network_.name = std::move(name);
        network_.inputs = {"input"};
        network_.shapes = {{"input", request.input_shape}};
    }

    std::string conv(const std::string& name, const std::string& input, ConvPlan plan, Bias bias) {
        const std::int64_t inputs = channels(input);
        weights(name + ".weight", {plan.channels, inputs, plan.kernel, plan.kernel},
                inputs * plan.kernel * plan.kernel);
        std::vector<std::string> operands{input, name + ".weight"};
        if (bias == Bias::zero) operands.push_back(fill(name + ".bias", plan.channels, 0.0F));
        using List = std::vector<std::int64_t>;
        const std::int64_t pad = plan.pad;
        return node({.name = name,
                     .type = "Conv",
                     .inputs = std::move(operands),
                     .outputs = {},
                     .attributes = {{"kernel_shape", List{plan.kernel, plan.kernel}},
                                    {"pads", List{pad, pad, pad, pad}},
                                    {"strides", List{plan.stride, plan.stride}}}});
    }

    std::string batch_normalization(const std::string& name, const std::string& input) {
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

    /// A dense layer whose output tensor is `output`.
    std::string gemm(const std::string& name, const std::string& input, std::int64_t outputs,
                     const std::string& output) {
        const std::int64_t inputs = channels(input);
        weights(name + ".weight", {outputs, inputs}, inputs);
        return node({.name = name,
                     .type = "Gemm",
                     .inputs = {input, name + ".weight", fill(name + ".bias", outputs, 0.0F)},
                     .outputs = {output},
                     .attributes = {{"transB", std::int64_t{1}}}});
    }

    std::string max_pool(const std::string& name, const std::string& input) {
        using List = std::vector<std::int64_t>;
        return node({.name = name,
                     .type = "MaxPool",
                     .inputs = {input},
                     .outputs = {},
                     .attributes = {{"kernel_shape", List{2, 2}}, {"strides", List{2, 2}}}});
    }

    /// An operator without attributes or parameters.
    std::string plain(const std::string& name, const std::string& type, std::vector<std::string> inputs) {
        return node(
            {.name = name, .type = type, .inputs = std::move(inputs), .outputs = {}, .attributes = {}});
    }

    Network finish(const std::string& output) {
        network_.outputs = {output};
        const Result<void> valid = validate(network_, network_.name);
        TANDEM_CHECK(valid.has_value(), to_string(valid.error()));
        return std::move(network_);
    }

  private:
    std::int64_t channels(const std::string& tensor) const { return network_.shape(tensor)[1]; }

    std::string node(Node node) {
        if (node.outputs.empty()) node.outputs = {node.name};
        std::string output = node.outputs.front();
        network_.nodes.push_back(std::move(node));
        const std::string name = network_.name;
        Result<Network> inferred = infer_shapes(std::move(network_), name);
        TANDEM_CHECK(inferred.has_value(), to_string(inferred.error()));
        network_ = std::move(*inferred);
        return output;
    }

    void weights(const std::string& name, Shape shape, std::int64_t fan_in) {
        Random stream = random_.fork(name);
        const double deviation = std::sqrt(2.0 / static_cast<double>(fan_in)); // He et al. 2015, eq. 10
        std::vector<float> values(static_cast<std::size_t>(elements_per_sample(shape)));
        for (float& value : values) value = static_cast<float>(deviation * stream.normal());
        network_.parameters.emplace(name, Parameter{.shape = std::move(shape), .values = std::move(values)});
    }

    std::string fill(const std::string& name, std::int64_t count, float value) {
        std::vector<float> values(static_cast<std::size_t>(count), value);
        network_.parameters.emplace(name, Parameter{.shape = {count}, .values = std::move(values)});
        return name;
    }

    Network network_;
    Random random_;
};

/// Two convolutions of 3x3 beside a shortcut, which is a convolution of 1x1 where the extents change.
std::string residual_block(Builder& build, const std::string& stage, const std::string& input,
                           std::int64_t channels, std::int64_t stride) {
    const auto named = [&](std::string_view part) { return fmt::format("{}.{}", stage, part); };
    const auto conv_bn = [&](std::string_view number, const std::string& from, std::int64_t step) {
        const ConvPlan plan{.channels = channels, .kernel = 3, .stride = step, .pad = 1};
        const std::string conv = build.conv(named(fmt::format("conv{}", number)), from, plan, Bias::none);
        return build.batch_normalization(named(fmt::format("bn{}", number)), conv);
    };
    const std::string first = build.plain(named("relu1"), "Relu", {conv_bn("1", input, stride)});
    const std::string second = conv_bn("2", first, 1);
    std::string shortcut = input;
    if (stride != 1) {
        const ConvPlan plan{.channels = channels, .kernel = 1, .stride = stride};
        shortcut = build.batch_normalization(named("shortcut_bn"),
                                             build.conv(named("shortcut"), input, plan, Bias::none));
    }
    return build.plain(named("relu2"), "Relu", {build.plain(named("add"), "Add", {second, shortcut})});
}

/// ResNet-8 after He et al. 2016, section 4.2, with one block a stage and projection shortcuts.
Network build_resnet8(const TopologyRequest& request) {
    Builder build("resnet8", request);
    const ConvPlan plan{.channels = 16, .kernel = 3, .stride = 1, .pad = 1};
    const std::string conv = build.conv("conv1", "input", plan, Bias::none);
    std::string tensor = build.plain("relu1", "Relu", {build.batch_normalization("bn1", conv)});
    tensor = residual_block(build, "stage1", tensor, 16, 1);
    tensor = residual_block(build, "stage2", tensor, 32, 2);
    tensor = residual_block(build, "stage3", tensor, 64, 2);
    tensor = build.plain("pool", "GlobalAveragePool", {tensor});
    tensor = build.plain("flatten", "Flatten", {tensor});
    return build.finish(build.gemm("classifier", tensor, request.classes, "logits"));
}

/// The layers of LeCun et al. 1998, figure 2, with today's Relu and maximum pooling.
Network build_lenet5(const TopologyRequest& request) {
    Builder build("lenet5", request);
    std::string tensor = build.conv("conv1", "input", {.channels = 6, .kernel = 5, .pad = 2}, Bias::zero);
    tensor = build.max_pool("pool1", build.plain("relu1", "Relu", {tensor}));
    tensor = build.conv("conv2", tensor, {.channels = 16, .kernel = 5}, Bias::zero);
    tensor = build.max_pool("pool2", build.plain("relu2", "Relu", {tensor}));
    tensor = build.plain("flatten", "Flatten", {tensor});
    tensor = build.plain("relu3", "Relu", {build.gemm("dense1", tensor, 120, "dense1")});
    tensor = build.plain("relu4", "Relu", {build.gemm("dense2", tensor, 84, "dense2")});
    return build.finish(build.gemm("classifier", tensor, request.classes, "logits"));
}

} // namespace

const std::vector<Topology>& known_topologies() {
    // Sorted by name. lenet5 loses 4 rows to its unpadded convolution between two halvings:
    // (12 / 2 - 4) / 2 = 1.
    static const std::vector<Topology> topologies{
        {.name = "lenet5",
         .description = "LeNet-5: two convolutions and three dense layers, about 62 k parameters",
         .minimum_extent = 12,
         .build = build_lenet5},
        {.name = "resnet8",
         .description = "ResNet-8: three residual blocks of 16, 32 and 64 channels, about 78 k parameters",
         .minimum_extent = 1,
         .build = build_resnet8},
    };
    return topologies;
}

const Topology* find_topology(std::string_view name) {
    const std::vector<Topology>& topologies = known_topologies();
    const auto found = std::find_if(topologies.begin(), topologies.end(),
                                    [&](const Topology& topology) { return topology.name == name; });
    return found == topologies.end() ? nullptr : &*found;
}

} // namespace tandem
