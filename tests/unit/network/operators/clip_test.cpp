#include <limits>

#include <gtest/gtest.h>

#include "tandem/network/operators/operators.h"
#include "unit/network/sketch.h"

namespace tandem {
namespace {

using sketch::floats;
using sketch::node;

constexpr float kInfinity = std::numeric_limits<float>::infinity();
const Shape kVector{kBatch, 3};

TEST(Clip, ReadsBoundsFromInputsSinceOpset11) {
    const Network network = sketch::drawn({.input = kVector,
                                           .nodes = {node("clip", "Clip", {"input", "", "high"})},
                                           .parameters = {{"high", floats({}, {6.0F})}}});
    EXPECT_EQ(clip_bounds(network.nodes[0], network).minimum, -kInfinity);
    EXPECT_EQ(clip_bounds(network.nodes[0], network).maximum, 6.0F);
}

TEST(Clip, ReadsBoundsFromAttributesBeforeOpset11) {
    const Network network = sketch::drawn(
        {.input = kVector, .nodes = {node("clip", "Clip", {"input"}, {{"min", 0.5F}})}, .opset = 10});
    EXPECT_EQ(clip_bounds(network.nodes[0], network).minimum, 0.5F);
    EXPECT_EQ(clip_bounds(network.nodes[0], network).maximum, kInfinity);
}

TEST(Clip, ReadsBoundsThroughNodesThatComputeConstants) {
    const Network network = sketch::drawn(
        {.input = kVector,
         .nodes = {node("six", "Constant", {}, {{"value_float", 6.0F}}), node("copy", "Identity", {"six"}),
                   node("clip", "Clip", {"input", "", "copy"})}});
    EXPECT_EQ(clip_bounds(network.nodes[2], network).maximum, 6.0F);
}

TEST(Clip, RefusesBoundsInTheOtherPlaceOrTheWrongOrder) {
    EXPECT_EQ(
        sketch::output_shape({.input = kVector, .nodes = {node("clip", "Clip", {"input"}, {{"min", 0.0F}})}}),
        "net: node 'clip': found bounds as attributes in opset 13, expected inputs min and max");
    EXPECT_EQ(sketch::output_shape({.input = kVector,
                                    .nodes = {node("clip", "Clip", {"input", "low"})},
                                    .parameters = {{"low", floats({}, {0.0F})}},
                                    .opset = 10}),
              "net: node 'clip': found bounds as inputs in opset 10, expected attributes min and max");
    EXPECT_EQ(
        sketch::output_shape({.input = kVector,
                              .nodes = {node("clip", "Clip", {"input", "low", "high"})},
                              .parameters = {{"low", floats({}, {2.0F})}, {"high", floats({1}, {1.0F})}}}),
        "net: node 'clip': found bounds 2 and 1, expected the lower one first");
    EXPECT_EQ(sketch::output_shape({.input = kVector,
                                    .nodes = {node("clip", "Clip", {"input", "low"})},
                                    .parameters = {{"low", sketch::ramp({3})}}}),
              "net: node 'clip', input 1 ('low'): found 3 numbers, expected one");
    EXPECT_EQ(sketch::output_shape(
                  {.input = kVector,
                   .nodes = {node("relu", "Relu", {"input"}), node("clip", "Clip", {"input", "relu"})}}),
              "net: node 'clip', input 1 ('relu'): found an activation, expected a constant");
    EXPECT_EQ(sketch::output_shape({.input = kVector,
                                    .nodes = {node("clip", "Clip", {"input", "low"})},
                                    .parameters = {{"low", sketch::integers({0})}}}),
              "net: node 'clip', input 1 ('low'): found int64 values, expected float32 values");
}

} // namespace
} // namespace tandem
