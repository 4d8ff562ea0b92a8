#include <gtest/gtest.h>

#include "unit/network/sketch.h"

namespace tandem {
namespace {

using sketch::node;

TEST(Add, Broadcasts) {
    const Shape image{kBatch, 2, 4, 4};
    EXPECT_EQ(sketch::output_shape({.input = image, .nodes = {node("sum", "Add", {"input", "input"})}}),
              "Nx2x4x4");
    EXPECT_EQ(sketch::output_shape({.input = image,
                                    .nodes = {node("pool", "GlobalAveragePool", {"input"}),
                                              node("sum", "Add", {"input", "pool"})}}),
              "Nx2x4x4");
    const auto with_constant = [&](Shape shape) {
        return sketch::output_shape({.input = image,
                                     .nodes = {node("sum", "Add", {"input", "w"})},
                                     .parameters = {{"w", sketch::ramp(std::move(shape))}}});
    };
    EXPECT_EQ(with_constant({4}), "Nx2x4x4");
    EXPECT_EQ(with_constant({2, 1, 1}), "Nx2x4x4");
    EXPECT_EQ(with_constant({1, 2, 4, 4}), "Nx2x4x4");
    EXPECT_EQ(with_constant({}), "Nx2x4x4");
    EXPECT_EQ(with_constant({2}),
              "net: node 'sum', input 1 ('w'): found shape 2, expected one that broadcasts with Nx2x4x4");
    EXPECT_EQ(
        with_constant({3, 2, 4, 4}),
        "net: node 'sum', input 1 ('w'): found shape 3x2x4x4, expected one that broadcasts with Nx2x4x4");
    EXPECT_EQ(
        sketch::output_shape(
            {.input = image,
             .nodes = {node("flat", "Flatten", {"input"}), node("sum", "Add", {"input", "flat"})}}),
        "net: node 'sum', input 1 ('flat'): found shape Nx32, expected one that broadcasts with Nx2x4x4");
}

TEST(Softmax, TakesAnyAxisButTheBatch) {
    EXPECT_EQ(sketch::output_shape({.input = {kBatch, 3}, .nodes = {node("p", "Softmax", {"input"})}}),
              "Nx3");
    EXPECT_EQ(sketch::output_shape({.input = {kBatch, 3, 1, 1}, .nodes = {node("p", "Softmax", {"input"})}}),
              "Nx3x1x1");
    EXPECT_EQ(sketch::output_shape({.input = {kBatch, 3},
                                    .nodes = {node("p", "Softmax", {"input"}, {{"axis", std::int64_t{0}}})}}),
              "net: node 'p', axis: found 0, expected 1 to 1, or counted from the end; samples stay apart");
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
        "net: node 'pool', input 0 ('input'): found shape Nx3, expected (batch, channels, rows, columns) or "
        "(batch, channels, columns)");
}

} // namespace
} // namespace tandem
