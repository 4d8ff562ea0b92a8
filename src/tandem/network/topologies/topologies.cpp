#include "tandem/network/topologies/topologies.h"

#include <algorithm>

#include "tandem/network/topologies/families.h"

namespace tandem {

namespace {

template <int Depth> Network build_cifar(const TopologyRequest& request) {
    return topologies::build_cifar_resnet(request, Depth);
}

Topology cifar_resnet(std::string_view name, std::string_view description,
                      std::function<Network(const TopologyRequest&)> build) {
    return {.name = name,
            .description = description,
            .minimum_rows = 1,
            .minimum_columns = 1,
            .usual_input = {kBatch, 3, 32, 32},
            .usual_classes = 10,
            .is_large = false,
            .build = std::move(build)};
}

Topology imagenet_network(std::string_view name, std::string_view description, std::int64_t minimum_extent,
                          bool is_large, std::function<Network(const TopologyRequest&)> build) {
    return {.name = name,
            .description = description,
            .minimum_rows = minimum_extent,
            .minimum_columns = minimum_extent,
            .usual_input = {kBatch, 3, 224, 224},
            .usual_classes = 1000,
            .is_large = is_large,
            .build = std::move(build)};
}

std::function<Network(const TopologyRequest&)> imagenet_resnet(const topologies::ImagenetResnet& plan) {
    return
        [plan](const TopologyRequest& request) { return topologies::build_imagenet_resnet(request, plan); };
}

} // namespace

const std::vector<Topology>& known_topologies() {
    // Sorted by name. Minimum extents are the smallest that leave every pool a window: lenet5 loses 4 rows to
    // its unpadded convolution between two halvings, (12 / 2 - 4) / 2 = 1; cnn-trad-fpool3 loses 19 and
    // 9 rows, of columns 7, two thirds and 3, with filters of half as many 3, two thirds and 1; cnv loses 4
    // before and after each of two halvings; expression9 halves four times; conv3 needs three windows of 3 in
    // turn, and resnet9 three halvings and a window of 4.
    static const std::vector<Topology> kTopologies{
        imagenet_network("alexnet", "AlexNet in one tower, 61.1 M parameters", 63, true,
                         topologies::build_alexnet),
        {.name = "cnn-trad-fpool3",
         .description = "Two convolutions and three dense layers for keyword spotting, 245.5 k parameters",
         .minimum_rows = 29,
         .minimum_columns = 19,
         .usual_input = {kBatch, 1, 32, 40},
         .usual_classes = 12,
         .is_large = false,
         .build = topologies::build_cnn_trad_fpool3},
        {.name = "cnn-trad-fpool3-mfcc",
         .description = "cnn-trad-fpool3 for 49x10 cepstral coefficients, 136.0 k parameters",
         .minimum_rows = 29,
         .minimum_columns = 9,
         .usual_input = {kBatch, 1, 49, 10},
         .usual_classes = 12,
         .is_large = false,
         .build = topologies::build_cnn_trad_fpool3_mfcc},
        {.name = "cnv",
         .description = "CNV: six 3x3 convolutions in three groups and three dense layers, 1.5 M parameters",
         .minimum_rows = 32,
         .minimum_columns = 32,
         .usual_input = {kBatch, 3, 32, 32},
         .usual_classes = 10,
         .is_large = true,
         .build = topologies::build_cnv},
        {.name = "conv3",
         .description = "Three 5x5 convolutions and a dense layer for CIFAR-10, 89.6 k parameters",
         .minimum_rows = 12,
         .minimum_columns = 12,
         .usual_input = {kBatch, 3, 32, 32},
         .usual_classes = 10,
         .is_large = false,
         .build = topologies::build_conv3},
        {.name = "deeplabv3-mobilenetv2",
         .description = "DeepLabv3 on MobileNetV2: logits for each pixel, 4.5 M parameters",
         .minimum_rows = 1,
         .minimum_columns = 1,
         .usual_input = {kBatch, 3, 513, 513},
         .usual_classes = 21,
         .is_large = true,
         .build = topologies::build_deeplabv3_mobilenetv2},
        {.name = "dscnn",
         .description = "DS-CNN for keyword spotting on 49x10 features, about 24 k parameters",
         .minimum_rows = 1,
         .minimum_columns = 1,
         .usual_input = {kBatch, 1, 49, 10},
         .usual_classes = 12,
         .is_large = false,
         .build = topologies::build_dscnn},
        {.name = "expression9",
         .description = "Nine normalised convolutions and a classifying one for faces, 0.64 M parameters",
         .minimum_rows = 16,
         .minimum_columns = 16,
         .usual_input = {kBatch, 1, 64, 64},
         .usual_classes = 7,
         .is_large = false,
         .build = topologies::build_expression9},
        {.name = "inception3a",
         .description = "The first Inception module of GoogLeNet and a classifier, 0.17 M parameters",
         .minimum_rows = 1,
         .minimum_columns = 1,
         .usual_input = {kBatch, 192, 28, 28},
         .usual_classes = 10,
         .is_large = false,
         .build = topologies::build_inception3a},
        {.name = "lenet5",
         .description = "LeNet-5: two convolutions and three dense layers, about 62 k parameters",
         .minimum_rows = 12,
         .minimum_columns = 12,
         .usual_input = {kBatch, 1, 28, 28},
         .usual_classes = 10,
         .is_large = false,
         .build = topologies::build_lenet5},
        imagenet_network("mobilenetv1", "MobileNetV1 of width 1.0, 4.2 M parameters", 1, true,
                         topologies::build_mobilenetv1),
        imagenet_network("mobilenetv2", "MobileNetV2 of width 1.0, 3.5 M parameters", 1, true,
                         topologies::build_mobilenetv2),
        imagenet_network("resnet18", "ResNet-18 for ImageNet, 11.7 M parameters", 1, true,
                         imagenet_resnet({.depth = 18, .blocks = {2, 2, 2, 2}, .has_bottlenecks = false})),
        cifar_resnet("resnet20", "ResNet-20 for CIFAR-10, 0.27 M parameters", build_cifar<20>),
        cifar_resnet("resnet32", "ResNet-32 for CIFAR-10, 0.46 M parameters", build_cifar<32>),
        imagenet_network("resnet34", "ResNet-34 for ImageNet, 21.8 M parameters", 1, true,
                         imagenet_resnet({.depth = 34, .blocks = {3, 4, 6, 3}, .has_bottlenecks = false})),
        cifar_resnet("resnet44", "ResNet-44 for CIFAR-10, 0.66 M parameters", build_cifar<44>),
        imagenet_network("resnet50", "ResNet-50 for ImageNet, 25.6 M parameters", 1, true,
                         imagenet_resnet({.depth = 50, .blocks = {3, 4, 6, 3}, .has_bottlenecks = true})),
        cifar_resnet("resnet56", "ResNet-56 for CIFAR-10, 0.85 M parameters", build_cifar<56>),
        cifar_resnet("resnet8",
                     "ResNet-8: three residual blocks of 16, 32 and 64 channels, about 78 k parameters",
                     topologies::build_resnet8),
        {.name = "resnet9",
         .description = "ResNet-9 for CIFAR-10, 6.6 M parameters",
         .minimum_rows = 32,
         .minimum_columns = 32,
         .usual_input = {kBatch, 3, 32, 32},
         .usual_classes = 10,
         .is_large = true,
         .build = topologies::build_resnet9},
        {.name = "resnet9-quarter",
         .description = "ResNet-9 with a quarter of its filters, 413 k parameters",
         .minimum_rows = 32,
         .minimum_columns = 32,
         .usual_input = {kBatch, 3, 32, 32},
         .usual_classes = 10,
         .is_large = false,
         .build = topologies::build_resnet9_quarter},
        imagenet_network("squeezenet11", "SqueezeNet 1.1, 1.2 M parameters", 25, true,
                         topologies::build_squeezenet11),
        imagenet_network("vgg16", "VGG-16, configuration D, 138.4 M parameters", 32, true,
                         topologies::build_vgg16),
    };
    return kTopologies;
}

const Topology* find_topology(std::string_view name) {
    const std::vector<Topology>& topologies = known_topologies();
    const auto found = std::find_if(topologies.begin(), topologies.end(),
                                    [&](const Topology& topology) { return topology.name == name; });
    return found == topologies.end() ? nullptr : &*found;
}

} // namespace tandem
