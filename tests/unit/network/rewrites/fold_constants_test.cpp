#include <gtest/gtest.h>

#include "tandem/network/rewrites/rewrites.h"
#include "unit/network/reference_evaluator.h"
#include "unit/network/sketch.h"

namespace tandem {
namespace {

using sketch::integers;
using sketch::node;
using sketch::ramp;

std::vector<std::string> names(const Network& network) {
    std::vector<std::string> found;
    for (const Node& each : network.nodes) found.push_back(each.name);
    return found;
}

using Names = std::vector<std::string>;

TEST(FoldConstants, ComputesWhatDependsOnParametersAlone) {
    const Network before = sketch::drawn(
        {.input = {kBatch, 4},
         .nodes = {node("copy", "Identity", {"w"}), node("view", "Reshape", {"copy", "target"}),
                   node("c", "Constant", {}, {{"value_floats", std::vector<float>{1.0F, 2.0F}}}),
                   node("fc", "Gemm", {"input", "view", "c"})},
         .parameters = {{"w", ramp({8})}, {"target", integers({4, -1})}}});
    const Network after = fold_constants(before);
    EXPECT_EQ(names(after), Names{"fc"});
    EXPECT_EQ(*after.parameter("c"), sketch::floats({2}, {1.0F, 2.0F}));
    EXPECT_EQ(after.parameter("view")->shape, (Shape{4, 2}));
    EXPECT_EQ(after.parameter("w"), nullptr);
    EXPECT_EQ(after.shapes.size(), 2U);
    sketch::expect_same_results(before, after);
}

TEST(FoldConstants, RemovesNodesThatPassAnActivationThrough) {
    const Network before = sketch::drawn(
        {.input = {kBatch, 4},
         .nodes = {node("copy", "Identity", {"input"}), node("view", "Reshape", {"copy", "target"}),
                   node("flat", "Flatten", {"view"}), node("pad", "Pad", {"flat", "amounts"}),
                   node("relu", "Relu", {"pad"})},
         .parameters = {{"target", integers({0, 4})}, {"amounts", integers({0, 0, 0, 0})}}});
    const Network after = fold_constants(before);
    EXPECT_EQ(names(after), Names{"relu"});
    EXPECT_EQ(after.nodes[0].inputs, Names{"input"});
    EXPECT_TRUE(after.parameters.empty());
    sketch::expect_same_results(before, after);
}

TEST(FoldConstants, KeepsNodesThatChangeTheShape) {
    const Network before =
        sketch::drawn({.input = {kBatch, 4, 1, 1},
                       .nodes = {node("flat", "Flatten", {"input"}), node("r", "Relu", {"flat"})}});
    EXPECT_EQ(fold_constants(before), before);
}

TEST(FoldConstants, KeepsTheNamesOfOutputs) {
    const Network before =
        sketch::drawn({.input = {kBatch, 4},
                       .nodes = {node("relu", "Relu", {"input"}), node("clip", "Clip", {"relu"}),
                                 node("sum", "Add", {"relu", "clip"}), node("out", "Identity", {"sum"})}});
    const Network after = fold_constants(before);
    EXPECT_EQ(names(after), (Names{"relu", "clip", "sum"}));
    EXPECT_EQ(after.outputs, Names{"out"});
    EXPECT_EQ(after.nodes[2].outputs, Names{"out"});
    sketch::expect_same_results(before, after);
}

TEST(FoldConstants, KeepsAnOutputThatCopiesAnInputOrAnotherOutput) {
    const Network input =
        sketch::drawn({.input = {kBatch, 4}, .nodes = {node("out", "Identity", {"input"})}});
    EXPECT_EQ(fold_constants(input), input);

    Network outputs =
        sketch::drawn({.input = {kBatch, 4},
                       .nodes = {node("relu", "Relu", {"input"}), node("a", "Identity", {"relu"}),
                                 node("b", "Identity", {"relu"})}});
    outputs.outputs = {"a", "b"};
    const Network after = fold_constants(outputs);
    EXPECT_EQ(names(after), (Names{"relu", "b"}));
    EXPECT_EQ(after.nodes[1].inputs, Names{"a"});
    EXPECT_EQ(after.outputs, (Names{"a", "b"}));
}

} // namespace
} // namespace tandem
