#include "tandem/strategy/binary_bases.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "../network_builder.h"
#include "tandem/engine/integer_executor.h"
#include "tandem/network/rewrites/rewrites.h"
#include "tandem/strategy/narrow_reads.h"

namespace tandem {
namespace {

/// A layer of two inputs and two outputs, weights by input, whose input and weights have bases; the input has
/// both signs.
struct Layered {
    QuantizedNetwork compact;
    BinaryBases bases;

    Layered() {
        NetworkBuilder build({2}, 1);
        const Network network = build.finish(build.gemm("input", 2, 2));
        Strategy strategy = uniform_strategy(network, 1, 1);
        const Network split = split_single_bit_reads(network, strategy);
        compact.network = prepare_for_deployment(split);
        const Node& layer = *layers(compact.network).front();
        compact.network.parameters.at(layer.inputs[2]).values = std::vector<float>{0.375F, -1.0F};
        strategy.arithmetic.requantization = RequantizationKind::floating;
        strategy.calibrated = Calibrated{
            .layers = {{.layer = layer.name,
                        .weights = bipolar_format(),
                        .activations = {.bits = 1},
                        .weight_scales = {1.0F}}},
            .tensors = {
                {.tensor = "input", .format = {.bits = 16}, .scale = AffineScale{.scale = 1.0F / 1024.0F}},
                {.tensor = layer.outputs.front(),
                 .format = {.bits = 16},
                 .scale = AffineScale{.scale = 1.0F / 4096.0F}},
                {.tensor = "input_bases", .format = {.bits = 1}, .scale = AffineScale{.scale = 1.0F}}}};
        compact.strategy = std::move(strategy);
        bases.activations["input_bases"] = {{.threshold = 0.5F, .scale = 1.0F},
                                            {.threshold = -0.25F, .scale = 0.5F}};
        bases.weights[layer.name] = {{.signs = {1, 1, -1, 1}, .scales = {0.5F, 2.0F}},
                                     {.signs = {-1, 1, -1, -1}, .scales = {0.25F, 1.0F}}};
    }
};

TEST(BinaryBases, BecomeALayerForEachPair) {
    const Layered layered;
    const QuantizedNetwork spelled = spell_out(layered.compact, layered.bases);
    EXPECT_TRUE(validate(spelled.network, "spelled"));
    EXPECT_TRUE(validate(spelled.strategy, spelled.network, "strategy"));
    EXPECT_EQ(layers(spelled.network).size(), 4U);
    EXPECT_EQ(std::count_if(spelled.network.nodes.begin(), spelled.network.nodes.end(),
                            [](const Node& node) { return node.type == "Add"; }),
              3);
    for (const LayerFormats& layer : spelled.strategy.calibrated->layers) {
        EXPECT_EQ(layer.weights, bipolar_format());
        EXPECT_EQ(layer.activations.bits, 1);
    }
    EXPECT_EQ(prepare_for_deployment(spelled.network), spelled.network);
}

TEST(BinaryBases, ComputeTheSumThatTheyStandFor) {
    const Layered layered;
    const QuantizedNetwork spelled = spell_out(layered.compact, layered.bases);
    const Result<IntegerProgram> program = lower_to_integers(spelled.network, spelled.strategy);
    ASSERT_TRUE(program) << to_string(program.error());
    // Inputs become 1 and 0; 0 and -0.5 (just below -0.25); 0 at both thresholds.
    const std::vector<float> samples{0.6F, 0.0F, 0.4F, -0.26F, 0.5F, -0.25F};
    // Weights (0.5 - 0.25, -0.5 - 0.25) and (2 + 1, 2 - 1). The bias becomes a multiple of the finest
    // product, 0.25 * 0.5 or 1 * 0.5: 0.375 and -1.
    const std::vector<float> expected{0.25F + 0.375F, 3.0F - 1.0F, 0.375F + 0.375F,
                                      -0.5F - 1.0F,   0.375F,      -1.0F};
    const std::vector<IntegerValues> computed = execute_plain(*program, quantize_input(*program, samples), 3);
    const IntegerValues& outputs = computed[program->output];
    ASSERT_EQ(outputs.size(), expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i) {
        // Four outputs and two sums are rounded to steps of their largest over 32,767.
        EXPECT_NEAR(static_cast<float>(outputs[i]) / 4096.0F, expected[i], 0.001) << i;
    }
}

TEST(BinaryBases, LeaveTheNamesOfALayerWithOnePair) {
    Layered layered;
    layered.bases.activations["input_bases"].resize(1);
    layered.bases.weights.clear();
    const QuantizedNetwork spelled = spell_out(layered.compact, layered.bases);
    EXPECT_TRUE(validate(spelled.network, "spelled"));
    ASSERT_EQ(layers(spelled.network).size(), 1U);
    EXPECT_EQ(layers(spelled.network).front()->name, layers(layered.compact.network).front()->name);
    EXPECT_TRUE(lower_to_integers(spelled.network, spelled.strategy));
}

} // namespace
} // namespace tandem
