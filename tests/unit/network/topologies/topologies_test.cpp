#include "tandem/network/topologies/topologies.h"

#include <algorithm>
#include <cmath>
#include <map>

#include <gtest/gtest.h>

#include "tandem/network/operators/operators.h"
#include "tandem/network/trained_parameters.h"
#include "unit/network/sketch.h"

namespace tandem {
namespace {

const TopologyRequest kFashion{.input_shape = {kBatch, 1, 28, 28}, .classes = 10, .seed = 1};

TEST(Topologies, AreSortedAndDescribed) {
    const auto& all = known_topologies();
    EXPECT_TRUE(std::is_sorted(all.begin(), all.end(),
                               [](const auto& left, const auto& right) { return left.name < right.name; }));
    for (const Topology& topology : all) EXPECT_FALSE(topology.description.empty());
    EXPECT_EQ(find_topology("resnet10"), nullptr);
}

TEST(Topologies, EndInLogitsFromTheSmallestInputOn) {
    for (const Topology& topology : known_topologies()) {
        if (topology.name == "vgg16" || topology.name == "alexnet") continue; // HaveTheirPublishedParameters
        const std::int64_t extent = topology.minimum_rows;
        const Network network = topology.build({.input_shape = {kBatch, 3, extent, extent}, .classes = 7});
        EXPECT_EQ(network.inputs, std::vector<std::string>{"input"});
        EXPECT_EQ(network.outputs, std::vector<std::string>{"logits"});
        const bool labels_pixels = topology.name == "deeplabv3-mobilenetv2";
        EXPECT_EQ(network.shape("logits"),
                  labels_pixels ? Shape({kBatch, 7, extent, extent}) : Shape({kBatch, 7}))
            << topology.name;
    }
}

TEST(Topologies, GiveTheSameNetworkForTheSameSeed) {
    for (const Topology& topology : known_topologies()) {
        if (topology.is_large) continue;
        const TopologyRequest request{.input_shape = topology.usual_input};
        TopologyRequest other = request;
        other.seed = 2;
        EXPECT_EQ(topology.build(request), topology.build(request)) << topology.name;
        EXPECT_NE(topology.build(request), topology.build(other)) << topology.name;
    }
}

TEST(Topologies, DrawWeightsWithTheVarianceOfHe) {
    const Network network = find_topology("resnet8")->build(kFashion);
    const std::vector<float>& weights = float_values(*network.parameter("stage3.conv2.weight"));
    double sum = 0.0;
    double squares = 0.0;
    for (const float weight : weights) {
        sum += static_cast<double>(weight);
        squares += static_cast<double>(weight) * static_cast<double>(weight);
    }
    const double count = static_cast<double>(weights.size()); // 36,864: the variance is known to 0.7 %
    EXPECT_NEAR(squares / count, 2.0 / (64 * 9), 0.03 * 2.0 / (64 * 9));
    EXPECT_NEAR(sum / count, 0.0, 0.001);
}

TEST(Resnet8, HasTheLayersAndParametersOfItsDescription) {
    const Network network = find_topology("resnet8")->build(kFashion);
    std::vector<std::string> names;
    for (const Node* layer : layers(network)) names.push_back(layer->name);
    EXPECT_EQ(names, (std::vector<std::string>{"conv1", "stage1.conv1", "stage1.conv2", "stage2.conv1",
                                               "stage2.conv2", "stage2.shortcut", "stage3.conv1",
                                               "stage3.conv2", "stage3.shortcut", "classifier"}));
    EXPECT_EQ(trained_parameters(network), 77754);
    EXPECT_EQ(network.shape("stage3.relu2"), (Shape{kBatch, 64, 7, 7}));
}

TEST(Lenet5, HasTheParametersOfThePaper) {
    // LeCun et al. 1998 with a fully connected second convolution: 156 + 2416 + 48120 + 10164 + 850.
    EXPECT_EQ(trained_parameters(find_topology("lenet5")->build(kFashion)), 61706);
}

TEST(Topologies, HaveTheirPublishedParameters) {
    // torchvision's models but for: the CIFAR-10 family (He et al. 2016, table 6: 0.27 M to 0.85 M; the
    // published code counts 269,722 to 853,018), conv3 and cnn-trad-fpool3 (weights and biases, layer by
    // layer: 2,432 + 25,632 + 51,264 + 10,250; 10,304 + 163,904 + 65,568 + 4,224 + 1,548; with half as many
    // columns a filter on 49x10 inputs 5,184 + 81,984 + 43,040 + 4,224 + 1,548), MobileNetV1 (Keras
    // Applications: 4,253,864 with 21,888 statistics), ResNet-9 (Page 2018: 6,573,120 weights and
    // normalisations; its classifier has no bias), CNV (1,542,848 weights, which its published memory of 1.54
    // Mb holds, and normalisations and biases), Inception 3a (163,328 weights, the published 159 K of 1,024,
    // biases and classifier), DeepLabv3 on MobileNetV2 (Sandler et al. 2018, table 7: 4.52 M), the network
    // for facial expressions (published as about 600,000; layer by layer 800 + 12,560 + 12,832 + 25,632 +
    // 18,496 + 36,928 + 73,856 + 147,584 + 295,168 + 16,135, and 1,472 of normalisations).
    const std::map<std::string, std::int64_t> published{{"alexnet", 61'100'840},
                                                        {"cnn-trad-fpool3", 245'548},
                                                        {"cnn-trad-fpool3-mfcc", 135'980},
                                                        {"cnv", 1'547'722},
                                                        {"conv3", 89'578},
                                                        {"deeplabv3-mobilenetv2", 4'523'541},
                                                        {"expression9", 641'463},
                                                        {"inception3a", 166'266},
                                                        {"mobilenetv1", 4'231'976},
                                                        {"mobilenetv2", 3'504'872},
                                                        {"resnet18", 11'689'512},
                                                        {"resnet20", 269'722},
                                                        {"resnet32", 464'154},
                                                        {"resnet34", 21'797'672},
                                                        {"resnet44", 658'586},
                                                        {"resnet50", 25'557'032},
                                                        {"resnet56", 853'018},
                                                        {"resnet9", 6'573'130},
                                                        {"resnet9-quarter", 412'954},
                                                        {"squeezenet11", 1'235'496},
                                                        {"vgg16", 138'357'544}};
    for (const auto& [name, count] : published) {
        const Topology& topology = *find_topology(name);
        const Network network = topology.build(
            {.input_shape = topology.usual_input, .classes = topology.usual_classes, .seed = 1});
        EXPECT_EQ(trained_parameters(network), count) << name;
    }
}

TEST(DeepLab, DilatesWhereMobileNetStrides) {
    const Topology& topology = *find_topology("deeplabv3-mobilenetv2");
    const Network network = topology.build({.input_shape = topology.usual_input, .classes = 21, .seed = 1});
    const auto depthwise = [&](const std::string& block) {
        const Node& node = *network.producer(block + ".depthwise.conv");
        const ConvAttributes conv = conv_attributes(node, network);
        return std::pair(conv.window.strides[0], conv.window.dilations[0]);
    };
    EXPECT_EQ(depthwise("block7"), std::pair(std::int64_t{2}, std::int64_t{1}));
    EXPECT_EQ(depthwise("block14"), std::pair(std::int64_t{1}, std::int64_t{1})); // would stride
    for (const std::string block : {"block15", "block16", "block17"}) {
        EXPECT_EQ(depthwise(block), std::pair(std::int64_t{1}, std::int64_t{2})) << block;
    }
    EXPECT_EQ(network.shape("aspp.concat"), (Shape{kBatch, 5 * 256, 33, 33}));
    EXPECT_EQ(network.shape("logits"), (Shape{kBatch, 21, 513, 513}));
}

TEST(DeepLab, GivesEachPixelOfAnyExtentItsLogits) {
    const Topology& topology = *find_topology("deeplabv3-mobilenetv2");
    for (std::int64_t extent = 1; extent <= 97; extent += 7) {
        const Network network =
            topology.build({.input_shape = {kBatch, 3, extent, 2 * extent}, .classes = 2});
        EXPECT_EQ(network.shape("logits"), (Shape{kBatch, 2, extent, 2 * extent}));
    }
}

} // namespace
} // namespace tandem
