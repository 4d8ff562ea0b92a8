// Networks of depthwise separable convolutions: MobileNetV1 and V2, and DS-CNN for keyword spotting.
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
                              std::int64_t expansion, std::int64_t channels, std::int64_t stride) {
    const std::int64_t inputs = build.channels(input);
    const std::int64_t depth = inputs * expansion;
    std::string tensor = input;
    if (expansion != 1) {
        tensor = build.conv_bn(name + ".expand", tensor, {.channels = depth, .kernel = 1});
        tensor = build.clip(name + ".expand.relu6", tensor, 0.0F, 6.0F);
    }
    tensor = build.conv_bn(name + ".depthwise", tensor,
                           {.channels = depth, .kernel = 3, .stride = stride, .pad = 1, .groups = depth});
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

/// Sandler et al. 2018, table 2.
Network build_mobilenetv2(const TopologyRequest& request) {
    Builder build("mobilenetv2", request);
    struct Stage {
        std::int64_t expansion;
        std::int64_t channels;
        int repeats;
        std::int64_t stride;
    };
    std::string tensor = build.conv_bn("stem", "input", {.channels = 32, .kernel = 3, .stride = 2, .pad = 1});
    tensor = build.clip("stem.relu6", tensor, 0.0F, 6.0F);
    int number = 0;
    for (const auto& [expansion, channels, repeats, stride] :
         {Stage{1, 16, 1, 1}, Stage{6, 24, 2, 2}, Stage{6, 32, 3, 2}, Stage{6, 64, 4, 2}, Stage{6, 96, 3, 1},
          Stage{6, 160, 3, 2}, Stage{6, 320, 1, 1}}) {
        for (int i = 0; i < repeats; ++i) {
            tensor = inverted_residual(build, fmt::format("block{}", ++number), tensor, expansion, channels,
                                       i == 0 ? stride : 1);
        }
    }
    tensor =
        build.clip("head.relu6", build.conv_bn("head", tensor, {.channels = 1280, .kernel = 1}), 0.0F, 6.0F);
    return build.finish(build.classify(tensor, request.classes));
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
