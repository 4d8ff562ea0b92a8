#include <gtest/gtest.h>

#include "tandem/network/operators/operators.h"
#include "tandem/network/rewrites/rewrites.h"
#include "unit/network/reference_evaluator.h"
#include "unit/network/sketch.h"

namespace tandem {
namespace {

using sketch::integers;
using sketch::List;
using sketch::node;
using sketch::ramp;

sketch::Sketch padded(List amounts, std::map<std::string, Attribute> conv_attributes = {}) {
    return {.input = {kBatch, 2, 6, 6},
            .nodes = {node("pad", "Pad", {"input", "amounts"}),
                      node("conv", "Conv", {"pad", "w"}, std::move(conv_attributes))},
            .parameters = {{"amounts", integers(std::move(amounts))}, {"w", ramp({3, 2, 3, 3})}}};
}

void expect_folded(const sketch::Sketch& sketch, const List& pads) {
    const Network before = sketch::drawn(sketch);
    const Network after = fold_padding(before);
    ASSERT_EQ(after.nodes.size(), 1U);
    EXPECT_EQ(std::get<List>(after.nodes[0].attributes.at("pads")), pads);
    EXPECT_EQ(after.parameter("amounts"), nullptr);
    sketch::expect_same_results(before, after);
}

TEST(FoldPadding, AddsToThePadsOfTheConvolution) {
    expect_folded(padded({0, 0, 0, 1, 0, 0, 2, 3}), {0, 1, 2, 3});
    expect_folded(padded({0, 0, 0, 1, 0, 0, 2, 3}, {{"pads", List{1, 1, 1, 1}}}), {1, 2, 3, 4});
}

TEST(FoldPadding, MakesAutoPadExplicit) {
    // 7 padded rows at stride 2 take one row of padding at each end.
    expect_folded(
        padded({0, 0, 1, 1, 0, 0, 0, 0}, {{"auto_pad", std::string("SAME_UPPER")}, {"strides", List{2, 2}}}),
        {2, 2, 1, 1});
}

TEST(FoldPadding, FoldsTwoInARow) {
    sketch::Sketch sketch = padded({0, 0, 1, 1, 0, 0, 1, 1});
    sketch.nodes.insert(sketch.nodes.begin() + 1, node("pad2", "Pad", {"pad", "amounts"}));
    sketch.nodes[2].inputs[0] = "pad2";
    expect_folded(sketch, {2, 2, 2, 2});
}

TEST(FoldPadding, KeepsPadsThatAreNoZerosOfRowsAndColumns) {
    const Network channels = sketch::drawn(
        {.input = {kBatch, 1, 6, 6},
         .nodes = {node("pad", "Pad", {"input", "amounts"}), node("conv", "Conv", {"pad", "w"})},
         .parameters = {{"amounts", integers({0, 1, 0, 0, 0, 0, 0, 0})}, {"w", ramp({3, 2, 3, 3})}}});
    EXPECT_EQ(fold_padding(channels), channels);
    sketch::Sketch ones = padded({0, 0, 1, 1, 0, 0, 1, 1});
    ones.nodes[0].inputs.push_back("one");
    ones.parameters["one"] = sketch::floats({}, {1.0F});
    EXPECT_EQ(fold_padding(sketch::drawn(ones)), sketch::drawn(ones));
}

TEST(FoldPadding, KeepsAPadWithAnotherReader) {
    sketch::Sketch sketch = padded({0, 0, 1, 1, 0, 0, 1, 1}, {{"pads", List{1, 1, 1, 1}}});
    sketch.parameters["w"] = ramp({2, 2, 3, 3});
    sketch.nodes.push_back(node("sum", "Add", {"conv", "pad"}));
    EXPECT_EQ(fold_padding(sketch::drawn(sketch)), sketch::drawn(sketch));
}

TEST(FoldPadding, KeepsAPadBeyondWhatAConvolutionMayHave) {
    sketch::Sketch sketch = padded({0, 0, 65530, 0, 0, 0, 0, 0}, {{"pads", List{10, 0, 0, 0}}});
    EXPECT_EQ(fold_padding(sketch::drawn(sketch)), sketch::drawn(sketch));
}

} // namespace
} // namespace tandem
