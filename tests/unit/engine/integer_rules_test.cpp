// The rules of requantisation beside the shift half to even, with the numbers that docs/integer-semantics.md
// works out.
#include <gtest/gtest.h>

#include "tandem/engine/integer_executor.h"

namespace tandem {
namespace {

constexpr NumberFormat kByte{.bits = 8};

/// A layer of two inputs and one output on an affine input: weights 3 and -2, bias 7.
IntegerProgram affine_layer(Requantization requantization) {
    LayerStep step;
    step.layer = "layer";
    step.input = 0;
    step.output = 1;
    step.input_format = kByte;
    step.weight_format = kByte;
    step.weights = {3, -2};
    step.bias = {7};
    step.clamp = {-128, 127};
    step.requantization = std::move(requantization);
    step.weight_scales = {0.25F};
    IntegerProgram program;
    program.name = "affine";
    program.tensors = {{"input", {.channels = 2}, kByte, AffineScale{0.5F, 3}},
                       {"output", {.channels = 1}, kByte, AffineScale{2.0F / 3.0F, -10}}};
    program.steps = {step};
    program.output = 1;
    return program;
}

std::int32_t run(const IntegerProgram& program, const std::vector<std::int32_t>& integers) {
    const IntegerTensor& tensor = program.tensors[program.input];
    IntegerValues input(tensor.format, integers.size());
    for (std::size_t i = 0; i < integers.size(); ++i) input.set(i, integers[i]);
    const auto plain = execute_plain(program, input, 1);
    const auto fast = execute_fast(FastProgram(program), input, 1);
    EXPECT_EQ(plain[program.output], fast[program.output]);
    return plain[program.output][0];
}

TEST(AffineLayer, MultipliesAndShiftsAsTheDocsWorkItOut) {
    // The factor is 0.5 * 0.25 / (2/3) = 3/16. Stored 9 and 10 are read as 6 and 7: 18 - 14 + 7 = 11.
    const auto by = [](MultiplierRounding rounding) {
        return affine_layer(MultiplierRequantization{{fixed_point_multiplier(0.1875)}, rounding});
    };
    EXPECT_EQ(run(by(MultiplierRounding::twice), {9, 10}), 2 - 10);
    // Stored 9 and 9: 18 - 12 + 7 = 13, 2.4375.
    EXPECT_EQ(run(by(MultiplierRounding::twice), {9, 9}), 3 - 10);
    EXPECT_EQ(run(by(MultiplierRounding::once), {9, 9}), 2 - 10);
}

TEST(AffineLayer, MultipliesInFloat) {
    const IntegerProgram program = affine_layer(FloatRequantization{{0.1875F}});
    EXPECT_EQ(run(program, {9, 9}), 2 - 10);   // 2.4375
    EXPECT_EQ(run(program, {9, 7}), 3 - 10);   // 18 - 8 + 7 = 17: 3.1875
    EXPECT_EQ(run(program, {3, 3}), 1 - 10);   // 7: 1.3125
    EXPECT_EQ(run(program, {127, -128}), 110); // 372 + 262 + 7 = 641: 120.19 - 10
}

TEST(AffineLayer, ReadsPaddingAsZeroWhateverTheZeroPoint) {
    // A 1x3 window on one pixel: both neighbours are padding.
    IntegerProgram program = affine_layer(FloatRequantization{{1.0F}});
    program.tensors[0].extents = {.channels = 1};
    auto& step = std::get<LayerStep>(program.steps[0]);
    step.window = {.kernel = {1, 3}, .pads_begin = {0, 1}, .pads_end = {0, 1}};
    step.weights = {50, 2, 60};
    EXPECT_EQ(run(program, {8}), 2 * (8 - 3) + 7 - 10);
}

TEST(AffineLayer, ReachesThresholds) {
    IntegerProgram program = affine_layer(ThresholdRequantization{.lowest = 0, .thresholds = {{0, 11, 12}}});
    program.tensors[1].scale = AffineScale{1.0F, 0};
    EXPECT_EQ(run(program, {9, 10}), 2); // 11 reaches 0 and 11
    EXPECT_EQ(run(program, {9, 9}), 3);  // 13
}

TEST(NarrowAccumulator, WrapsTheSumOrSaturatesEachAddition) {
    // Bias 7, then 3 * 6 = 18, then -2 * 7 = -14, in 5 bits, -16 to 15.
    IntegerProgram program = affine_layer(FloatRequantization{{1.0F}});
    auto& step = std::get<LayerStep>(program.steps[0]);
    step.accumulator = Accumulator{.bits = 5, .overflow = Overflow::wrap};
    EXPECT_EQ(run(program, {9, 10}), 11 - 10); // 11 fits, whatever came before
    EXPECT_EQ(run(program, {9, 5}), -11 - 10); // 7 + 18 - 4 = 21 wraps to -11
    step.accumulator->overflow = Overflow::saturate;
    EXPECT_EQ(run(program, {9, 10}), 1 - 10); // 25 becomes 15, less 14
    EXPECT_EQ(run(program, {9, 5}), 11 - 10); // 15 - 4
}

TEST(BipolarLayer, TakesSignsOfItsInputAndOfItsSum) {
    // Inputs 5 and -4 read as 1 and -1; weights 1 and -1; bias -3: -1, whose sign is stored.
    LayerStep step;
    step.layer = "layer";
    step.output = 1;
    step.input_format = bipolar_format();
    step.weight_format = bipolar_format();
    step.weights = {1, -1};
    step.bias = {-3};
    step.clamp = {-1, 1};
    step.requantization = ThresholdRequantization{.lowest = -1, .thresholds = {{0, 0}}};
    IntegerProgram program;
    program.name = "bipolar";
    program.tensors = {{"input", {.channels = 2}, kByte}, {"output", {.channels = 1}, bipolar_format()}};
    program.steps = {step};
    program.output = 1;
    EXPECT_EQ(run(program, {5, -4}), -1);
    std::get<LayerStep>(program.steps[0]).bias = {-2};
    EXPECT_EQ(run(program, {5, -4}), 1); // zero counts as positive
}

/// Two operands of one element each, made of one input by steps that only change scales, and their sum.
IntegerProgram addition(const AddRule& rule) {
    IntegerProgram program;
    program.name = "addition";
    program.tensors = {{"input", {.channels = 1}, kByte, AffineScale{0.5F, 3}},
                       {"right", {.channels = 1}, kByte, AffineScale{0.25F, -5}},
                       {"sum", {.channels = 1}, kByte, AffineScale{0.75F, 1}}};
    program.steps = {
        RequantizeStep{
            .input = 0, .output = 1, .clamp = {-128, 127}, .requantization = FloatRequantization{{2.0F}}},
        AddStep{.left = 0, .right = 1, .output = 2, .clamp = {-128, 127}, .rule = rule}};
    program.output = 2;
    return program;
}

TEST(AffineAdd, AgreesWithTheDocs) {
    // Stored 10 stands for 7 * 0.5 = 3.5; the right operand for the same, 14 steps of 0.25. 7 / 0.75 = 9.33.
    const FloatSum in_float{.left = 0.5F, .right = 0.25F, .output = 0.75F};
    EXPECT_EQ(run(addition(in_float), {10}), 9 + 1);
    // 7 * 2^20 * 1/2 + 14 * 2^20 * 1/4 = 7 * 2^20; times 1 / (2^20 * 0.75) = 9.33.
    const MultiplierSum multiplied{.left_shift = 20,
                                   .left = fixed_point_multiplier(0.5),
                                   .right = fixed_point_multiplier(0.25),
                                   .output = fixed_point_multiplier(1.0 / (1048576.0 * 0.75))};
    EXPECT_EQ(run(addition(multiplied), {10}), 9 + 1);
    // -131 steps of 0.5; the right operand saturates at -123 of 0.25: -96.25 / 0.75 = -128.33.
    EXPECT_EQ(run(addition(multiplied), {-128}), -128 + 1);
}

TEST(AffineMean, AgreesWithTheDocs) {
    // 5, 6, -3 and -3 at zero point -8: the mean is 1.25; of 5, 6, -3 and -2 it is 1.5.
    IntegerProgram program;
    program.name = "mean";
    program.tensors = {{"input", {.channels = 1, .rows = 2, .columns = 2}, kByte, AffineScale{0.5F, -8}},
                       {"mean", {.channels = 1}, kByte, AffineScale{0.5F, -8}}};
    AveragePoolStep step{.input = 0, .output = 1, .window = {.kernel = {2, 2}}, .clamp = {-128, 127}};
    step.rule = HalfAwayMean{};
    program.steps = {step};
    program.output = 1;
    EXPECT_EQ(run(program, {5, 6, -3, -3}), 1);
    EXPECT_EQ(run(program, {5, 6, -3, -2}), 2);  // 1.5, away from zero
    EXPECT_EQ(run(program, {-5, -6, 3, 2}), -2); // -1.5
    // In float to half the scale: 9.5 less the zero point is 19 steps; plus 4.
    program.tensors[1].scale = AffineScale{0.25F, 4};
    step.rule = FloatMean{.scale = 2.0F};
    program.steps = {step};
    EXPECT_EQ(run(program, {5, 6, -3, -2}), 19 + 4);
    // By multipliers: the sum less the zero points is 38, twice that by the factor 76, a fourth of it 19; of
    // 5, 6, -3 and -3 it is 37 * 2 / 4 = 18.5, away from zero.
    step.rule = MultiplierMean{fixed_point_multiplier(2.0)};
    program.steps = {step};
    EXPECT_EQ(run(program, {5, 6, -3, -2}), 19 + 4);
    EXPECT_EQ(run(program, {5, 6, -3, -3}), 19 + 4);
    EXPECT_EQ(run(program, {-21, -22, 8, -31}), -17 + 4); // -34 * 2 / 4
}

TEST(QuantizeInput, UsesTheScale) {
    const IntegerProgram program = affine_layer(FloatRequantization{{1.0F}});
    const IntegerValues input = quantize_input(program, std::vector<float>{1.1F, -100.0F});
    EXPECT_EQ(input[0], 5); // 2.2 + 3
    EXPECT_EQ(input[1], -128);
}

TEST(IntegerProgram, KnowsWhetherItIsOfPowersOfTwoAlone) {
    EXPECT_FALSE(is_power_of_two(affine_layer(ShiftRequantization{})));
    IntegerProgram program = affine_layer(ShiftRequantization{});
    for (IntegerTensor& tensor : program.tensors) tensor.scale.reset();
    auto& step = std::get<LayerStep>(program.steps[0]);
    step.weight_scales.clear();
    EXPECT_TRUE(is_power_of_two(program));
    step.requantization = ShiftRequantization{.rounding = Rounding::truncation};
    EXPECT_FALSE(is_power_of_two(program));
    step.requantization = ShiftRequantization{};
    step.accumulator = Accumulator{};
    EXPECT_FALSE(is_power_of_two(program));
    step.accumulator.reset();
    step.weight_format = ternary_format();
    EXPECT_FALSE(is_power_of_two(program));
}

TEST(TensorIdentities, DependOnRulesAndScales) {
    const IntegerProgram program = affine_layer(FloatRequantization{{0.5F}});
    const ContentHash output = tensor_identities(program)[1];
    EXPECT_EQ(tensor_identities(affine_layer(FloatRequantization{{0.5F}}))[1], output);
    EXPECT_NE(tensor_identities(affine_layer(FloatRequantization{{0.25F}}))[1], output);
    IntegerProgram other = program;
    other.tensors[0].scale->zero_point = 4;
    EXPECT_NE(tensor_identities(other)[1], output);
}

} // namespace
} // namespace tandem
