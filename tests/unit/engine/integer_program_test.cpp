#include "tandem/engine/integer_program.h"

#include <limits>

#include <gtest/gtest.h>

#include "tandem/engine/headroom.h"

namespace tandem {
namespace {

constexpr Signedness kSigned = Signedness::is_signed;
constexpr Signedness kUnsigned = Signedness::is_unsigned;

/// Two inputs, two outputs, and a residual: tensor 0 is the input, 1 the residual, 2 the output.
LayerStep small_layer() {
    LayerStep step;
    step.layer = "layer";
    step.input = 0;
    step.output = 2;
    step.input_format = {4, 2, kUnsigned};
    step.weight_format = {4, 3, kSigned};
    step.weights = {-3, 5, 7, 7};
    step.bias = {11, -20};
    step.clamp = {0, 15};
    return step;
}

IntegerProgram small_program() {
    LayerStep first = small_layer();
    first.layer = "first";
    first.output = 1;
    first.clamp = {-128, 127};
    LayerStep second = small_layer();
    second.residual = 1;
    return {.name = "small",
            .tensors = {{"input", {.channels = 2}, {8, 4, kUnsigned}},
                        {"residual", {.channels = 2}, {8, 6, kSigned}},
                        {"output", {.channels = 2}, {4, 1, kUnsigned}}},
            .steps = {first, second},
            .input = 0,
            .output = 2};
}

TEST(AccumulatorBound, CoversAnyInputAndTheBias) {
    const IntegerProgram program = small_program();
    // Inputs reach 15: 75 of channel 0 and 11 of its bias; 210 of channel 1 and 20 of its.
    EXPECT_EQ(accumulator_bound(program, small_layer()), 230);
    LayerStep negative = small_layer();
    negative.weights = {-8, -8, 1, 1};
    EXPECT_EQ(accumulator_bound(program, negative), 240 + 11);
    // Signed inputs reach -8: 7 * 8 twice.
    LayerStep both = small_layer();
    both.input_format.signedness = kSigned;
    EXPECT_EQ(accumulator_bound(program, both), 112 + 20);
}

TEST(AccumulatorBound, AlignsTheResidual) {
    IntegerProgram program = small_program();
    const auto& step = std::get<LayerStep>(program.steps[1]);
    EXPECT_EQ(accumulator_bound(program, step), 230 * 2 + 128); // at 6 fraction bits
    program.tensors[1].format.fraction_bits = 3;
    EXPECT_EQ(accumulator_bound(program, step), 230 + 128 * 4); // at 5 fraction bits
    program.tensors[1].format.fraction_bits = -32;
    program.tensors[1].format.bits = 16;
    EXPECT_EQ(accumulator_bound(program, step), 230 + (std::int64_t{32768} << 37));
}

TEST(Headroom, CountsEveryShiftThatMakesIntegersLarger) {
    IntegerProgram program = small_program();
    Step& step = program.steps[1];
    EXPECT_EQ(largest_intermediate(program, step), 230 * 2 + 128);
    program.tensors[2].format.fraction_bits = 9; // 3 finer than the residual's 6
    EXPECT_EQ(largest_intermediate(program, step), (230 * 2 + 128) * 8);
    program.tensors[0].format.fraction_bits = -32; // reading scales 255 by 2^34
    EXPECT_EQ(largest_intermediate(program, step), std::int64_t{255} << 34);

    const Step add = AddStep{.left = 0, .right = 1, .output = 2, .clamp = {}};
    program = small_program();
    EXPECT_EQ(largest_intermediate(program, add), 255 * 4 + 128);
    program.tensors[2].format.fraction_bits = 8;
    EXPECT_EQ(largest_intermediate(program, add), (255 * 4 + 128) * 4);

    Window window;
    window.kernel = {3, 3};
    const Step mean =
        AveragePoolStep{.input = 0, .output = 2, .window = window, .counts_padding = false, .clamp = {}};
    EXPECT_EQ(largest_intermediate(program, mean), (255 * 9) << 4);
    program.tensors[2].format.fraction_bits = -26;
    EXPECT_EQ(largest_intermediate(program, mean), std::int64_t{9} << 30);
    EXPECT_EQ(
        largest_intermediate(program, MaxPoolStep{.input = 0, .output = 1, .window = window, .clamp = {}}),
        255 * 4);
    EXPECT_EQ(largest_intermediate(program, RequantizeStep{.input = 1, .output = 0, .clamp = {}}), 128);
    EXPECT_EQ(largest_intermediate(program, FlattenStep{.input = 0, .output = 1}), 255);
}

TEST(Headroom, SaturatesInsteadOfOverflowing) {
    constexpr std::int64_t kLargest = std::numeric_limits<std::int64_t>::max();
    EXPECT_EQ(saturating_shift(1, 62), std::int64_t{1} << 62);
    EXPECT_EQ(saturating_shift(2, 62), kLargest);
    EXPECT_EQ(saturating_shift(1, 63), kLargest);
    EXPECT_EQ(saturating_shift(0, 62), 0);
    EXPECT_EQ(saturating_shift(0, 63), kLargest);
    EXPECT_EQ(saturating_sum(kLargest, 1), kLargest);
    EXPECT_EQ(saturating_sum(kLargest - 1, 1), kLargest);
}

TEST(Steps, KnowWhatTheyReadAndWrite) {
    const IntegerProgram program = small_program();
    EXPECT_EQ(inputs_of(program.steps[0]), std::vector<TensorIndex>{0});
    EXPECT_EQ(inputs_of(program.steps[1]), (std::vector<TensorIndex>{0, 1}));
    EXPECT_EQ(output_of(program.steps[1]), 2U);
    EXPECT_EQ(inputs_of(AddStep{.left = 4, .right = 2, .output = 7, .clamp = {}}),
              (std::vector<TensorIndex>{4, 2}));
    EXPECT_EQ(inputs_of(FlattenStep{.input = 3, .output = 4}), std::vector<TensorIndex>{3});
}

TEST(TensorIdentities, AreEqualForEqualComputations) {
    EXPECT_EQ(tensor_identities(small_program()), tensor_identities(small_program()));
    IntegerProgram renamed = small_program();
    renamed.tensors[1].name = "other";
    std::get<LayerStep>(renamed.steps[0]).layer = "other";
    EXPECT_EQ(tensor_identities(renamed), tensor_identities(small_program()));
}

TEST(TensorIdentities, PartWhereTheProgramsPart) {
    const std::vector<ContentHash> before = tensor_identities(small_program());
    EXPECT_NE(before[1], before[2]);

    IntegerProgram last = small_program();
    std::get<LayerStep>(last.steps[1]).weights[3] = 6;
    std::vector<ContentHash> after = tensor_identities(last);
    EXPECT_EQ(after[0], before[0]);
    EXPECT_EQ(after[1], before[1]);
    EXPECT_NE(after[2], before[2]);

    IntegerProgram first = small_program();
    first.tensors[0].format.fraction_bits = 3;
    after = tensor_identities(first);
    for (std::size_t i = 0; i < after.size(); ++i) EXPECT_NE(after[i], before[i]) << i;
}

TEST(TensorIdentities, TellEveryParameterOfALayer) {
    const ContentHash before = tensor_identities(small_program())[1];
    const auto changed = [&](const auto& change) {
        IntegerProgram program = small_program();
        change(std::get<LayerStep>(program.steps[0]), program.tensors[1]);
        return tensor_identities(program)[1] != before;
    };
    EXPECT_TRUE(changed([](LayerStep& step, auto&) { step.bias[1] = -21; }));
    EXPECT_TRUE(changed([](LayerStep& step, auto&) { step.clamp.maximum = 14; }));
    EXPECT_TRUE(changed([](LayerStep& step, auto&) { step.groups = 2; }));
    EXPECT_TRUE(changed([](LayerStep& step, auto&) { step.window.strides[1] = 2; }));
    EXPECT_TRUE(changed([](LayerStep& step, auto&) { step.input_format.bits = 5; }));
    EXPECT_TRUE(changed([](LayerStep& step, auto&) { step.weight_format.fraction_bits = 4; }));
    EXPECT_TRUE(changed([](LayerStep&, IntegerTensor& output) { output.format.bits = 9; }));
    EXPECT_TRUE(changed([](LayerStep&, IntegerTensor& output) { output.extents.rows = 2; }));
}

} // namespace
} // namespace tandem
