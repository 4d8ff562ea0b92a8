#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "tandem/network/network.h"
#include "unit/network/sketch.h"

namespace tandem {
namespace {

using sketch::floats;
using sketch::node;
using sketch::ramp;

const Shape kImage{kBatch, 2, 4, 4};

Network relu() { return sketch::drawn({.input = kImage, .nodes = {node("relu", "Relu", {"input"})}}); }

TEST(Validate, AcceptsWhatShapeInferenceMade) { EXPECT_EQ(sketch::refusal(relu()), "accepted"); }

TEST(Validate, GathersAllProblems) {
    EXPECT_EQ(sketch::refusal({.input = kImage,
                               .nodes = {node("a", "Foo", {"input"}), node("b", "Relu", {"missing"}),
                                         node("c", "Relu", {"input", "input"})}}),
              "net: node 'a': found operator 'Foo', expected one Tandem knows\n"
              "net: node 'b', 'missing': found no such tensor, expected an input, a parameter or the output "
              "of an earlier node\n"
              "net: node 'c': found 2 inputs, expected 1");
}

TEST(Validate, BlamesNoNodeForTheOneBefore) {
    EXPECT_EQ(
        sketch::refusal({.input = kImage, .nodes = {node("a", "Foo", {"input"}), node("b", "Relu", {"a"})}}),
        "net: node 'a': found operator 'Foo', expected one Tandem knows");
}

TEST(Validate, WantsTopologicalOrder) {
    EXPECT_EQ(
        sketch::refusal({.input = kImage, .nodes = {node("a", "Relu", {"b"}), node("b", "Relu", {"input"})}}),
        "net: node 'a', 'b': found a tensor computed later, expected an input, a parameter or the "
        "output of an earlier node");
}

TEST(Validate, WantsNamesOfTheirOwn) {
    Network twice = relu();
    twice.nodes.push_back(twice.nodes[0]);
    EXPECT_EQ(sketch::refusal(twice),
              "net: node 'relu': found a name that is empty or taken, expected a name of its own\n"
              "net: node 'relu': found output 'relu', expected a name of its own");
    Network input = relu();
    input.inputs.push_back("input");
    EXPECT_EQ(sketch::refusal(input),
              "net: input 'input': found a name that is empty or taken, expected a name of its own");
    Network nameless = relu();
    nameless.name.clear();
    EXPECT_EQ(sketch::refusal(nameless), "net: found a network without a name, expected a name");
}

TEST(Validate, WantsKnownOpsets) {
    Network network = relu();
    network.opset = 6;
    EXPECT_EQ(sketch::refusal(network), "net: found opset 6, expected 7 to 21");
    network.opset = 22;
    EXPECT_EQ(sketch::refusal(network), "net: found opset 22, expected 7 to 21");
}

TEST(Validate, WantsInputsWithABatchAndPositiveBoundedExtents) {
    const std::string expected = ", expected a batch, then positive extents of at most 268435456 elements";
    const auto refused = [&](Shape shape) {
        return sketch::refusal({.input = std::move(shape), .nodes = {node("relu", "Relu", {"input"})}});
    };
    EXPECT_EQ(refused({1, 2}), "net: input 'input': found shape 1x2" + expected);
    EXPECT_EQ(refused({kBatch}), "net: input 'input': found shape N" + expected);
    EXPECT_EQ(refused({kBatch, 0}), "net: input 'input': found shape Nx0" + expected);
    EXPECT_EQ(refused({kBatch, 1 << 20, 1 << 20}),
              "net: input 'input': found shape Nx1048576x1048576" + expected);
    const std::int64_t huge = std::numeric_limits<std::int64_t>::max();
    EXPECT_NE(refused({kBatch, huge, huge}), "accepted");
    Network none = relu();
    none.shapes.erase("input");
    EXPECT_EQ(sketch::refusal(none), "net: input 'input': found no shape" + expected);
}

TEST(Validate, WantsInputsAndOutputs) {
    Network network = relu();
    network.outputs = {};
    EXPECT_EQ(sketch::refusal(network), "net: found no outputs, expected at least one");
    network.outputs = {"relu", "relu"};
    EXPECT_EQ(sketch::refusal(network),
              "net: output 'relu': found the same output twice, expected each once");
    network.outputs = {"nowhere"};
    EXPECT_EQ(sketch::refusal(network),
              "net: output 'nowhere': found no activation of that name, expected the output of a node");
    network = relu();
    network.nodes[0].inputs = {"input"};
    network.inputs = {};
    EXPECT_NE(sketch::refusal(network).find("net: found no inputs, expected at least one"),
              std::string::npos);
}

TEST(Validate, WantsAsManyValuesAsAParameterHasElements) {
    Network network = sketch::drawn({.input = kImage,
                                     .nodes = {node("conv", "Conv", {"input", "w"})},
                                     .parameters = {{"w", ramp({1, 2, 1, 1})}}});
    network.parameters["w"].values = std::vector<float>{1.0F};
    EXPECT_EQ(sketch::refusal(network),
              "net: parameter 'w': found 1 values, expected as many as shape 1x2x1x1");
}

TEST(Validate, WantsFiniteParametersExceptBounds) {
    const float infinity = std::numeric_limits<float>::infinity();
    const auto conv = [](float second) {
        return sketch::refusal({.input = kImage,
                                .nodes = {node("conv", "Conv", {"input", "w"})},
                                .parameters = {{"w", floats({1, 2, 1, 1}, {1.0F, second})}}});
    };
    EXPECT_EQ(conv(infinity), "net: parameter 'w': found inf at element 1, expected finite numbers");
    EXPECT_EQ(conv(-NAN).substr(0, 25), "net: parameter 'w': found");
    EXPECT_EQ(
        sketch::refusal({.input = kImage,
                         .nodes = {node("clip", "Clip", {"input", "low", "high"})},
                         .parameters = {{"low", floats({}, {0.0F})}, {"high", floats({}, {infinity})}}}),
        "accepted");
}

TEST(Validate, WantsEveryParameterRead) {
    EXPECT_EQ(sketch::refusal({.input = kImage,
                               .nodes = {node("relu", "Relu", {"input"})},
                               .parameters = {{"idle", ramp({2})}}}),
              "net: parameter 'idle': found no node that reads it, expected at least one");
}

TEST(Validate, WantsOneOutputANode) {
    Node node_of_two = node("relu", "Relu", {"input"});
    node_of_two.outputs.push_back("second");
    EXPECT_EQ(sketch::refusal({.input = kImage, .nodes = {node_of_two}}),
              "net: node 'relu': found 2 outputs, expected one");
}

TEST(Validate, WantsKnownAttributesOfTheRightTypeWithoutNaN) {
    const auto flatten = [](const std::string& name, Attribute value) {
        return sketch::refusal(
            {.input = kImage, .nodes = {node("flat", "Flatten", {"input"}, {{name, std::move(value)}})}});
    };
    EXPECT_EQ(flatten("axes", std::int64_t{1}), "net: node 'flat': found attribute 'axes', expected axis");
    EXPECT_EQ(flatten("axis", 1.0F), "net: node 'flat', axis: found a number, expected an integer");
    EXPECT_EQ(flatten("axis", NAN), "net: node 'flat', axis: found NaN, expected a number");
    EXPECT_EQ(
        sketch::refusal({.input = kImage, .nodes = {node("relu", "Relu", {"input"}, {{"alpha", 1.0F}})}}),
        "net: node 'relu': found attribute 'alpha', expected no attributes");
}

TEST(Validate, ComparesStoredShapesWithTheRules) {
    Network network = relu();
    network.shapes["relu"] = {kBatch, 2, 4, 5};
    EXPECT_EQ(sketch::refusal(network), "net: tensor 'relu': found shape Nx2x4x5, expected Nx2x4x4");
    network.shapes.erase("relu");
    EXPECT_EQ(sketch::refusal(network), "net: tensor 'relu': found no shape, expected Nx2x4x4");
    network = relu();
    network.shapes["ghost"] = {kBatch, 1};
    EXPECT_EQ(sketch::refusal(network), "net: tensor 'ghost': found a shape of no activation, expected none");
}

TEST(Validate, BoundsTheElementsOfAllConstantsTogether) {
    // 2^14 views of one parameter of 2^14 elements, and one more.
    std::vector<Node> nodes{node("relu", "Relu", {"input"})};
    for (int i = 0; i < (1 << 14); ++i) nodes.push_back(node("copy" + std::to_string(i), "Identity", {"w"}));
    nodes.push_back(node("out", "Relu", {"relu"}));
    EXPECT_EQ(sketch::refusal({.input = kImage, .nodes = nodes, .parameters = {{"w", ramp({1 << 14})}}}),
              "net: node 'copy16383': found shape 16384, expected positive extents and at most 268435456 "
              "elements in all constants");
}

TEST(Validate, KeepsStrangeNamesToOneLine) {
    EXPECT_EQ(sketch::refusal({.input = kImage, .nodes = {node("a\nb\x01", "Foo", {"input"})}}),
              "net: node 'a b?': found operator 'Foo', expected one Tandem knows");
    const std::string endless(1000, 'x');
    EXPECT_LT(sketch::refusal({.input = kImage, .nodes = {node(endless, "Foo", {"input"})}}).size(), 200U);
}

} // namespace
} // namespace tandem
