#include <gtest/gtest.h>

#include "tandem/network/rewrites/rewrites.h"
#include "unit/network/reference_evaluator.h"
#include "unit/network/sketch.h"

namespace tandem {
namespace {

using sketch::node;
using sketch::ramp;

TEST(CompleteBiases, AddsZerosWhereALayerHasNone) {
    const Network before =
        sketch::drawn({.input = {kBatch, 2, 3, 3},
                       .nodes = {node("one", "Conv", {"input", "w"}), node("two", "Conv", {"one", "w", ""})},
                       .parameters = {{"w", ramp({2, 2, 1, 1})}}});
    const Network after = complete_biases(before);
    EXPECT_EQ(*after.parameter("one.bias"), sketch::floats({2}, {0.0F, 0.0F}));
    EXPECT_EQ(after.nodes[1].inputs, (std::vector<std::string>{"one", "w", "two.bias"}));
    sketch::expect_same_results(before, after);
}

TEST(CompleteBiases, SpreadsABroadcastBias) {
    for (const Shape& shape : {Shape{1, 3}, Shape{1}, Shape{1, 1}, Shape{}}) {
        const Network before = sketch::drawn({.input = {kBatch, 4},
                                              .nodes = {node("fc", "Gemm", {"input", "w", "b"})},
                                              .parameters = {{"w", ramp({4, 3})}, {"b", ramp(shape)}}});
        const Network after = complete_biases(before);
        EXPECT_EQ(after.parameter("b")->shape, Shape{3});
        sketch::expect_same_results(before, after);
    }
}

TEST(CompleteBiases, LeavesASharedBiasToItsOtherReader) {
    const Network before = sketch::drawn(
        {.input = {kBatch, 3},
         .nodes = {node("one", "Gemm", {"input", "w", "b"}), node("two", "Gemm", {"one", "v", "b"})},
         .parameters = {{"w", ramp({3, 4})}, {"v", ramp({4, 2})}, {"b", ramp({1})}}});
    const Network after = complete_biases(before);
    EXPECT_EQ(after.parameter("one.bias")->shape, Shape{4});
    EXPECT_EQ(after.parameter("b")->shape, Shape{2});
    sketch::expect_same_results(before, after);
}

TEST(CompleteBiases, SeparatesAWeightThatIsItsOwnBias) {
    const Network before = sketch::drawn({.input = {kBatch, 1},
                                          .nodes = {node("fc", "Gemm", {"input", "w", "w"})},
                                          .parameters = {{"w", ramp({1, 1})}}});
    sketch::expect_same_results(before, complete_biases(before));
}

} // namespace
} // namespace tandem
