#include <gtest/gtest.h>

#include "tandem/network/operators/operators.h"
#include "unit/network/sketch.h"

namespace tandem {
namespace {

using sketch::floats;
using sketch::integers;
using sketch::List;
using sketch::node;

const Shape kImage{kBatch, 2, 4, 4};

sketch::Sketch pad(List amounts) {
    return {.input = kImage,
            .nodes = {node("pad", "Pad", {"input", "amounts"})},
            .parameters = {{"amounts", integers(std::move(amounts))}}};
}

TEST(Pad, ReadsAmountsFromAnInputSinceOpset11) {
    sketch::Sketch sketch = pad({0, 1, 2, 3, 0, 0, 1, 0});
    sketch.nodes[0].inputs.push_back("value");
    sketch.parameters["value"] = floats({}, {0.5F});
    const Network network = sketch::drawn(sketch);
    EXPECT_EQ(network.shape("pad"), (Shape{kBatch, 3, 7, 7}));
    const PadAttributes attributes = pad_attributes(network.nodes[0], network);
    EXPECT_EQ(attributes.pads_begin, (List{0, 1, 2, 3}));
    EXPECT_EQ(attributes.pads_end, (List{0, 0, 1, 0}));
    EXPECT_EQ(attributes.value, 0.5F);
}

TEST(Pad, ReadsAmountsFromAnAttributeBeforeOpset11) {
    EXPECT_EQ(
        sketch::output_shape({.input = kImage,
                              .nodes = {node("pad", "Pad", {"input"},
                                             {{"pads", List{0, 0, 1, 1, 0, 0, 1, 1}}, {"value", 1.0F}})},
                              .opset = 10}),
        "Nx2x6x6");
}

TEST(Pad, RefusesAmountsItCannotTake) {
    const std::string expected = ", expected 8 amounts of at least 0 for shape Nx2x4x4";
    EXPECT_EQ(sketch::output_shape(pad({0, 0, -1, 0, 0, 0, 0, 0})),
              "net: node 'pad', pads: found [0, 0, -1, 0, 0, 0, 0, 0]" + expected);
    EXPECT_EQ(sketch::output_shape(pad({0, 0})), "net: node 'pad', pads: found [0, 0]" + expected);
    EXPECT_EQ(sketch::output_shape(pad({1, 0, 0, 0, 0, 0, 0, 0})),
              "net: node 'pad', pads: found [1, 0, 0, 0, 0, 0, 0, 0], expected no padding of the batch");
    EXPECT_EQ(sketch::output_shape(pad({0, 0, 1 << 20, 1 << 20, 0, 0, 0, 0})),
              "net: node 'pad': found an output of shape Nx2x1048580x1048580, expected at most 268435456 "
              "elements a sample");
}

TEST(Pad, RefusesOtherModesAndPlaces) {
    sketch::Sketch reflect = pad({0, 0, 1, 1, 0, 0, 1, 1});
    reflect.nodes[0].attributes["mode"] = std::string("wrap");
    EXPECT_EQ(sketch::output_shape(reflect),
              "net: node 'pad', mode: found 'wrap', expected constant, edge or reflect");
    sketch::Sketch old = pad({0, 0, 1, 1, 0, 0, 1, 1});
    old.opset = 10;
    EXPECT_EQ(sketch::output_shape(old),
              "net: node 'pad': found amounts as an input in opset 10, expected attribute pads");
    EXPECT_EQ(sketch::output_shape(
                  {.input = kImage, .nodes = {node("pad", "Pad", {"input"}, {{"pads", List{0, 0}}})}}),
              "net: node 'pad': found amounts as an attribute in opset 13, expected input pads");
    EXPECT_EQ(sketch::output_shape({.input = kImage, .nodes = {node("pad", "Pad", {"input"})}}),
              "net: node 'pad', pads: found none, expected a constant");
    sketch::Sketch value = pad({0, 0, 1, 1, 0, 0, 1, 1});
    value.nodes[0].inputs.push_back("value");
    value.parameters["value"] = sketch::ramp({2});
    EXPECT_EQ(sketch::output_shape(value),
              "net: node 'pad', input 2 ('value'): found 2 numbers, expected one");
}

} // namespace
} // namespace tandem
