#include <gtest/gtest.h>

#include "tandem/network/operators/operators.h"
#include "unit/network/sketch.h"

namespace tandem {
namespace {

using sketch::List;
using sketch::node;
using sketch::ramp;

sketch::Sketch conv(Shape weights, std::map<std::string, Attribute> attributes = {}) {
    return {.input = {kBatch, 4, 8, 6},
            .nodes = {node("conv", "Conv", {"input", "w"}, std::move(attributes))},
            .parameters = {{"w", ramp(std::move(weights))}}};
}

TEST(Conv, SlidesItsWindow) {
    EXPECT_EQ(sketch::output_shape(conv({5, 4, 3, 3})), "Nx5x6x4");
    EXPECT_EQ(sketch::output_shape(conv({5, 4, 3, 3}, {{"strides", List{2, 1}}, {"pads", List{1, 1, 1, 1}}})),
              "Nx5x4x6");
    EXPECT_EQ(sketch::output_shape(conv({5, 4, 3, 3}, {{"dilations", List{3, 2}}})), "Nx5x2x2");
}

TEST(Conv, DividesChannelsIntoGroups) {
    const Network network = sketch::drawn(conv({8, 1, 3, 3}, {{"group", std::int64_t{4}}}));
    EXPECT_EQ(conv_attributes(network.nodes[0], network).groups, 4);
    EXPECT_EQ(sketch::output_shape(conv({8, 1, 3, 3}, {{"group", std::int64_t{3}}})),
              "net: node 'conv', group: found 3, expected a divisor of 4 input and 8 output channels");
    EXPECT_EQ(sketch::output_shape(conv({8, 1, 3, 3}, {{"group", std::int64_t{0}}})),
              "net: node 'conv', group: found 0, expected a divisor of 4 input and 8 output channels");
    EXPECT_EQ(sketch::output_shape(conv({8, 3, 3, 3})),
              "net: node 'conv', input 1 ('w'): found 3 input channels a group, expected 4");
}

TEST(Conv, WantsWeightsOfFourDimensionsThatAreConstantFloats) {
    EXPECT_EQ(sketch::output_shape(conv({8, 4, 3})),
              "net: node 'conv', input 1 ('w'): found shape 8x4x3, expected (outputs, inputs of a group, "
              "rows, columns)");
    EXPECT_EQ(sketch::output_shape(
                  {.input = {kBatch, 1, 1, 1}, .nodes = {node("conv", "Conv", {"input", "input"})}}),
              "net: node 'conv', input 1 ('input'): found an activation, expected a constant");
}

TEST(Conv, WantsABiasOfOneNumberAnOutput) {
    sketch::Sketch sketch = conv({5, 4, 3, 3});
    sketch.nodes[0].inputs.push_back("b");
    sketch.parameters["b"] = ramp({4});
    EXPECT_EQ(sketch::output_shape(sketch), "net: node 'conv', input 2 ('b'): found shape 4, expected 5");
}

TEST(Conv, WantsItsTwoInputs) {
    EXPECT_EQ(sketch::output_shape({.input = {kBatch, 1, 1, 1}, .nodes = {node("c", "Conv", {"input", ""})}}),
              "net: node 'c': found 2 inputs, expected 2 to 3");
}

} // namespace
} // namespace tandem
