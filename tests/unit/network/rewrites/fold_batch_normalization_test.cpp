#include <gtest/gtest.h>

#include "tandem/network/rewrites/rewrites.h"
#include "unit/network/reference_evaluator.h"
#include "unit/network/sketch.h"

namespace tandem {
namespace {

using sketch::node;
using sketch::ramp;

/// A layer named "layer" with 3 outputs, then batch normalisation "bn", then a Relu.
Network normalized(Shape input, Node layer, std::map<std::string, Parameter> parameters) {
    sketch::add_normalization(parameters, "bn", 3);
    return sketch::drawn(
        {.input = std::move(input),
         .nodes = {std::move(layer), sketch::normalization("bn", "layer"), node("relu", "Relu", {"bn"})},
         .parameters = std::move(parameters)});
}

void expect_folded(const Network& before) {
    const Network after = fold_batch_normalization(before);
    ASSERT_EQ(after.nodes.size(), 2U);
    EXPECT_EQ(after.nodes[0].name, "layer");
    EXPECT_EQ(after.nodes[0].outputs, std::vector<std::string>{"bn"});
    EXPECT_EQ(after.parameter("bn.scale"), nullptr);
    sketch::expect_same_results(before, after);
}

TEST(FoldBatchNormalization, GivesANumberOneCanWorkOutByHand) {
    // Weight 2, bias 1; scale 3, shift 5, mean 7, variance 4 - epsilon: gain 3 / 2, so weight 3 and
    // bias (1 - 7) * 3 / 2 + 5 = -4.
    Network network = sketch::drawn(
        {.input = {kBatch, 1, 1, 1},
         .nodes = {node("layer", "Conv", {"input", "w", "b"}), sketch::normalization("bn", "layer")},
         .parameters = {{"w", sketch::floats({1, 1, 1, 1}, {2.0F})},
                        {"b", sketch::floats({1}, {1.0F})},
                        {"bn.scale", sketch::floats({1}, {3.0F})},
                        {"bn.bias", sketch::floats({1}, {5.0F})},
                        {"bn.mean", sketch::floats({1}, {7.0F})},
                        {"bn.variance", sketch::floats({1}, {4.0F})}}});
    network.nodes[1].attributes["epsilon"] = 0.0F;
    const Network folded = fold_batch_normalization(network);
    EXPECT_EQ(*folded.parameter("w"), sketch::floats({1, 1, 1, 1}, {3.0F}));
    EXPECT_EQ(*folded.parameter("b"), sketch::floats({1}, {-4.0F}));
}

TEST(FoldBatchNormalization, FoldsIntoAConvWithAndWithoutABias) {
    const Shape image{kBatch, 2, 5, 5};
    expect_folded(normalized(image, node("layer", "Conv", {"input", "w"}), {{"w", ramp({3, 2, 3, 3})}}));
    expect_folded(normalized(image, node("layer", "Conv", {"input", "w", "b"}),
                             {{"w", ramp({3, 2, 3, 3})}, {"b", ramp({3})}}));
}

TEST(FoldBatchNormalization, FoldsIntoAGroupedConv) {
    expect_folded(normalized({kBatch, 3, 4, 4},
                             node("layer", "Conv", {"input", "w"}, {{"group", std::int64_t{3}}}),
                             {{"w", ramp({3, 1, 2, 2})}}));
}

TEST(FoldBatchNormalization, FoldsIntoAGemmEitherWayRound) {
    expect_folded(normalized({kBatch, 4}, node("layer", "Gemm", {"input", "w"}), {{"w", ramp({4, 3})}}));
    expect_folded(normalized({kBatch, 4},
                             node("layer", "Gemm", {"input", "w", "b"}, {{"transB", std::int64_t{1}}}),
                             {{"w", ramp({3, 4})}, {"b", ramp({1})}}));
}

TEST(FoldBatchNormalization, FoldsTwoInARow) {
    std::map<std::string, Parameter> parameters{{"w", ramp({3, 2, 1, 1})}};
    sketch::add_normalization(parameters, "one", 3);
    sketch::add_normalization(parameters, "two", 3);
    const Network before =
        sketch::drawn({.input = {kBatch, 2, 3, 3},
                       .nodes = {node("layer", "Conv", {"input", "w"}), sketch::normalization("one", "layer"),
                                 sketch::normalization("two", "one")},
                       .parameters = parameters});
    const Network after = fold_batch_normalization(before);
    EXPECT_EQ(after.nodes.size(), 1U);
    EXPECT_EQ(after.outputs, std::vector<std::string>{"two"});
    sketch::expect_same_results(before, after);
}

TEST(FoldBatchNormalization, LeavesSharedWeightsToTheirOtherReader) {
    std::map<std::string, Parameter> parameters{{"w", ramp({2, 2, 1, 1})}};
    sketch::add_normalization(parameters, "bn", 2);
    const Network before =
        sketch::drawn({.input = {kBatch, 2, 3, 3},
                       .nodes = {node("one", "Conv", {"input", "w"}), sketch::normalization("bn", "one"),
                                 node("two", "Conv", {"bn", "w"})},
                       .parameters = parameters});
    const Network after = fold_batch_normalization(before);
    EXPECT_EQ(after.nodes.size(), 2U);
    EXPECT_EQ(*after.parameter("w"), *before.parameter("w"));
    sketch::expect_same_results(before, after);
}

TEST(FoldBatchNormalization, KeepsOneWhoseLayerHasAnotherReader) {
    std::map<std::string, Parameter> parameters{{"w", ramp({2, 2, 1, 1})}};
    sketch::add_normalization(parameters, "bn", 2);
    const Network before =
        sketch::drawn({.input = {kBatch, 2, 3, 3},
                       .nodes = {node("layer", "Conv", {"input", "w"}), sketch::normalization("bn", "layer"),
                                 node("sum", "Add", {"bn", "layer"})},
                       .parameters = parameters});
    EXPECT_EQ(fold_batch_normalization(before), before);
    Network output = before;
    output.nodes.pop_back();
    output.shapes.erase("sum");
    output.outputs = {"bn", "layer"};
    EXPECT_EQ(fold_batch_normalization(output), output);
}

TEST(FoldBatchNormalization, KeepsOneThatFollowsNoLayer) {
    std::map<std::string, Parameter> parameters;
    sketch::add_normalization(parameters, "bn", 2);
    const Network before = sketch::drawn({.input = {kBatch, 2, 3, 3},
                                          .nodes = {sketch::normalization("bn", "input")},
                                          .parameters = parameters});
    EXPECT_EQ(fold_batch_normalization(before), before);
}

TEST(FoldBatchNormalization, KeepsOneThatWouldOverflow) {
    Network before = normalized({kBatch, 2, 5, 5}, node("layer", "Conv", {"input", "w"}),
                                {{"w", sketch::floats({3, 2, 1, 1}, std::vector<float>(6, 3e38F))}});
    before.parameters["bn.scale"] = sketch::floats({3}, {100.0F, 1.0F, 1.0F});
    EXPECT_EQ(fold_batch_normalization(before), before);
}

} // namespace
} // namespace tandem
