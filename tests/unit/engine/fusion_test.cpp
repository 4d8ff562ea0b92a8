#include "tandem/engine/fusion.h"

#include <gtest/gtest.h>

#include "../network_builder.h"

namespace tandem {
namespace {

using List = std::vector<std::int64_t>;

/// "layer Conv_0(input) -> Relu_1_out", one line a step, with "+ tensor" for a fused Add.
std::string plan_text(const Network& network) {
    const Result<FusionPlan> plan = plan_fusion(network);
    if (!plan) return to_string(plan.error());
    static const std::vector<std::string> kinds{"layer",      "add",     "max_pool", "average_pool",
                                                "requantize", "flatten", "select",   "concat"};
    std::string text;
    for (const PlannedStep& step : plan->steps) {
        text += kinds[static_cast<std::size_t>(step.kind)] + '(';
        for (const std::string& input : step.inputs)
            text += (&input == step.inputs.data() ? "" : ", ") + input;
        text += ')';
        if (step.residual) text += " + " + *step.residual;
        for (const Node* clamp : step.clamps) text += ' ' + clamp->type;
        text += " -> " + step.output + '\n';
    }
    return text + "output " + plan->output;
}

TEST(Fusion, TakesReluAndClipIntoTheirLayer) {
    NetworkBuilder build({1, 4, 4}, 1);
    const std::string layer = build.conv("input", {2, 1, 1, 1});
    const std::string bound = build.parameter({}, {6.0F});
    const Network network = build.finish(build.add("Clip", {build.relu(layer), "", bound}));
    EXPECT_EQ(plan_text(network), "layer(input) Relu Clip -> Clip_2_out\noutput Clip_2_out");
}

TEST(Fusion, KeepsAReluApartFromALayerThatIsReadTwice) {
    NetworkBuilder build({1, 4, 4}, 1);
    const std::string layer = build.conv("input", {2, 1, 1, 1});
    const std::string relu = build.relu(layer);
    const Network network = build.finish(build.add("Add", {layer, relu}));
    EXPECT_EQ(plan_text(network), "layer(input) -> Conv_0_out\n"
                                  "requantize(Conv_0_out) Relu -> Relu_1_out\n"
                                  "add(Conv_0_out, Relu_1_out) -> Add_2_out\n"
                                  "output Add_2_out");
}

TEST(Fusion, KeepsAReluOfTheInputApart) {
    NetworkBuilder build({4}, 1);
    EXPECT_EQ(plan_text(build.finish(build.relu("input"))),
              "requantize(input) Relu -> Relu_0_out\noutput Relu_0_out");
}

TEST(Fusion, AddsTheIdentityShortcutInsideTheLastLayer) {
    NetworkBuilder build({2, 4, 4}, 1);
    const std::string first = build.relu(build.conv("input", {2, 2, 1, 1}));
    const std::string second = build.conv(first, {2, 2, 1, 1});
    const Network network = build.finish(build.relu(build.add("Add", {second, first})));
    EXPECT_EQ(plan_text(network), "layer(input) Relu -> Relu_1_out\n"
                                  "layer(Relu_1_out) + Relu_1_out Relu -> Relu_4_out\n"
                                  "output Relu_4_out");
}

TEST(Fusion, AddsInsideTheOperandComputedLast) {
    for (const bool shortcut_is_first_operand : {false, true}) {
        NetworkBuilder build({2, 4, 4}, 1);
        const std::string body = build.conv("input", {2, 2, 1, 1});
        const std::string shortcut = build.conv("input", {2, 2, 1, 1});
        const Network network = build.finish(build.add(
            "Add", shortcut_is_first_operand ? std::vector{shortcut, body} : std::vector{body, shortcut}));
        EXPECT_EQ(plan_text(network), "layer(input) -> Conv_0_out\n"
                                      "layer(input) + Conv_0_out -> Add_2_out\n"
                                      "output Add_2_out");
    }
}

TEST(Fusion, KeepsAnAddWhoseLastOperandIsClampedFirst) {
    NetworkBuilder build({2, 4, 4}, 1);
    const std::string body = build.conv("input", {2, 2, 1, 1});
    const std::string clamped = build.relu(build.conv("input", {2, 2, 1, 1}));
    const Network network = build.finish(build.relu(build.add("Add", {body, clamped})));
    EXPECT_EQ(plan_text(network), "layer(input) -> Conv_0_out\n"
                                  "layer(input) Relu -> Relu_2_out\n"
                                  "add(Conv_0_out, Relu_2_out) Relu -> Relu_4_out\n"
                                  "output Relu_4_out");
}

TEST(Fusion, AddsALayerToItselfApart) {
    NetworkBuilder build({2, 4, 4}, 1);
    const std::string layer = build.conv("input", {2, 2, 1, 1});
    const Network network = build.finish(build.add("Add", {layer, layer}));
    EXPECT_EQ(plan_text(network),
              "layer(input) -> Conv_0_out\nadd(Conv_0_out, Conv_0_out) -> Add_1_out\noutput Add_1_out");
}

TEST(Fusion, TakesOneAddALayer) {
    NetworkBuilder build({2, 4, 4}, 1);
    const std::string layer = build.conv("input", {2, 2, 1, 1});
    const std::string once = build.add("Add", {layer, "input"});
    EXPECT_EQ(plan_text(build.finish(build.add("Add", {once, "input"}))),
              "layer(input) + input -> Add_1_out\nadd(Add_1_out, input) -> Add_2_out\noutput Add_2_out");
}

TEST(Fusion, NeverHidesTheOutputOfTheNetwork) {
    NetworkBuilder build({2, 4, 4}, 1);
    const std::string layer = build.conv("input", {2, 2, 1, 1});
    build.relu(layer);
    EXPECT_EQ(plan_text(build.finish(layer)), "layer(input) -> Conv_0_out\n"
                                              "requantize(Conv_0_out) Relu -> Relu_1_out\n"
                                              "output Conv_0_out");
}

TEST(Fusion, RenamesWhatIsFlatAlready) {
    NetworkBuilder build({4, 3, 3}, 1);
    const std::string mean = build.add("GlobalAveragePool", {"input"});
    const std::string flat = build.add("Flatten", {mean});
    const std::string same = build.add("Reshape", {flat, build.integers({0, 4})});
    EXPECT_EQ(plan_text(build.finish(build.gemm(same, 4, 2))),
              "average_pool(input) -> GlobalAveragePool_0_out\n"
              "layer(GlobalAveragePool_0_out) -> Gemm_3_out\n"
              "output Gemm_3_out");
}

TEST(Fusion, FlattensImages) {
    NetworkBuilder build({4, 3, 3}, 1);
    const std::string flat = build.add("Reshape", {"input", build.integers({-1, 36})});
    const Network network = build.finish(build.relu(flat));
    EXPECT_EQ(plan_text(network), "flatten(input) -> Reshape_0_out\n"
                                  "requantize(Reshape_0_out) Relu -> Relu_1_out\n"
                                  "output Relu_1_out");
    const Result<FusionPlan> plan = plan_fusion(network);
    EXPECT_EQ(plan->format_source("Reshape_0_out"), "input");
    EXPECT_EQ(plan->format_source("Relu_1_out"), "Relu_1_out");
}

TEST(Fusion, SelectsWhatSlicesAndPadsTake) {
    NetworkBuilder build({4, 4, 4}, 1);
    const std::string half = build.add("Slice", {"input", build.integers({0, 0}), build.integers({4, 4}),
                                                 build.integers({2, 3}), build.integers({2, 2})});
    const std::string padded = build.add("Pad", {half, build.integers({0, 2, 0, 0, 0, 2, 0, 0})});
    const Network network = build.finish(build.relu(padded));
    EXPECT_EQ(plan_text(network), "select(input) -> Slice_0_out\n"
                                  "select(Slice_0_out) -> Pad_1_out\n"
                                  "requantize(Pad_1_out) Relu -> Relu_2_out\n"
                                  "output Relu_2_out");
    EXPECT_EQ(plan_fusion(network)->format_source("Pad_1_out"), "input");
}

TEST(Fusion, JoinsTensorsAndFusesWhatLimitsThem) {
    NetworkBuilder build({2, 4, 4}, 1);
    const std::string left = build.conv("input", {3, 2, 1, 1});
    const std::string joined = build.add("Concat", {left, "input"}, {{"axis", std::int64_t{1}}});
    EXPECT_EQ(plan_text(build.finish(build.relu(joined))), "layer(input) -> Conv_0_out\n"
                                                           "concat(Conv_0_out, input) Relu -> Relu_2_out\n"
                                                           "output Relu_2_out");
}

TEST(Fusion, RefusesAPadThatRepeats) {
    NetworkBuilder build({2, 4, 4}, 1);
    const std::string padded = build.add("Pad", {"input", build.integers({0, 0, 1, 1, 0, 0, 1, 1})},
                                         {{"mode", std::string("edge")}});
    EXPECT_EQ(plan_text(build.finish(padded)),
              "small: node 'Pad_0': found Pad that repeats what is there, which has no "
              "integer form, expected a Pad with a constant");
}

TEST(Fusion, DropsASoftmaxAtTheEnd) {
    NetworkBuilder build({4}, 1);
    EXPECT_EQ(plan_text(build.finish(build.add("Softmax", {build.gemm("input", 4, 2)}))),
              "layer(input) -> Gemm_0_out\noutput Gemm_0_out");
}

TEST(Fusion, NamesEveryNodeWithoutAnIntegerForm) {
    NetworkBuilder build({4, 3, 3}, 1);
    const std::string ones = build.parameter({4}, {1, 1, 1, 1});
    const std::string normal = build.add("BatchNormalization", {"input", ones, ones, ones, ones});
    const std::string shaped = build.add("Reshape", {normal, build.integers({0, 2, 6, 3})});
    const std::string softmax = build.add("Softmax", {build.add("Flatten", {shaped})});
    EXPECT_EQ(
        plan_text(build.finish(build.gemm(softmax, 36, 2))),
        "small: node 'BatchNormalization_0': found BatchNormalization, which has no integer form, expected "
        "a network prepared for deployment\n"
        "small: node 'Reshape_1': found Reshape to Nx2x6x3, which has no integer form, expected a vector a "
        "sample\n"
        "small: node 'Softmax_3': found Softmax, which has no integer form, expected a Softmax only as the "
        "last node");
}

TEST(Fusion, RefusesInputsThatAreNeitherVectorNorImage) {
    NetworkBuilder build({4, 3}, 1);
    EXPECT_EQ(plan_text(build.finish(build.relu("input"))),
              "small: input 'input': found shape Nx4x3, expected a vector, or channels, rows and columns");
}

TEST(Fusion, RefusesANetworkThatComputesNothing) {
    NetworkBuilder build({4}, 1);
    EXPECT_EQ(plan_text(build.finish(build.add("Softmax", {"input"}))),
              "small: network: found no operator that computes, expected at least one");
}

TEST(Fusion, RefusesTwoOutputs) {
    NetworkBuilder build({4}, 1);
    Network network = build.finish(build.relu("input"));
    network.outputs.emplace_back("input");
    EXPECT_EQ(plan_text(network), "small: network: found 1 inputs and 2 outputs, expected one of each");
}

} // namespace
} // namespace tandem
