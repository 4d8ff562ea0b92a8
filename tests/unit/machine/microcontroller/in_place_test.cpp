#include "tandem/machine/microcontroller/in_place.h"

#include <gtest/gtest.h>

#include "../../deploy/in_place_program.h"
#include "tandem/machine/microcontroller/buffer_plan.h"

namespace tandem {
namespace {

constexpr NumberFormat kByte{.bits = 8, .fraction_bits = 4, .signedness = Signedness::is_signed};
constexpr NumberFormat kWord{.bits = 16, .fraction_bits = 8, .signedness = Signedness::is_signed};

std::vector<InPlace> choices_of(const IntegerProgram& program) {
    return replaceable_operands(program, program.steps.back());
}

TEST(InPlaceOperands, OfADepthwiseLayerKeepTheRowsThatItsPaddingReachesBack) {
    const auto of = [](const Window& window) {
        return choices_of(ChainOfSteps({8, 12, 10}, kByte).depthwise("layer", window).program());
    };
    // Row y is read until row y + 1 is computed: two rows of 10 places of 8 bytes.
    EXPECT_EQ(of(padded(3, 1, 1)), (std::vector<InPlace>{{0, 1, Bytes(160)}}));
    EXPECT_EQ(of(padded(5, 1, 2)), (std::vector<InPlace>{{0, 2, Bytes(240)}}));
    // Half as many rows, of half the length: the row that is computed itself.
    EXPECT_EQ(of(padded(3, 2, 1)), (std::vector<InPlace>{{0, 0, Bytes(40)}}));
    EXPECT_EQ(of(padded(3, 1, 0)), (std::vector<InPlace>{{0, 0, Bytes(0)}}));
}

TEST(InPlaceOperands, AreNoneWhereTheBufferWouldBeAsLargeAsTheOutput) {
    EXPECT_TRUE(
        choices_of(ChainOfSteps({8, 2, 10}, kByte).depthwise("layer", padded(3, 1, 1)).program()).empty());
}

TEST(InPlaceOperands, OfALayerAreItsInputWhereItNeitherPadsNorGrows) {
    const auto of = [](std::int64_t channels, const Window& window) {
        return choices_of(ChainOfSteps({8, 6, 6}, kByte).layer("layer", channels, window).program());
    };
    const std::vector<InPlace> over_input{{0, 0, Bytes(0)}};
    EXPECT_EQ(of(8, padded(1, 1, 0)), over_input);
    EXPECT_EQ(of(3, padded(3, 2, 0)), over_input);
    EXPECT_TRUE(of(9, padded(1, 1, 0)).empty());
    EXPECT_TRUE(of(8, padded(3, 1, 1)).empty());
    Window behind = padded(1, 1, 0);
    behind.pads_end = {0, 1}; // rows of the output are longer
    EXPECT_TRUE(of(8, behind).empty());
}

TEST(InPlaceOperands, CountBytesRatherThanChannels) {
    IntegerProgram program = ChainOfSteps({8, 6, 6}, kByte).layer("layer", 4, padded(1, 1, 0)).program();
    program.tensors.back().format = kWord;
    EXPECT_EQ(choices_of(program).size(), 1U);
    std::get<LayerStep>(program.steps[0]).residual = 0; // the input itself
    EXPECT_TRUE(choices_of(program).empty());
}

TEST(InPlaceOperands, OfAFlatteningNeedNoOrderToChange) {
    EXPECT_EQ(choices_of(ChainOfSteps({8, 1, 1}, kByte).flatten().program()).size(), 1U);
    EXPECT_EQ(choices_of(ChainOfSteps({1, 4, 4}, kByte).flatten().program()).size(), 1U);
    EXPECT_TRUE(choices_of(ChainOfSteps({2, 2, 1}, kByte).flatten().program()).empty());
}

TEST(PlanBuffers, WritesAChainOverItself) {
    const IntegerProgram program = in_place_program(12, kByte);
    const BufferPlan plan = plan_buffers(program);
    for (TensorIndex tensor = 2; tensor < program.tensors.size(); ++tensor) {
        EXPECT_EQ(plan.place(tensor).over, tensor - 1);
        EXPECT_EQ(plan.place(tensor).offset, plan.place(1).offset);
    }
    // The largest tensor, and three rows for the 5x5 layer.
    EXPECT_EQ(plan.size, Bytes(9 * 11 * 12 + 3 * 11 * 12));
    EXPECT_EQ(plan.least, plan.size);
    ASSERT_EQ(plan.row_buffers.size(), 3U);
    EXPECT_EQ(plan.row_buffer(2)->kept_rows, 2);
    EXPECT_EQ(plan.row_buffer(3), nullptr);
    EXPECT_EQ(peak_of(plan).step, 2U);
}

TEST(PlanBuffers, GivesWhatASmallerSuccessorLeavesToOthers) {
    // 3,072 bytes become 768 in place; the next layer's 1,536 fit where the rest was.
    const IntegerProgram program = ChainOfSteps({3, 16, 16}, kByte)
                                       .layer("first", 12, padded(3, 1, 1))
                                       .max_pool(padded(2, 2, 0))
                                       .layer("second", 24, padded(3, 1, 1))
                                       .program();
    const BufferPlan plan = plan_buffers(program);
    EXPECT_EQ(plan.size, Bytes(3072));
    EXPECT_EQ(plan.place(3).offset, Bytes(768));
}

} // namespace
} // namespace tandem
