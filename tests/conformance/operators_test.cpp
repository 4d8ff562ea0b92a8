// What every operator in the list promises, asked of each by a minimal network that uses it. An
// operator without one here fails the first test.
#include <algorithm>
#include <cmath>
#include <map>

#include <gtest/gtest.h>

#include "operator_examples.h"
#include "tandem/engine/float_executor.h"
#include "tandem/engine/float_kernels.h"
#include "tandem/network/onnx/onnx.h"
#include "tandem/network/operators/operators.h"
#include "tandem/network/rewrites/rewrites.h"
#include "unit/network/sketch.h"

namespace tandem {
namespace {

using sketch::ramp;

TEST(Operators, HaveAnExample) {
    const auto all = operator_examples();
    for (const OperatorRule& rule : known_operators()) {
        // A Constant gives no activation, so no network ends in one; operators/constant_test.cpp has it.
        if (rule.type == "Constant") continue;
        EXPECT_TRUE(all.contains(std::string(rule.type))) << rule.type;
    }
    EXPECT_EQ(all.size() + 1, known_operators().size());
}

TEST(Operators, HaveAFloatKernel) {
    for (const OperatorRule& rule : known_operators()) {
        if (rule.type == "Constant") continue; // folded away before a network runs
        EXPECT_NE(find_float_kernel(rule.type), nullptr) << rule.type;
    }
    const auto kernels = known_float_kernels();
    EXPECT_EQ(kernels.size() + 1, known_operators().size());
    EXPECT_TRUE(std::is_sorted(kernels.begin(), kernels.end(),
                               [](const auto& left, const auto& right) { return left.type < right.type; }));
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
    for (const auto& [type, sketch] : operator_examples()) {
        SCOPED_TRACE(type);
        const Network network = sketch::drawn(sketch);
        const Result<Network> read = parse_onnx(emit_onnx(network), "net");
        ASSERT_TRUE(read) << to_string(read.error());
        EXPECT_EQ(*read, network);
    }
}

TEST(Operators, KeepTheirResultWhenPrepared) {
    for (const auto& [type, sketch] : operator_examples()) {
        SCOPED_TRACE(type);
        const Network network = sketch::drawn(sketch);
        const std::vector<float> input = example_input(network, 2);
        const auto run = [&](const Network& any) { return FloatExecutor::create(any).value().run(input, 2); };
        const std::vector<float> before = run(network);
        const std::vector<float> after = run(prepare_for_deployment(network));
        ASSERT_EQ(before.size(), after.size());
        for (std::size_t i = 0; i < before.size(); ++i) {
            EXPECT_NEAR(before[i], after[i], 1e-5F * (1.0F + std::abs(before[i]))) << "element " << i;
        }
    }
}

TEST(Operators, RefuseMoreInputsAndUnknownAttributes) {
    for (const auto& [type, sketch] : operator_examples()) {
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
    for (const auto& [type, sketch] : operator_examples()) {
        if (type == "Identity" || type == "Reshape") continue; // they compute constants
        // Either operand of these may be the constant one.
        if (sketch.nodes.back().inputs.size() > 1 && sketch.nodes.back().inputs[1] == "input") continue;
        SCOPED_TRACE(type);
        sketch::Sketch fed = sketch;
        fed.nodes.back().inputs.front() = "constant";
        fed.parameters["constant"] = ramp({1, 2, 4, 4});
        EXPECT_NE(sketch::refusal(fed).find("found a constant, expected an activation"), std::string::npos);
    }
}

} // namespace
} // namespace tandem
