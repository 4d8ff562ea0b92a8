// Residual networks (He et al. 2016): ResNet-8 with projections, the CIFAR-10 family of section 4.2 with
// shortcuts without parameters, the ImageNet family of table 1, and ResNet-9.
#include <fmt/format.h>

#include "tandem/network/topologies/builder.h"
#include "tandem/network/topologies/families.h"

namespace tandem::topologies {

namespace {

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

} // namespace

/// ResNet-8 after He et al. 2016, section 4.2, with one block a stage and projection shortcuts.
Network build_resnet8(const TopologyRequest& request) {
    Builder build("resnet8", request);
    const ConvPlan plan{.channels = 16, .kernel = 3, .stride = 1, .pad = 1};
    const std::string conv = build.conv("conv1", "input", plan, Bias::none);
    std::string tensor = build.plain("relu1", "Relu", {build.batch_normalization("bn1", conv)});
    tensor = residual_block(build, "stage1", tensor, 16, 1);
    tensor = residual_block(build, "stage2", tensor, 32, 2);
    tensor = residual_block(build, "stage3", tensor, 64, 2);
    return build.finish(build.classify(tensor, request.classes));
}

namespace {

/// A block of the CIFAR-10 family: two 3x3 convolutions beside a shortcut of option A.
std::string cifar_block(Builder& build, const std::string& name, const std::string& input,
                        std::int64_t channels, std::int64_t stride) {
    const ConvPlan first{.channels = channels, .kernel = 3, .stride = stride, .pad = 1};
    const ConvPlan second{.channels = channels, .kernel = 3, .stride = 1, .pad = 1};
    const std::string body =
        build.conv_bn(name + ".2", build.conv_bn_relu(name + ".1", input, first), second);
    const std::string shortcut =
        stride == 1 ? input : build.padded_shortcut(name + ".shortcut", input, channels);
    return build.plain(name + ".relu", "Relu", {build.plain(name + ".add", "Add", {body, shortcut})});
}

/// A block of the ImageNet family: two 3x3 convolutions, or a bottleneck of 1x1, 3x3 and 1x1 that widens four
/// times.
std::string imagenet_block(Builder& build, const std::string& name, const std::string& input,
                           std::int64_t channels, std::int64_t stride, bool is_bottleneck) {
    const std::int64_t outputs = is_bottleneck ? 4 * channels : channels;
    std::string body = input;
    if (is_bottleneck) body = build.conv_bn_relu(name + ".1", body, {.channels = channels, .kernel = 1});
    // The 3x3 convolution strides, as in all later implementations of ResNet-50.
    body = build.conv_bn_relu(name + (is_bottleneck ? ".2" : ".1"), body,
                              {.channels = channels, .kernel = 3, .stride = stride, .pad = 1});
    body = is_bottleneck ? build.conv_bn(name + ".3", body, {.channels = outputs, .kernel = 1})
                         : build.conv_bn(name + ".2", body, {.channels = outputs, .kernel = 3, .pad = 1});
    std::string shortcut = input;
    if (stride != 1 || build.channels(input) != outputs) {
        shortcut =
            build.conv_bn(name + ".shortcut", input, {.channels = outputs, .kernel = 1, .stride = stride});
    }
    return build.plain(name + ".relu", "Relu", {build.plain(name + ".add", "Add", {body, shortcut})});
}

} // namespace

Network build_cifar_resnet(const TopologyRequest& request, int depth) {
    Builder build(fmt::format("resnet{}", depth), request);
    std::string tensor = build.conv_bn_relu("stem", "input", {.channels = 16, .kernel = 3, .pad = 1});
    const int blocks = (depth - 2) / 6;
    std::int64_t channels = 16;
    for (int stage = 1; stage <= 3; ++stage, channels *= 2) {
        for (int block = 1; block <= blocks; ++block) {
            const std::int64_t stride = stage > 1 && block == 1 ? 2 : 1;
            tensor =
                cifar_block(build, fmt::format("stage{}.block{}", stage, block), tensor, channels, stride);
        }
    }
    return build.finish(build.classify(tensor, request.classes));
}

Network build_imagenet_resnet(const TopologyRequest& request, const ImagenetResnet& plan) {
    Builder build(fmt::format("resnet{}", plan.depth), request);
    std::string tensor =
        build.conv_bn_relu("stem", "input", {.channels = 64, .kernel = 7, .stride = 2, .pad = 3});
    tensor = build.max_pool("stem.pool", tensor, {.kernel = 3, .stride = 2, .pad = 1});
    std::int64_t channels = 64;
    for (std::size_t stage = 0; stage < plan.blocks.size(); ++stage, channels *= 2) {
        for (int block = 0; block < plan.blocks[stage]; ++block) {
            const std::int64_t stride = stage > 0 && block == 0 ? 2 : 1;
            const std::string name = fmt::format("stage{}.block{}", stage + 1, block + 1);
            tensor = imagenet_block(build, name, tensor, channels, stride, plan.has_bottlenecks);
        }
    }
    return build.finish(build.classify(tensor, request.classes));
}

namespace {

/// Page 2018, with so many filters in the first layer.
Network build_resnet9(std::string_view network, const TopologyRequest& request, std::int64_t filters) {
    Builder build(std::string(network), request);
    const auto conv = [&](const std::string& name, const std::string& input, std::int64_t channels) {
        return build.conv_bn_relu(name, input, {.channels = channels, .kernel = 3, .pad = 1});
    };
    const auto residual = [&](const std::string& name, const std::string& input) {
        const std::int64_t channels = build.channels(input);
        const std::string body = conv(name + ".2", conv(name + ".1", input, channels), channels);
        return build.plain(name + ".add", "Add", {body, input});
    };
    std::string tensor = conv("prepare", "input", filters);
    tensor = build.max_pool("pool1", conv("layer1", tensor, 2 * filters));
    tensor = residual("residual1", tensor);
    tensor = build.max_pool("pool2", conv("layer2", tensor, 4 * filters));
    tensor = build.max_pool("pool3", conv("layer3", tensor, 8 * filters));
    tensor = residual("residual3", tensor);
    tensor = build.max_pool("pool4", tensor, {.kernel = 4, .stride = 4});
    tensor = build.plain("flatten", "Flatten", {tensor});
    return build.finish(build.gemm("classifier", tensor, request.classes, "logits"));
}

} // namespace

Network build_resnet9(const TopologyRequest& request) { return build_resnet9("resnet9", request, 64); }

Network build_resnet9_quarter(const TopologyRequest& request) {
    return build_resnet9("resnet9-quarter", request, 16);
}

} // namespace tandem::topologies
