#include <gtest/gtest.h>

#include "unit/network/sketch.h"

namespace tandem {
namespace {

using sketch::node;

TEST(Add, WantsTwoActivationsOfEqualShape) {
    const Shape image{kBatch, 2, 4, 4};
    EXPECT_EQ(sketch::output_shape({.input = image, .nodes = {node("sum", "Add", {"input", "input"})}}),
              "Nx2x4x4");
    EXPECT_EQ(sketch::output_shape({.input = image,
                                    .nodes = {node("pool", "GlobalAveragePool", {"input"}),
                                              node("sum", "Add", {"input", "pool"})}}),
              "net: node 'sum': found shapes Nx2x4x4 and Nx2x1x1, expected two activations of equal shape");
    EXPECT_EQ(sketch::output_shape({.input = image,
                                    .nodes = {node("sum", "Add", {"input", "w"})},
                                    .parameters = {{"w", sketch::ramp({2})}}}),
              "net: node 'sum', input 1 ('w'): found a constant, expected an activation");
}

TEST(Softmax, WantsClasses) {
    EXPECT_EQ(sketch::output_shape({.input = {kBatch, 3}, .nodes = {node("p", "Softmax", {"input"})}}),
              "Nx3");
    EXPECT_EQ(sketch::output_shape({.input = {kBatch, 3, 1, 1}, .nodes = {node("p", "Softmax", {"input"})}}),
              "net: node 'p', input 0 ('input'): found shape Nx3x1x1, expected (batch, classes)");
    EXPECT_EQ(sketch::output_shape({.input = {kBatch, 3},
                                    .nodes = {node("p", "Softmax", {"input"}, {{"axis", std::int64_t{0}}})}}),
              "net: node 'p', axis: found 0, expected 1 or -1");
}

TEST(Flatten, KeepsSamplesApart) {
    const auto flatten = [](std::int64_t axis) {
        return sketch::output_shape(
            {.input = {kBatch, 2, 4, 4}, .nodes = {node("flat", "Flatten", {"input"}, {{"axis", axis}})}});
    };
    EXPECT_EQ(flatten(1), "Nx32");
    EXPECT_EQ(flatten(-3), "Nx32");
    EXPECT_EQ(flatten(2), "net: node 'flat', axis: found 2, expected 1, so that samples stay apart");
}

TEST(GlobalAveragePool, WantsAnImage) {
    EXPECT_EQ(
        sketch::output_shape({.input = {kBatch, 3}, .nodes = {node("pool", "GlobalAveragePool", {"input"})}}),
        "net: node 'pool', input 0 ('input'): found shape Nx3, expected (batch, channels, rows, columns)");
}

} // namespace
} // namespace tandem
