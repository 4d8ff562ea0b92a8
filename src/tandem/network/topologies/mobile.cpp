// Networks of depthwise separable convolutions: MobileNetV1 and V2, DeepLabv3 on the latter, and DS-CNN for
// keyword spotting.
#include <algorithm>

#include <fmt/format.h>

#include "tandem/network/topologies/builder.h"
#include "tandem/network/topologies/families.h"

namespace tandem::topologies {

namespace {

/// A depthwise 3x3 convolution, then a pointwise one.
std::string separable(Builder& build, const std::string& name, const std::string& input,
                      std::int64_t channels, std::int64_t stride) {
    const std::int64_t depth = build.channels(input);
    const std::string filtered =
        build.conv_bn_relu(name + ".depthwise", input,
                           {.channels = depth, .kernel = 3, .stride = stride, .pad = 1, .groups = depth});
    return build.conv_bn_relu(name + ".pointwise", filtered, {.channels = channels, .kernel = 1});
}

/// An inverted residual of MobileNetV2 (Sandler et al. 2018, figure 4).
std::string inverted_residual(Builder& build, const std::string& name, const std::string& input,
                              std::int64_t expansion, std::int64_t channels, std::int64_t stride,
                              std::int64_t dilation) {
    const std::int64_t inputs = build.channels(input);
    const std::int64_t depth = inputs * expansion;
    std::string tensor = input;
    if (expansion != 1) {
        tensor = build.conv_bn(name + ".expand", tensor, {.channels = depth, .kernel = 1});
        tensor = build.clip(name + ".expand.relu6", tensor, 0.0F, 6.0F);
    }
    tensor = build.conv_bn(name + ".depthwise", tensor,
                           {.channels = depth,
                            .kernel = 3,
                            .stride = stride,
                            .pad = dilation,
                            .groups = depth,
                            .dilation = dilation});
    tensor = build.clip(name + ".depthwise.relu6", tensor, 0.0F, 6.0F);
    tensor = build.conv_bn(name + ".project", tensor, {.channels = channels, .kernel = 1});
    const bool is_residual = stride == 1 && inputs == channels;
    return is_residual ? build.plain(name + ".add", "Add", {tensor, input}) : tensor;
}

} // namespace

/// Howard et al. 2017, table 1.
Network build_mobilenetv1(const TopologyRequest& request) {
    Builder build("mobilenetv1", request);
    struct Block {
        std::int64_t channels;
        std::int64_t stride;
    };
    std::string tensor =
        build.conv_bn_relu("stem", "input", {.channels = 32, .kernel = 3, .stride = 2, .pad = 1});
    int number = 0;
    for (const auto& [channels, stride] :
         {Block{64, 1}, Block{128, 2}, Block{128, 1}, Block{256, 2}, Block{256, 1}, Block{512, 2},
          Block{512, 1}, Block{512, 1}, Block{512, 1}, Block{512, 1}, Block{512, 1}, Block{1024, 2},
          Block{1024, 1}}) {
        tensor = separable(build, fmt::format("block{}", ++number), tensor, channels, stride);
    }
    return build.finish(build.classify(tensor, request.classes));
}

namespace {

/// Sandler et al. 2018, table 2, up to its last bottleneck. From where the extents are an `output_stride`-th
/// of the input's, what would stride dilates the filters after it (Chen et al. 2017, "Rethinking atrous
/// convolution", section 3.1).
std::string mobilenetv2_bottlenecks(Builder& build, std::int64_t output_stride) {
    struct Stage {
        std::int64_t expansion;
        std::int64_t channels;
        int repeats;
        std::int64_t stride;
    };
    std::string tensor = build.conv_bn("stem", "input", {.channels = 32, .kernel = 3, .stride = 2, .pad = 1});
    tensor = build.clip("stem.relu6", tensor, 0.0F, 6.0F);
    std::int64_t reached = 2;
    std::int64_t dilation = 1;
    int number = 0;
    for (const auto& [expansion, channels, repeats, stride] :
         {Stage{1, 16, 1, 1}, Stage{6, 24, 2, 2}, Stage{6, 32, 3, 2}, Stage{6, 64, 4, 2}, Stage{6, 96, 3, 1},
          Stage{6, 160, 3, 2}, Stage{6, 320, 1, 1}}) {
        const bool strides = reached * stride <= output_stride;
        for (int i = 0; i < repeats; ++i) {
            const std::int64_t step = i == 0 && strides ? stride : 1;
            tensor = inverted_residual(build, fmt::format("block{}", ++number), tensor, expansion, channels,
                                       step, dilation);
            if (i == 0 && !strides) dilation *= stride;
        }
        if (strides) reached *= stride;
    }
    return tensor;
}

} // namespace

Network build_mobilenetv2(const TopologyRequest& request) {
    Builder build("mobilenetv2", request);
    std::string tensor = mobilenetv2_bottlenecks(build, 32);
    tensor =
        build.clip("head.relu6", build.conv_bn("head", tensor, {.channels = 1280, .kernel = 1}), 0.0F, 6.0F);
    return build.finish(build.classify(tensor, request.classes));
}

/// Atrous spatial pyramid pooling (Chen et al. 2017, section 3.3) on the bottlenecks of MobileNetV2 at an
/// output stride of 16, as Sandler et al. 2018 measure it (section 6.3 and table 7): filters of 1x1 and of
/// 3x3 at rates 6, 12 and 18, and the mean of the image, side by side; then logits for each pixel.
Network build_deeplabv3_mobilenetv2(const TopologyRequest& request) {
    constexpr std::int64_t kFilters = 256;
    Builder build("deeplabv3-mobilenetv2", request);
    const std::string features = mobilenetv2_bottlenecks(build, 16);
    std::vector<std::string> branches;
    branches.push_back(build.conv_bn_relu("aspp.1x1", features, {.channels = kFilters, .kernel = 1}));
    for (const std::int64_t rate : {6, 12, 18}) {
        branches.push_back(
            build.conv_bn_relu(fmt::format("aspp.rate{}", rate), features,
                               {.channels = kFilters, .kernel = 3, .pad = rate, .dilation = rate}));
    }
    const std::string mean = build.plain("aspp.image.mean", "GlobalAveragePool", {features});
    const std::string image = build.conv_bn_relu("aspp.image", mean, {.channels = kFilters, .kernel = 1});
    branches.push_back(build.resize("aspp.image.resize", image, build.rows(features), build.columns(features),
                                    "aspp.image.resize"));
    const std::string all = build.concat("aspp.concat", std::move(branches));
    const std::string projected =
        build.conv_bn_relu("aspp.project", all, {.channels = kFilters, .kernel = 1});
    const std::string coarse =
        build.conv("classifier", projected, {.channels = request.classes, .kernel = 1}, Bias::zero);
    return build.finish(
        build.resize("resize", coarse, build.rows("input"), build.columns("input"), "logits"));
}

/// Zhang et al. 2017, "Hello Edge", the small DS-CNN, as MLPerf Tiny trains it.
Network build_dscnn(const TopologyRequest& request) {
    Builder build("dscnn", request);
    std::string tensor = build.conv_bn_relu(
        "stem", "input",
        {.channels = 64, .kernel = 10, .stride = 2, .kernel_columns = 4, .keeps_extents = true});
    for (int block = 1; block <= 4; ++block)
        tensor = separable(build, fmt::format("block{}", block), tensor, 64, 1);
    return build.finish(build.classify(tensor, request.classes));
}

} // namespace tandem::topologies
