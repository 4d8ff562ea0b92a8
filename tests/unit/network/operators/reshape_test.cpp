#include <gtest/gtest.h>

#include "unit/network/sketch.h"

namespace tandem {
namespace {

using sketch::integers;
using sketch::List;
using sketch::node;

std::string reshape(List target, std::map<std::string, Attribute> attributes = {}) {
    return sketch::output_shape(
        {.input = {kBatch, 2, 4, 4},
         .nodes = {node("view", "Reshape", {"input", "target"}, std::move(attributes))},
         .parameters = {{"target", integers(std::move(target))}}});
}

TEST(Reshape, KeepsTheBatchFirst) {
    EXPECT_EQ(reshape({0, 32}), "Nx32");
    EXPECT_EQ(reshape({-1, 32}), "Nx32");
    EXPECT_EQ(reshape({0, -1}), "Nx32");
    EXPECT_EQ(reshape({0, 0, -1}), "Nx2x16");
    EXPECT_EQ(reshape({1, 32}),
              "net: node 'view', shape: found [1, 32], expected 0 or -1 first, for the batch");
    EXPECT_EQ(reshape({32, -1}),
              "net: node 'view', shape: found [32, -1], expected 0 or -1 first, for the batch");
}

TEST(Reshape, KeepsTheNumberOfElements) {
    EXPECT_EQ(reshape({0, 31}),
              "net: node 'view', shape: found [0, 31], expected extents for the 32 elements of Nx2x4x4");
    EXPECT_EQ(reshape({0, 3, -1}),
              "net: node 'view', shape: found [0, 3, -1], expected extents for the 32 elements of Nx2x4x4");
    EXPECT_EQ(reshape({-1, 4, -1}),
              "net: node 'view', shape: found [-1, 4, -1], expected extents for the 32 elements of Nx2x4x4");
    // 16 samples to one would be legal for ONNX when the batch is known.
    EXPECT_EQ(reshape({-1, 2}),
              "net: node 'view', shape: found [-1, 2], expected extents for the 32 elements of Nx2x4x4");
}

TEST(Reshape, RefusesExtentsWithoutMeaning) {
    EXPECT_EQ(reshape({0, -2}),
              "net: node 'view', shape: found [0, -2], expected extents for an input of shape Nx2x4x4");
    EXPECT_EQ(
        reshape({0, 2, 4, 4, 0}),
        "net: node 'view', shape: found [0, 2, 4, 4, 0], expected extents for an input of shape Nx2x4x4");
    EXPECT_EQ(reshape({0, 32}, {{"allowzero", std::int64_t{1}}}),
              "net: node 'view', shape: found [0, 32], expected extents for an input of shape Nx2x4x4");
    EXPECT_EQ(reshape({0, 32, 1, 1, 1, 1, 1, 1, 1}),
              "net: node 'view', shape: found shape 9, expected a list of at most 8 extents");
    const std::int64_t huge = std::int64_t{1} << 62;
    EXPECT_NE(reshape({0, huge, huge}).find("expected extents for the 32 elements"), std::string::npos);
}

TEST(Reshape, WantsAConstantTarget) {
    EXPECT_EQ(
        sketch::output_shape({.input = {kBatch, 2}, .nodes = {node("view", "Reshape", {"input", "input"})}}),
        "net: node 'view', input 1 ('input'): found an activation, expected a constant");
    EXPECT_EQ(sketch::output_shape({.input = {kBatch, 2},
                                    .nodes = {node("view", "Reshape", {"input", "w"})},
                                    .parameters = {{"w", sketch::ramp({2})}}}),
              "net: node 'view', input 1 ('w'): found float32 values, expected int64 values");
}

TEST(Reshape, GivesConstantsAShapeWithoutABatch) {
    const Network network = sketch::drawn(
        {.input = {kBatch, 6},
         .nodes = {node("view", "Reshape", {"w", "target"}), node("fc", "Gemm", {"input", "view"})},
         .parameters = {{"w", sketch::ramp({12})}, {"target", integers({6, -1})}}});
    EXPECT_EQ(network.shape("view"), (Shape{6, 2}));
}

} // namespace
} // namespace tandem
