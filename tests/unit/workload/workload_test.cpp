#include "tandem/workload/workload.h"

#include <gtest/gtest.h>

#include "tandem/network/topologies/topologies.h"

namespace tandem {
namespace {

Parameter zeros(Shape shape) {
    const auto count = static_cast<std::size_t>(elements_per_sample(shape));
    return Parameter{.shape = std::move(shape), .values = std::vector<float>(count)};
}

/// Two convolutions, the second grouped and strided, then a classifier on flattened pixels.
Network small_network() {
    Network network;
    network.name = "small";
    network.inputs = {"image"};
    network.outputs = {"scores"};
    network.shapes["image"] = {kBatch, 3, 8, 10};
    network.parameters["a.weight"] = zeros({4, 3, 3, 3});
    network.parameters["b.weight"] = zeros({6, 2, 3, 1});
    network.parameters["c.weight"] = zeros({5, 6 * 4 * 5});
    network.nodes = {
        {.name = "a",
         .type = "Conv",
         .inputs = {"image", "a.weight"},
         .outputs = {"a.out"},
         .attributes = {{"pads", std::vector<std::int64_t>{1, 1, 1, 1}}}},
        {.name = "relu", .type = "Relu", .inputs = {"a.out"}, .outputs = {"b.in"}, .attributes = {}},
        {.name = "b",
         .type = "Conv",
         .inputs = {"b.in", "b.weight"},
         .outputs = {"b.out"},
         .attributes = {{"group", std::int64_t{2}},
                        {"strides", std::vector<std::int64_t>{2, 2}},
                        {"dilations", std::vector<std::int64_t>{2, 1}},
                        {"pads", std::vector<std::int64_t>{2, 0, 1, 0}}}},
        {.name = "flatten", .type = "Flatten", .inputs = {"b.out"}, .outputs = {"flat"}, .attributes = {}},
        {.name = "c",
         .type = "Gemm",
         .inputs = {"flat", "c.weight"},
         .outputs = {"scores"},
         .attributes = {{"transB", std::int64_t{1}}}}};
    return infer_shapes(network, "small").value();
}

Strategy small_strategy() {
    Strategy strategy;
    strategy.layers = {{.layer = "a", .weight_bits = 4, .activation_bits = 8},
                       {.layer = "b", .weight_bits = 2, .activation_bits = 6},
                       {.layer = "c", .weight_bits = 16, .activation_bits = 5}};
    strategy.output_bits = 12;
    return strategy;
}

TEST(Workload, ReadsTheLoopNestOfAConvolution) {
    const Workload workload = make_workload(small_network(), small_strategy());
    ASSERT_EQ(workload.layers.size(), 3U);
    EXPECT_EQ(workload.layers[0].layer, "a");
    LayerWork expected;
    expected.extents = {1, 4, 3, 8, 10, 3, 3};
    expected.pads = {2, 2};
    expected.weight_bits = 4;
    expected.input_bits = 8;
    expected.output_bits = 6; // through Relu into b, which reads 6 bits
    EXPECT_EQ(workload.layers[0].work, expected);
}

TEST(Workload, CountsTheChannelsOfOneGroup) {
    const LayerWork work = make_workload(small_network(), small_strategy()).layers[1].work;
    LayerWork expected;
    expected.extents = {1, 3, 2, 4, 5, 3, 1};
    expected.groups = 2;
    expected.strides = {2, 2};
    expected.dilations = {2, 1};
    expected.pads = {3, 0};
    expected.weight_bits = 2;
    expected.input_bits = 6;
    expected.output_bits = 5;
    EXPECT_EQ(work, expected);
    EXPECT_EQ(multiply_accumulates(work), Operations(2 * 3 * 2 * 4 * 5 * 3));
    EXPECT_EQ(elements(work, Operand::weights), 6 * 2 * 3);
    EXPECT_EQ(elements(work, Operand::outputs), 6 * 4 * 5);
    // Of the 8 x 10 image, the last output row and column read up to row 7 and column 8.
    EXPECT_EQ(elements(work, Operand::inputs), 4 * 8 * 9);
}

TEST(Workload, ReadsAGemmAsOnePixel) {
    const LayerWork work = make_workload(small_network(), small_strategy()).layers[2].work;
    LayerWork expected;
    expected.extents = {1, 5, 120, 1, 1, 1, 1};
    expected.input_bits = 5;
    expected.output_bits = 12; // leaves the network
    EXPECT_EQ(work, expected);
}

TEST(Workload, AddsUpTheStoredWeights) {
    EXPECT_EQ(make_workload(small_network(), small_strategy()).weight_storage(),
              Bits(108 * 4 + 36 * 2 + 600 * 16));
}

TEST(Workload, HasOneEntryALayerOfARealTopology) {
    const Network network =
        find_topology("resnet8")->build({.input_shape = {kBatch, 1, 28, 28}, .classes = 10, .seed = 1});
    const Workload workload = make_workload(network, uniform_strategy(network, 8, 8));
    EXPECT_EQ(workload.layers.size(), layers(network).size());
    std::int64_t operations = 0;
    for (const NamedLayerWork& layer : workload.layers) operations += multiply_accumulates(layer.work).value;
    EXPECT_GT(operations, 5'000'000);
    EXPECT_LT(operations, 20'000'000);
}

TEST(LayerWork, CountsInputsWithStrideAndDilation) {
    LayerWork work;
    work.strides = {2, 3};
    work.dilations = {1, 4};
    EXPECT_EQ(input_extent(work, 0, 5, 3), 11);
    EXPECT_EQ(input_extent(work, 1, 2, 3), 12);
    EXPECT_EQ(input_extent(work, 0, 1, 1), 1);
}

TEST(LayerWork, HashesByEveryField) {
    const LayerWork original;
    std::vector<LayerWork> changed(10, original);
    changed[0].extents[3] = 2;
    changed[1].groups = 2;
    changed[2].strides[1] = 2;
    changed[3].dilations[0] = 2;
    changed[4].pads[0] = 1;
    changed[5].weight_bits = 8;
    changed[6].input_bits = 8;
    changed[7].output_bits = 8;
    changed[8].strides[0] = 2;
    changed[9].pads[1] = 1;
    for (std::size_t i = 0; i < changed.size(); ++i) {
        EXPECT_NE(content_hash(changed[i]), content_hash(original)) << "change " << i;
        for (std::size_t j = 0; j < i; ++j) {
            EXPECT_NE(content_hash(changed[i]), content_hash(changed[j])) << i << " and " << j;
        }
    }
    EXPECT_EQ(content_hash(LayerWork{}), content_hash(original));
}

TEST(LayerWork, NamesDimensionsAndOperands) {
    std::string names;
    for (const Dimension dimension : kAllDimensions) names += std::string(to_string(dimension)) + " ";
    EXPECT_EQ(names, "N K C OY OX FY FX G ");
    EXPECT_EQ(to_string(Operand::weights), "weights");
    EXPECT_EQ(to_string(Operand::inputs), "inputs");
    EXPECT_EQ(to_string(Operand::outputs), "outputs");
}

} // namespace
} // namespace tandem
