// Networks of plain layers in a row: LeNet-5, AlexNet, VGG-16, two small ones for microcontrollers, one for
// facial expressions; and SqueezeNet, whose Fire modules fork once.
#include <fmt/format.h>

#include "tandem/network/topologies/builder.h"
#include "tandem/network/topologies/families.h"

namespace tandem::topologies {

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

/// The quick network of Krizhevsky's cuda-convnet for CIFAR-10 with maximum pooling and one dense layer, as
/// microcontroller libraries benchmark it (Lai et al. 2018, "CMSIS-NN", table 1).
Network build_conv3(const TopologyRequest& request) {
    Builder build("conv3", request);
    const auto conv = [&](const std::string& name, const std::string& input, std::int64_t channels) {
        return build.conv(name, input, {.channels = channels, .kernel = 5, .pad = 2}, Bias::zero);
    };
    const PoolPlan pool{.kernel = 3, .rounds_up = true};
    std::string tensor = build.max_pool("pool1", conv("conv1", "input", 32), pool);
    tensor = conv("conv2", build.plain("relu1", "Relu", {tensor}), 32);
    tensor = build.max_pool("pool2", build.plain("relu2", "Relu", {tensor}), pool);
    tensor = build.plain("relu3", "Relu", {conv("conv3", tensor, 64)});
    tensor = build.plain("flatten", "Flatten", {build.max_pool("pool3", tensor, pool)});
    return build.finish(build.gemm("classifier", tensor, request.classes, "logits"));
}

/// The network that FINN streams (Umuroglu et al. 2017, section 5.1, "CNV"), after BinaryNet: hard tanh where
/// a binary network keeps signs.
Network build_cnv(const TopologyRequest& request) {
    Builder build("cnv", request);
    const auto normalized = [&](const std::string& name, const std::string& layer) {
        return build.clip(name + ".tanh", build.batch_normalization(name + ".bn", layer), -1.0F, 1.0F);
    };
    const auto conv = [&](const std::string& name, const std::string& input, std::int64_t channels) {
        return normalized(name, build.conv(name, input, {.channels = channels, .kernel = 3}, Bias::none));
    };
    std::string tensor = conv("conv2", conv("conv1", "input", 64), 64);
    tensor = build.max_pool("pool1", tensor);
    tensor = build.max_pool("pool2", conv("conv4", conv("conv3", tensor, 128), 128));
    tensor = build.plain("flatten", "Flatten", {conv("conv6", conv("conv5", tensor, 256), 256)});
    tensor = normalized("dense1", build.gemm("dense1", tensor, 512, "dense1"));
    tensor = normalized("dense2", build.gemm("dense2", tensor, 512, "dense2"));
    return build.finish(build.gemm("classifier", tensor, request.classes, "logits"));
}

namespace {

/// Sainath and Parada 2015, "Convolutional neural networks for small-footprint keyword spotting", table 1,
/// with filters of so many columns.
Network build_cnn_trad_fpool3(std::string_view name, const TopologyRequest& request,
                              std::int64_t first_columns, std::int64_t second_columns) {
    Builder build(std::string(name), request);
    const ConvPlan wide{.channels = 64, .kernel = 20, .kernel_columns = first_columns};
    const ConvPlan narrow{.channels = 64, .kernel = 10, .kernel_columns = second_columns};
    const PoolPlan pool{.kernel = 1, .stride = 1, .kernel_columns = 3, .stride_columns = 3};
    std::string tensor = build.plain("relu1", "Relu", {build.conv("conv1", "input", wide, Bias::zero)});
    tensor = build.conv("conv2", build.max_pool("pool1", tensor, pool), narrow, Bias::zero);
    tensor = build.plain("flatten", "Flatten", {build.plain("relu2", "Relu", {tensor})});
    tensor = build.gemm("linear", tensor, 32, "linear");
    tensor = build.plain("relu3", "Relu", {build.gemm("dense", tensor, 128, "dense")});
    return build.finish(build.gemm("classifier", tensor, request.classes, "logits"));
}

} // namespace

/// As published, for an input of 32 frames by 40 features.
Network build_cnn_trad_fpool3(const TopologyRequest& request) {
    return build_cnn_trad_fpool3("cnn-trad-fpool3", request, 8, 4);
}

/// Half as many columns a filter, so that ten coefficients are enough.
Network build_cnn_trad_fpool3_mfcc(const TopologyRequest& request) {
    return build_cnn_trad_fpool3("cnn-trad-fpool3-mfcc", request, 4, 2);
}

/// AlexNet as one tower (Krizhevsky 2014, "One weird trick", section 5), without normalisation.
Network build_alexnet(const TopologyRequest& request) {
    Builder build("alexnet", request);
    const auto conv = [&](const std::string& name, const std::string& input, ConvPlan plan) {
        return build.plain(name + ".relu", "Relu", {build.conv(name, input, plan, Bias::zero)});
    };
    const PoolPlan pool{.kernel = 3, .stride = 2};
    std::string tensor = conv("conv1", "input", {.channels = 64, .kernel = 11, .stride = 4, .pad = 2});
    tensor = build.max_pool("pool1", tensor, pool);
    tensor = build.max_pool("pool2", conv("conv2", tensor, {.channels = 192, .kernel = 5, .pad = 2}), pool);
    tensor = conv("conv3", tensor, {.channels = 384, .kernel = 3, .pad = 1});
    tensor = conv("conv4", tensor, {.channels = 256, .kernel = 3, .pad = 1});
    tensor = conv("conv5", tensor, {.channels = 256, .kernel = 3, .pad = 1});
    tensor = build.plain("flatten", "Flatten", {build.max_pool("pool5", tensor, pool)});
    tensor = build.plain("relu6", "Relu", {build.gemm("dense6", tensor, 4096, "dense6")});
    tensor = build.plain("relu7", "Relu", {build.gemm("dense7", tensor, 4096, "dense7")});
    return build.finish(build.gemm("classifier", tensor, request.classes, "logits"));
}

/// The fully convolutional network of Arriaga et al. 2017, "Real-time convolutional neural networks for
/// emotion and gender classification", section III, as its authors' program has it ("simple_CNN"): nine
/// normalised convolutions, every second one before a Relu, and one filter a class, averaged.
Network build_expression9(const TopologyRequest& request) {
    Builder build("expression9", request);
    const auto conv = [&](const std::string& name, const std::string& input, std::int64_t channels,
                          std::int64_t kernel) {
        const ConvPlan plan{.channels = channels, .kernel = kernel, .pad = kernel / 2};
        return build.conv(name, input, plan, Bias::zero);
    };
    const auto normalized = [&](const std::string& name, const std::string& input, std::int64_t channels,
                                std::int64_t kernel) {
        return build.batch_normalization(name + ".bn", conv(name, input, channels, kernel));
    };
    struct Group {
        std::int64_t channels;
        std::int64_t kernel;
    };
    std::string tensor = "input";
    int number = 0;
    for (const auto& [channels, kernel] : {Group{16, 7}, Group{32, 5}, Group{64, 3}, Group{128, 3}}) {
        ++number;
        tensor = normalized(fmt::format("conv{}_1", number), tensor, channels, kernel);
        tensor = normalized(fmt::format("conv{}_2", number), tensor, channels, kernel);
        tensor = build.plain(fmt::format("relu{}", number), "Relu", {tensor});
        tensor = build.average_pool(fmt::format("pool{}", number), tensor);
    }
    tensor = conv("classifier", normalized("conv5_1", tensor, 256, 3), request.classes, 3);
    const std::string pooled = build.plain("pool5", "GlobalAveragePool", {tensor});
    return build.finish(build.plain("logits", "Flatten", {pooled}));
}

/// Configuration D of Simonyan and Zisserman 2015, table 1.
Network build_vgg16(const TopologyRequest& request) {
    Builder build("vgg16", request);
    struct Stage {
        int convolutions;
        std::int64_t channels;
    };
    std::string tensor = "input";
    int stage = 0;
    for (const auto& [convolutions, channels] :
         {Stage{2, 64}, Stage{2, 128}, Stage{3, 256}, Stage{3, 512}, Stage{3, 512}}) {
        ++stage;
        for (int i = 1; i <= convolutions; ++i) {
            const std::string name = fmt::format("conv{}_{}", stage, i);
            tensor = build.conv(name, tensor, {.channels = channels, .kernel = 3, .pad = 1}, Bias::zero);
            tensor = build.plain(name + ".relu", "Relu", {tensor});
        }
        tensor = build.max_pool(fmt::format("pool{}", stage), tensor);
    }
    tensor = build.plain("flatten", "Flatten", {tensor});
    tensor = build.plain("relu6", "Relu", {build.gemm("dense6", tensor, 4096, "dense6")});
    tensor = build.plain("relu7", "Relu", {build.gemm("dense7", tensor, 4096, "dense7")});
    return build.finish(build.gemm("classifier", tensor, request.classes, "logits"));
}

/// The first Inception module of GoogLeNet, inception (3a) of Szegedy et al. 2015, table 1, and a classifier.
Network build_inception3a(const TopologyRequest& request) {
    Builder build("inception3a", request);
    const auto conv = [&](const std::string& name, const std::string& input, std::int64_t channels,
                          std::int64_t kernel) {
        const ConvPlan plan{.channels = channels, .kernel = kernel, .pad = kernel / 2};
        return build.plain(name + ".relu", "Relu", {build.conv(name, input, plan, Bias::zero)});
    };
    const std::string pooled = build.max_pool("pool.maximum", "input", {.kernel = 3, .stride = 1, .pad = 1});
    const std::string narrow = conv("conv3.reduce", "input", 96, 1);
    const std::string narrower = conv("conv5.reduce", "input", 16, 1);
    const std::string all =
        build.concat("concat", {conv("conv1", "input", 64, 1), conv("conv3", narrow, 128, 3),
                                conv("conv5", narrower, 32, 5), conv("pool.project", pooled, 32, 1)});
    return build.finish(build.classify(all, request.classes));
}

/// Iandola et al. 2016 in version 1.1 of its authors: pools earlier, 2.4 times less work.
Network build_squeezenet11(const TopologyRequest& request) {
    Builder build("squeezenet11", request);
    const auto conv = [&](const std::string& name, const std::string& input, ConvPlan plan) {
        return build.plain(name + ".relu", "Relu", {build.conv(name, input, plan, Bias::zero)});
    };
    const auto fire = [&](const std::string& name, const std::string& input, std::int64_t squeezed,
                          std::int64_t expanded) {
        const std::string narrow = conv(name + ".squeeze", input, {.channels = squeezed, .kernel = 1});
        return build.concat(name,
                            {conv(name + ".expand1", narrow, {.channels = expanded, .kernel = 1}),
                             conv(name + ".expand3", narrow, {.channels = expanded, .kernel = 3, .pad = 1})});
    };
    const PoolPlan pool{.kernel = 3, .stride = 2, .rounds_up = true};
    std::string tensor = conv("conv1", "input", {.channels = 64, .kernel = 3, .stride = 2});
    tensor = fire("fire2", build.max_pool("pool1", tensor, pool), 16, 64);
    tensor = build.max_pool("pool3", fire("fire3", tensor, 16, 64), pool);
    tensor = fire("fire5", fire("fire4", tensor, 32, 128), 32, 128);
    tensor = fire("fire6", build.max_pool("pool5", tensor, pool), 48, 192);
    tensor = fire("fire8", fire("fire7", tensor, 48, 192), 64, 256);
    tensor = conv("conv10", fire("fire9", tensor, 64, 256), {.channels = request.classes, .kernel = 1});
    const std::string pooled = build.plain("pool10", "GlobalAveragePool", {tensor});
    return build.finish(build.plain("logits", "Flatten", {pooled}));
}

} // namespace tandem::topologies
