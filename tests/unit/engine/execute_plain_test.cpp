// Hand-worked programs: every number below was computed with pencil and paper, those of
// IntegerSemantics stand in docs/integer-semantics.md.

#include <gtest/gtest.h>

#include "tandem/core/check.h"
#include "tandem/engine/integer_executor.h"

namespace tandem {
namespace {

constexpr Signedness kSigned = Signedness::is_signed;
constexpr Signedness kUnsigned = Signedness::is_unsigned;

Clamp range_of(const NumberFormat& format) { return {minimum_integer(format), maximum_integer(format)}; }

IntegerValues values_of(const IntegerTensor& tensor, const std::vector<std::int32_t>& integers) {
    IntegerValues values(tensor.format, integers.size());
    for (std::size_t i = 0; i < integers.size(); ++i) values.set(i, integers[i]);
    return values;
}

std::vector<std::int32_t> integers_of(const IntegerValues& values) {
    std::vector<std::int32_t> integers;
    for (std::size_t i = 0; i < values.size(); ++i) integers.push_back(values[i]);
    return integers;
}

/// A program of one step on one input, which is tensor 0; the output is the last tensor.
IntegerProgram program_of(std::vector<IntegerTensor> tensors, Step step) {
    IntegerProgram program;
    program.name = "test";
    program.output = tensors.size() - 1;
    program.tensors = std::move(tensors);
    program.steps = {std::move(step)};
    return program;
}

std::vector<std::int32_t> run(const IntegerProgram& program, const std::vector<std::int32_t>& input,
                              std::int64_t samples = 1) {
    const std::vector<IntegerValues> tensors =
        execute_plain(program, values_of(program.tensors[program.input], input), samples);
    return integers_of(tensors[program.output]);
}

TEST(IntegerSemantics, AgreesWithTheWorkedExampleOfTheDocs) {
    // Input (2.3125, 15.625) as u8.4, read as u4.2; weights (-3, 5) as s4.3; bias 11/32; residual
    // -25/64 as s8.6, made from the input by a first layer; output u4.1 after a Relu.
    IntegerProgram program;
    program.tensors = {{"input", {.channels = 2}, {8, 4, kUnsigned}},
                       {"residual", {.channels = 1}, {8, 6, kSigned}},
                       {"output", {.channels = 1}, {4, 1, kUnsigned}}};
    LayerStep shortcut;
    shortcut.input = 0;
    shortcut.output = 1;
    shortcut.input_format = {8, 4, kUnsigned};
    shortcut.weight_format = {2, 2, kSigned};
    shortcut.weights = {0, 0};
    shortcut.bias = {-25}; // at 4 + 2 fraction bits: -25/64
    shortcut.clamp = range_of(program.tensors[1].format);
    LayerStep layer;
    layer.input = 0;
    layer.output = 2;
    layer.residual = 1;
    layer.input_format = {4, 2, kUnsigned};
    layer.weight_format = {4, 3, kSigned};
    layer.weights = {-3, 5};
    layer.bias = {11};
    layer.clamp = range_of(program.tensors[2].format);
    program.steps = {shortcut, layer};
    program.output = 2;
    // x = (9, 15): 37/4 = 9.25 and 250/4 = 62.5 beyond 15. -27 + 75 + 11 = 59 at 2^-5;
    // 118 - 25 = 93 at 2^-6; 93/32 = 2.906 at 2^-1.
    EXPECT_EQ(run(program, {37, 250}), std::vector<std::int32_t>{3});
    // Residual -38/64: 118 - 38 = 80, 80/32 = 2.5, a tie, to even.
    std::get<LayerStep>(program.steps[0]).bias = {-38};
    EXPECT_EQ(run(program, {37, 250}), std::vector<std::int32_t>{2});
    // Residual -2 exactly: 118 - 128 < 0, and the output knows no sign.
    std::get<LayerStep>(program.steps[0]).bias = {-128};
    EXPECT_EQ(run(program, {37, 250}), std::vector<std::int32_t>{0});
}

TEST(IntegerSemantics, DividesMeansAsTheDocsSay) {
    // A 2x2 window with one row of padding above 2 columns: 5 + 6 at u8.4, mean at u8.5.
    const std::vector<IntegerTensor> tensors{
        {"input", {.channels = 1, .rows = 1, .columns = 2}, {8, 4, kUnsigned}},
        {"output", {.channels = 1}, {8, 5, kUnsigned}}};
    AveragePoolStep step{.input = 0, .output = 1, .window = {}, .counts_padding = false, .clamp = {0, 255}};
    step.window.kernel = {2, 2};
    step.window.pads_begin = {1, 0};
    EXPECT_EQ(run(program_of(tensors, step), {5, 6}), std::vector<std::int32_t>{11}); // 22 / 2
    step.counts_padding = true;
    EXPECT_EQ(run(program_of(tensors, step), {5, 6}), std::vector<std::int32_t>{6}); // 22 / 4 = 5.5
    EXPECT_EQ(run(program_of(tensors, step), {4, 5}), std::vector<std::int32_t>{4}); // 18 / 4 = 4.5
    // A coarser output multiplies the count: 22 at u8.4 to u8.2 is 22 / (2 * 4) = 2.75.
    std::vector<IntegerTensor> coarser = tensors;
    coarser[1].format.fraction_bits = 2;
    step.counts_padding = false;
    EXPECT_EQ(run(program_of(coarser, step), {10, 12}), std::vector<std::int32_t>{3});
}

TEST(ExecutePlain, ConvolvesWithPaddingStrideAndDilation) {
    // One channel, 3x3 input 1..9, filter (1 2; 3 4) dilated by 2, padded by 1, stride 2.
    const NumberFormat format{16, 0, kSigned};
    LayerStep step;
    step.input = 0;
    step.output = 1;
    step.window = {
        .kernel = {2, 2}, .strides = {2, 2}, .dilations = {2, 2}, .pads_begin = {1, 1}, .pads_end = {1, 1}};
    step.input_format = format;
    step.weight_format = format;
    step.weights = {1, 2, 3, 4};
    step.bias = {10};
    step.clamp = range_of(format);
    const IntegerProgram program =
        program_of({{"input", {1, 3, 3}, format}, {"output", {1, 2, 2}, format}}, step);
    // Only one tap of each placement lies inside: 5 under 4, 3, 2 and 1 in turn.
    EXPECT_EQ(run(program, {1, 2, 3, 4, 5, 6, 7, 8, 9}), (std::vector<std::int32_t>{30, 25, 20, 15}));
}

TEST(ExecutePlain, KeepsGroupsApart) {
    const NumberFormat format{8, 0, kSigned};
    LayerStep step;
    step.input = 0;
    step.output = 1;
    step.groups = 2;
    step.input_format = format;
    step.weight_format = format;
    step.weights = {1, 2, 3, 4, 5, 6, 7, 8}; // 4 outputs of 2 inputs each
    step.bias = {0, 0, 0, 0};
    step.clamp = range_of(format);
    const IntegerProgram program =
        program_of({{"input", {.channels = 4}, format}, {"output", {.channels = 4}, format}}, step);
    EXPECT_EQ(run(program, {1, 1, 2, -1}), (std::vector<std::int32_t>{3, 7, 4, 6}));
}

TEST(ExecutePlain, SumsExactlyAtTheWidestFormats) {
    // 65535 * -32768 * 4 needs 34 bits; half of it comes back by the bias.
    LayerStep step;
    step.input = 0;
    step.output = 1;
    step.input_format = {16, 0, kUnsigned};
    step.weight_format = {16, 15, kSigned};
    step.weights = {-32768, -32768, -32768, -32768};
    step.bias = {std::int64_t{65535} * 4 * 32768 - 32768 * 5};
    step.clamp = {-100, 100};
    const IntegerProgram program = program_of(
        {{"input", {.channels = 4}, {16, 0, kUnsigned}}, {"output", {.channels = 1}, {16, 0, kSigned}}},
        step);
    EXPECT_EQ(run(program, {65535, 65535, 65535, 65535}), std::vector<std::int32_t>{-5});
}

TEST(ExecutePlain, AddsAtTheFinerRadixPoint) {
    // 3/2 + (-5)/8 = 7/8, in quarters 3.5, a tie, to even.
    const std::vector<IntegerTensor> tensors{{"input", {.channels = 1}, {8, 1, kSigned}},
                                             {"other", {.channels = 1}, {8, 3, kSigned}},
                                             {"output", {.channels = 1}, {8, 2, kSigned}}};
    IntegerProgram program;
    program.tensors = tensors;
    LayerStep other;
    other.input = 0;
    other.output = 1;
    other.input_format = tensors[0].format;
    other.weight_format = {2, 2, kSigned};
    other.weights = {0};
    other.bias = {-5};
    other.clamp = range_of(tensors[1].format);
    program.steps = {other,
                     AddStep{.left = 0, .right = 1, .output = 2, .clamp = range_of(tensors[2].format)}};
    program.output = 2;
    EXPECT_EQ(run(program, {3}), std::vector<std::int32_t>{4});
}

TEST(ExecutePlain, LeavesPaddingOutOfTheMaximum) {
    const NumberFormat format{8, 0, kSigned};
    MaxPoolStep step{.input = 0, .output = 1, .window = {}, .clamp = range_of(format)};
    step.window.kernel = {2, 2};
    step.window.pads_begin = {1, 1};
    step.window.strides = {2, 2};
    const IntegerProgram program =
        program_of({{"input", {1, 3, 3}, format}, {"output", {1, 2, 2}, format}}, step);
    EXPECT_EQ(run(program, {-9, -8, -7, -6, -5, -4, -3, -2, -1}),
              (std::vector<std::int32_t>{-9, -7, -3, -1}));
}

TEST(ExecutePlain, RequantizesAndClamps) {
    const IntegerProgram program = program_of(
        {{"input", {.channels = 4}, {8, 3, kSigned}}, {"output", {.channels = 4}, {8, 1, kSigned}}},
        RequantizeStep{.input = 0, .output = 1, .clamp = {0, 12}});
    EXPECT_EQ(run(program, {-20, 10, 14, 100}), (std::vector<std::int32_t>{0, 2, 4, 12}));
}

TEST(ExecutePlain, FlattensIntoChannelRowColumn) {
    const NumberFormat format{8, 0, kSigned};
    const IntegerProgram program =
        program_of({{"input", {2, 1, 3}, format}, {"output", {.channels = 6}, format}},
                   FlattenStep{.input = 0, .output = 1});
    EXPECT_EQ(run(program, {1, 10, 2, 20, 3, 30}), (std::vector<std::int32_t>{1, 2, 3, 10, 20, 30}));
}

TEST(ExecutePlain, SelectsEverySecondPixelAndFillsChannels) {
    // What a ResNet for CIFAR does instead of a convolution in its shortcut, both at once: one channel of
    // zeros (here nines) on each side, every second row and column.
    const NumberFormat format{8, 0, kSigned};
    const IntegerProgram program = program_of(
        {{"input", {1, 3, 3}, format}, {"output", {.channels = 3, .rows = 2, .columns = 2}, format}},
        SelectStep{.input = 0, .output = 1, .offsets = {-1, 0, 0}, .strides = {1, 2, 2}, .fill = 9});
    EXPECT_EQ(run(program, {1, 2, 3, 4, 5, 6, 7, 8, -9}),
              (std::vector<std::int32_t>{9, 1, 9, 9, 3, 9, 9, 7, 9, 9, -9, 9}));
}

TEST(ExecutePlain, SelectsBackwards) {
    const NumberFormat format{16, 0, kSigned};
    const IntegerProgram program = program_of(
        {{"input", {1, 1, 3}, format}, {"output", {.channels = 1, .rows = 1, .columns = 4}, format}},
        SelectStep{.input = 0, .output = 1, .offsets = {0, 0, 2}, .strides = {1, 1, -1}, .fill = 0});
    EXPECT_EQ(run(program, {1, 2, 300}), (std::vector<std::int32_t>{300, 2, 1, 0}));
}

TEST(ExecutePlain, JoinsTensorsInTheFormatOfTheirOutput) {
    // Two pixels of one channel, which a Clip limits to 4; then 3 and -5 halves, ties that go to 2 and -2.
    const NumberFormat format{8, 0, kSigned};
    const NumberFormat halves{8, 1, kSigned};
    IntegerProgram program = program_of(
        {{"input", {1, 1, 2}, format}, {"output", {.channels = 2, .rows = 1, .columns = 2}, format}},
        ConcatStep{.inputs = {0, 0},
                   .output = 1,
                   .axis = 0,
                   .clamp = {-128, 4},
                   .requantizations = {ShiftRequantization{}, ShiftRequantization{}}});
    EXPECT_EQ(run(program, {1, 5}), (std::vector<std::int32_t>{1, 1, 4, 4}));
    program.tensors[0].format = halves;
    EXPECT_EQ(run(program, {3, -5}), (std::vector<std::int32_t>{2, 2, -2, -2}));
    // Along columns one tensor follows the other in each row.
    program.tensors[1].extents = {.channels = 1, .rows = 1, .columns = 4};
    std::get<ConcatStep>(program.steps[0]).axis = 2;
    EXPECT_EQ(run(program, {3, -5}), (std::vector<std::int32_t>{2, -2, 2, -2}));
}

TEST(ExecutePlain, KeepsSamplesApartAndAllTensors) {
    const NumberFormat format{8, 0, kSigned};
    const IntegerProgram program =
        program_of({{"input", {2, 1, 2}, format}, {"output", {.channels = 4}, format}},
                   FlattenStep{.input = 0, .output = 1});
    EXPECT_EQ(run(program, {1, 2, 3, 4, 5, 6, 7, 8}, 2), (std::vector<std::int32_t>{1, 3, 2, 4, 5, 7, 6, 8}));
    EXPECT_EQ(run(program, {}, 0), std::vector<std::int32_t>{});
    const std::vector<IntegerValues> tensors =
        execute_plain(program, values_of(program.tensors[0], {1, 2, 3, 4}), 1);
    EXPECT_EQ(integers_of(tensors[0]), (std::vector<std::int32_t>{1, 2, 3, 4}));
    EXPECT_THROW(execute_plain(program, values_of(program.tensors[0], {1, 2, 3}), 1), InternalError);
}

TEST(QuantizeInput, PutsChannelsLast) {
    const NumberFormat format{4, 1, kSigned};
    const IntegerProgram program =
        program_of({{"input", {2, 1, 2}, format}, {"output", {.channels = 4}, format}},
                   FlattenStep{.input = 0, .output = 1});
    // Two samples of (channel, column); in halves, ties to even, saturating at -8 and 7.
    const std::vector<float> samples{0.5F, 1.0F, -0.25F, -0.75F, 9.0F, -9.0F, 1.25F, 0.0F};
    EXPECT_EQ(integers_of(quantize_input(program, samples)),
              (std::vector<std::int32_t>{1, 0, 2, -2, 7, 2, -8, 0}));
    EXPECT_THROW(quantize_input(program, std::span(samples).first(3)), InternalError);
}

} // namespace
} // namespace tandem
