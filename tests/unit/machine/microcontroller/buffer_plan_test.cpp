#include "tandem/machine/microcontroller/buffer_plan.h"

#include <gtest/gtest.h>

#include "../../deploy/random_program.h"
#include "tandem/core/check.h"

namespace tandem {
namespace {

/// Requantises in a chain: tensor 0 to 1 to 2 ..., of these many 8-bit elements each.
IntegerProgram chain(const std::vector<std::int64_t>& elements) {
    IntegerProgram program;
    for (const std::int64_t count : elements) {
        program.tensors.push_back({"tensor", {.channels = count}, {.bits = 8}});
    }
    for (std::size_t i = 0; i + 1 < elements.size(); ++i) {
        program.steps.push_back(RequantizeStep{.input = i, .output = i + 1, .clamp = {-128, 127}});
    }
    program.output = elements.size() - 1;
    return program;
}

TEST(PlanBuffers, LetsAChainAlternateBetweenTwoPlaces) {
    const BufferPlan plan = plan_buffers(chain({100, 64, 32, 64, 32}));
    EXPECT_EQ(plan.size, Bytes(96)); // the input is not among them
    EXPECT_EQ(plan.place(1).offset, Bytes(0));
    EXPECT_EQ(plan.place(2).offset, Bytes(64));
    EXPECT_EQ(plan.place(3).offset, Bytes(0));
    EXPECT_EQ(plan.place(4).offset, Bytes(64));
    EXPECT_THROW(static_cast<void>(plan.place(0)), InternalError);
}

TEST(PlanBuffers, CountsTwoBytesForWideFormatsAndKeepsOffsetsEven) {
    IntegerProgram program = chain({1, 3, 5, 1});
    program.tensors[2].format.bits = 9;
    const BufferPlan plan = plan_buffers(program);
    EXPECT_EQ(plan.place(1).size, Bytes(4));
    EXPECT_EQ(plan.place(2).size, Bytes(10));
    for (const BufferPlace& place : plan.places) EXPECT_EQ(place.offset.value % 2, 0);
}

TEST(PlanBuffers, KeepsATensorUntilItsLastReader) {
    IntegerProgram program = chain({8, 8, 8, 8, 8});
    program.steps.push_back(AddStep{.left = 1, .right = 4, .output = 5, .clamp = {}});
    program.tensors.push_back({"sum", {.channels = 8}, {.bits = 8}});
    program.output = 5;
    const BufferPlan plan = plan_buffers(program);
    EXPECT_EQ(plan.place(1).last_step, 4U);
    EXPECT_EQ(plan.place(5).last_step, 4U);
}

TEST(PlanBuffers, KnowsWhereMostIsKept) {
    // Steps write tensors 1, 2, 3; while step 1 computes, tensors 1 and 2 live.
    const BufferPeak peak = peak_of(plan_buffers(chain({100, 64, 32, 16})));
    EXPECT_EQ(peak.step, 1U);
    EXPECT_EQ(peak.size, Bytes(96));
}

/// A tensor, a convolution of it, and a second one with the first tensor as its residual: the block of
/// ResNet-8.
IntegerProgram residual_block(std::int64_t channels, std::int64_t rows) {
    IntegerProgram program;
    for (int i = 0; i < 4; ++i) {
        program.tensors.push_back({"tensor", {channels, rows, rows}, {.bits = 8}});
    }
    program.steps.push_back(RequantizeStep{.input = 0, .output = 1, .clamp = {-128, 127}});
    LayerStep first;
    first.input = 1;
    first.output = 2;
    first.window = {.kernel = {3, 3}, .pads_begin = {1, 1}, .pads_end = {1, 1}};
    LayerStep second;
    second.window = first.window;
    second.input = 2;
    second.output = 3;
    second.residual = 1;
    program.steps.insert(program.steps.end(), {first, second});
    program.output = 3;
    return program;
}

TEST(PlanBuffers, WritesASumOverItsResidual) {
    const BufferPlan plan = plan_buffers(residual_block(16, 32));
    EXPECT_EQ(plan.size, Bytes(32'768));
    EXPECT_EQ(plan.least, plan.size);
    EXPECT_EQ(plan.place(3).over, 1U);
    EXPECT_EQ(plan.place(3).offset, plan.place(1).offset);
    EXPECT_EQ(peak_of(plan).size, plan.size);
}

TEST(PlanBuffers, KeepsAResidualThatIsReadAgainOrWiderOrTheLayersInput) {
    IntegerProgram again = residual_block(1, 4);
    again.tensors.push_back({"sum", {1, 4, 4}, {.bits = 8}});
    again.steps.push_back(AddStep{.left = 1, .right = 3, .output = 4, .clamp = {}});
    again.output = 4;
    EXPECT_FALSE(plan_buffers(again).place(3).over.has_value());
    EXPECT_EQ(plan_buffers(again).place(4).over, 1U);
    IntegerProgram wider = residual_block(1, 4);
    wider.tensors[1].format.bits = 9;
    EXPECT_FALSE(plan_buffers(wider).place(3).over.has_value());
    IntegerProgram same = residual_block(1, 4);
    std::get<LayerStep>(same.steps[2]).input = 1;
    EXPECT_FALSE(plan_buffers(same).place(3).over.has_value());
}

TEST(PlanBuffers, ReachesTheLowerBoundOfRandomPrograms) {
    std::int64_t total = 0;
    std::int64_t least = 0;
    for (std::uint64_t seed = 0; seed < 50; ++seed) {
        const BufferPlan plan = plan_buffers(RandomProgram(seed).draw(20));
        EXPECT_GE(plan.size, plan.least);
        total += plan.size.value;
        least += plan.least.value;
    }
    EXPECT_LE(static_cast<double>(total), 1.01 * static_cast<double>(least));
}

TEST(PlanBuffers, NeverGivesOnePlaceToTwoLivingTensors) {
    for (std::uint64_t seed = 0; seed < 50; ++seed) {
        const BufferPlan plan = plan_buffers(RandomProgram(seed).draw(20));
        for (const BufferPlace& left : plan.places) {
            EXPECT_LE(left.offset + left.size, plan.size);
            for (const BufferPlace& right : plan.places) {
                if (&left == &right) continue;
                const bool meet_in_time =
                    left.first_step <= right.last_step && right.first_step <= left.last_step;
                const bool meet_in_space =
                    left.offset < right.offset + right.size && right.offset < left.offset + left.size;
                const bool takes_over = left.over == right.tensor || right.over == left.tensor;
                EXPECT_FALSE(meet_in_time && meet_in_space && !takes_over)
                    << "seed " << seed << ": tensors " << left.tensor << " and " << right.tensor;
            }
        }
    }
}

} // namespace
} // namespace tandem
