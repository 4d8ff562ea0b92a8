#include "tandem/engine/evaluator.h"

#include <cmath>

#include <gtest/gtest.h>

#include "tandem/core/parallel.h"
#include "tandem/core/random.h"

namespace tandem {
namespace {

constexpr std::int64_t kSamples = 75; // four chunks and a rest
constexpr Bytes kNoMemory{0};
constexpr Bytes kAmpleMemory{1 << 24};

const NumberFormat kInput{8, 8, Signedness::is_unsigned};
const NumberFormat kOutput{16, 8, Signedness::is_signed};

LayerStep layer(TensorIndex input, TensorIndex output, std::int64_t channels, std::uint64_t seed) {
    LayerStep step;
    step.layer = "layer" + std::to_string(output);
    step.input = input;
    step.output = output;
    step.input_format = kInput;
    step.weight_format = {8, 6, Signedness::is_signed};
    Random random(seed);
    for (std::int64_t i = 0; i < channels * 4; ++i) {
        step.weights.push_back(static_cast<std::int16_t>(static_cast<std::int64_t>(random.below(256)) - 128));
    }
    step.bias.assign(static_cast<std::size_t>(channels), 100);
    return step;
}

/// Two layers and a last one of three classes; `seeds` draw their weights.
IntegerProgram program_of(const std::array<std::uint64_t, 3>& seeds) {
    IntegerProgram program;
    program.name = "test";
    program.tensors = {{"input", {.channels = 4}, kInput},
                       {"first", {.channels = 4}, kInput},
                       {"second", {.channels = 4}, kInput},
                       {"output", {.channels = 3}, kOutput}};
    for (std::size_t i = 0; i < 3; ++i) {
        LayerStep step = layer(i, i + 1, i == 2 ? 3 : 4, seeds[i]);
        step.clamp = i == 2 ? Clamp{-32768, 32767} : Clamp{0, 255};
        program.steps.emplace_back(step);
    }
    program.output = 3;
    return program;
}

ReferenceSamples random_reference() {
    Random random(11);
    ReferenceSamples reference;
    for (std::int64_t i = 0; i < kSamples * 4; ++i) {
        reference.samples.push_back(static_cast<float>(random.uniform()));
    }
    for (std::int64_t i = 0; i < kSamples * 3; ++i) {
        reference.logits.push_back(static_cast<float>(random.normal()));
    }
    for (std::int64_t i = 0; i < kSamples; ++i) {
        reference.labels.push_back(static_cast<std::int32_t>(random.below(3)));
    }
    return reference;
}

TEST(Evaluator, GivesTheOutputsOfThePlainEngine) {
    const IntegerProgram program = program_of({1, 2, 3});
    const ReferenceSamples reference = random_reference();
    const auto plain = execute_plain(program, quantize_input(program, reference.samples), kSamples);
    const std::vector<std::int32_t> outputs = Evaluator(reference, kNoMemory).outputs(program);
    ASSERT_EQ(outputs.size(), plain[program.output].size());
    for (std::size_t i = 0; i < outputs.size(); ++i) EXPECT_EQ(outputs[i], plain[program.output][i]);
}

TEST(Evaluator, GivesTheSameWithAnyMemoryAndThreads) {
    std::vector<std::vector<Quality>> results;
    for (const Bytes memory : {kNoMemory, Bytes{500}, kAmpleMemory}) {
        for (const std::size_t threads : {1U, 4U}) {
            const ThreadLimit limit(threads);
            const Evaluator evaluator(random_reference(), memory);
            std::vector<Quality> qualities(30);
            parallel_for(qualities.size(), [&](std::size_t i) {
                qualities[i] = evaluator.evaluate(program_of({i % 2, i % 3, i % 5}));
            });
            results.push_back(qualities);
        }
    }
    for (const auto& result : results) EXPECT_EQ(result, results.front());
}

TEST(Evaluator, StartsWhereTwoStrategiesPart) {
    const Evaluator evaluator(random_reference(), kAmpleMemory);
    const auto steps = [&](const IntegerProgram& program) {
        const Evaluator::Statistics before = evaluator.statistics();
        evaluator.evaluate(program);
        const Evaluator::Statistics after = evaluator.statistics();
        EXPECT_EQ(after.steps_executed + after.steps_remembered -
                      (before.steps_executed + before.steps_remembered),
                  3 * 5);
        return (after.steps_executed - before.steps_executed) / 5; // of each chunk
    };
    EXPECT_EQ(steps(program_of({1, 1, 1})), 3);
    EXPECT_EQ(steps(program_of({1, 1, 2})), 3) << "wanted a second time: executed, then remembered";
    EXPECT_EQ(steps(program_of({1, 1, 3})), 1);
    EXPECT_EQ(steps(program_of({1, 2, 3})), 2);
    EXPECT_EQ(steps(program_of({2, 1, 3})), 3);
    EXPECT_EQ(steps(program_of({1, 1, 3})), 1) << "its output is wanted a second time";
    EXPECT_EQ(steps(program_of({1, 1, 3})), 0);
}

TEST(Evaluator, RemembersNothingWithoutMemory) {
    const Evaluator evaluator(random_reference(), kNoMemory);
    for (int i = 0; i < 3; ++i) evaluator.evaluate(program_of({1, 1, 1}));
    EXPECT_EQ(evaluator.statistics().steps_remembered, 0);
}

/// The network is its input: three classes at 8 fraction bits.
IntegerProgram identity_program() {
    IntegerProgram program;
    program.name = "identity";
    program.tensors = {{"input", {.channels = 3}, {16, 8, Signedness::is_signed}}};
    return program;
}

TEST(Evaluator, ScoresByHand) {
    // Softmax of (log 2, 0, 0) is (1/2, 1/4, 1/4); of three equal scores 1/3 each.
    const float log2 = std::log(2.0F);
    const Evaluator evaluator(
        {.samples = {0, 0, 0, 0, 1, 0}, .labels = {0, 2}, .logits = {log2, 0, 0, 0, 1, 0}}, kNoMemory);
    const Quality quality = evaluator.evaluate(identity_program());
    EXPECT_EQ(quality.samples, 2);
    EXPECT_EQ(quality.accuracy, 0.5) << "the first of equal outputs is predicted";
    // 1/2 log(3/2) + 1/2 log(3/4) for the first sample, 0 for the second, halved.
    EXPECT_NEAR(quality.kl_divergence, 0.25 * std::log(1.125), 1e-7);
}

TEST(Evaluator, ScoresNoSamplesAsNothing) {
    EXPECT_EQ(Evaluator({}, kNoMemory).evaluate(identity_program()), Quality{});
}

TEST(Evaluator, KeepsTheDivergenceFiniteForFarApartScores) {
    const Evaluator evaluator({.samples = {127, 0, 0}, .labels = {0}, .logits = {-2000, 2000, 0}}, kNoMemory);
    const double divergence = evaluator.evaluate(identity_program()).kl_divergence;
    EXPECT_NEAR(divergence, 127.0, 1e-6);
}

TEST(Evaluator, PredictsTheFirstOfEqualOutputs) {
    EXPECT_EQ(predicted_class(std::vector<std::int32_t>{-3, 5, 5}), 1);
    EXPECT_EQ(predicted_class(std::vector<float>{0.5F, 0.5F}), 0);
}

} // namespace
} // namespace tandem
