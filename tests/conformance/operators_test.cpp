// What every operator in the list promises, asked of each by a minimal network that uses it. An
// operator without one here fails the first test.
#include <algorithm>
#include <map>

#include <gtest/gtest.h>

#include "tandem/network/onnx/onnx.h"
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

/// By operator type: a network whose last node is of that type.
std::map<std::string, sketch::Sketch> examples() {
    const Shape image{kBatch, 2, 4, 4};
    std::map<std::string, sketch::Sketch> all;
    const std::map<std::string, Attribute> window{{"kernel_shape", List{2, 2}}, {"strides", List{2, 2}}};
    all["Add"] = {.input = image, .nodes = {node("x", "Add", {"input", "input"})}};
    all["AveragePool"] = {.input = image, .nodes = {node("x", "AveragePool", {"input"}, window)}};
    all["BatchNormalization"] = {.input = image, .nodes = {sketch::normalization("x", "input")}};
    sketch::add_normalization(all["BatchNormalization"].parameters, "x", 2);
    all["Clip"] = {.input = image,
                   .nodes = {node("x", "Clip", {"input", "low", "high"})},
                   .parameters = {{"low", sketch::floats({}, {0.0F})}, {"high", sketch::floats({}, {6.0F})}}};
    all["Conv"] = {.input = image,
                   .nodes = {node("x", "Conv", {"input", "w", "b"})},
                   .parameters = {{"w", ramp({3, 2, 3, 3})}, {"b", ramp({3})}}};
    all["Flatten"] = {.input = image, .nodes = {node("x", "Flatten", {"input"})}};
    all["Gemm"] = {.input = {kBatch, 4},
                   .nodes = {node("x", "Gemm", {"input", "w", "b"})},
                   .parameters = {{"w", ramp({4, 3})}, {"b", ramp({3})}}};
    all["GlobalAveragePool"] = {.input = image, .nodes = {node("x", "GlobalAveragePool", {"input"})}};
    all["Identity"] = {.input = image, .nodes = {node("x", "Identity", {"input"})}};
    all["MaxPool"] = {.input = image, .nodes = {node("x", "MaxPool", {"input"}, window)}};
    all["Pad"] = {.input = image,
                  .nodes = {node("x", "Pad", {"input", "amounts"})},
                  .parameters = {{"amounts", integers({0, 0, 1, 1, 0, 0, 1, 1})}}};
    all["Relu"] = {.input = image, .nodes = {node("x", "Relu", {"input"})}};
    all["Reshape"] = {.input = image,
                      .nodes = {node("x", "Reshape", {"input", "target"})},
                      .parameters = {{"target", integers({0, 8, 4})}}};
    all["Softmax"] = {.input = {kBatch, 4}, .nodes = {node("x", "Softmax", {"input"})}};
    return all;
}

TEST(Operators, HaveAnExampleHere) {
    const auto all = examples();
    for (const OperatorRule& rule : known_operators()) {
        // A Constant gives no activation, so no network ends in one; operators/constant_test.cpp has it.
        if (rule.type == "Constant") continue;
        EXPECT_TRUE(all.contains(std::string(rule.type))) << rule.type;
    }
    EXPECT_EQ(all.size() + 1, known_operators().size());
}

TEST(Operators, AreSortedAndDescribed) {
    const auto& all = known_operators();
    EXPECT_TRUE(std::is_sorted(all.begin(), all.end(),
                               [](const auto& left, const auto& right) { return left.type < right.type; }));
    for (const OperatorRule& rule : all) {
        EXPECT_FALSE(rule.description.empty()) << rule.type;
        EXPECT_LE(rule.minimum_inputs, rule.maximum_inputs) << rule.type;
        EXPECT_TRUE(std::is_sorted(rule.attributes.begin(), rule.attributes.end())) << rule.type;
        EXPECT_EQ(find_operator(rule.type), &rule);
    }
}

TEST(Operators, ReadBackEqualFromOnnx) {
    for (const auto& [type, sketch] : examples()) {
        SCOPED_TRACE(type);
        const Network network = sketch::drawn(sketch);
        const Result<Network> read = parse_onnx(emit_onnx(network), "net");
        ASSERT_TRUE(read) << to_string(read.error());
        EXPECT_EQ(*read, network);
    }
}

TEST(Operators, KeepTheirResultWhenPrepared) {
    for (const auto& [type, sketch] : examples()) {
        SCOPED_TRACE(type);
        const Network network = sketch::drawn(sketch);
        sketch::expect_same_results(network, prepare_for_deployment(network));
    }
}

TEST(Operators, RefuseMoreInputsAndUnknownAttributes) {
    for (const auto& [type, sketch] : examples()) {
        SCOPED_TRACE(type);
        sketch::Sketch crowded = sketch;
        crowded.nodes.back().inputs.resize(find_operator(type)->maximum_inputs + 1, "input");
        EXPECT_NE(sketch::refusal(crowded).find(" inputs, expected "), std::string::npos);
        sketch::Sketch decorated = sketch;
        decorated.nodes.back().attributes["no_such_attribute"] = std::int64_t{1};
        EXPECT_NE(sketch::refusal(decorated).find("found attribute 'no_such_attribute'"), std::string::npos);
    }
}

TEST(Operators, RefuseAConstantAsTheirActivation) {
    for (const auto& [type, sketch] : examples()) {
        if (type == "Identity" || type == "Reshape") continue; // they compute constants
        SCOPED_TRACE(type);
        sketch::Sketch fed = sketch;
        fed.nodes.back().inputs.front() = "constant";
        fed.parameters["constant"] = ramp({1, 2, 4, 4});
        EXPECT_NE(sketch::refusal(fed).find("found a constant, expected an activation"), std::string::npos);
    }
}

} // namespace
} // namespace tandem
