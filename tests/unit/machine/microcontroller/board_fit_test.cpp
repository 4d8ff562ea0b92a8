#include "tandem/machine/microcontroller/board_fit.h"

#include <gtest/gtest.h>

#include "../../deploy/in_place_program.h"
#include "../../deploy/tiny_program.h"
#include "tandem/core/check.h"
#include "tandem/machine/cost.h"
#include "tandem/machine/microcontroller/c_facts.h"
#include "tandem/machine/microcontroller/image_estimate.h"

namespace tandem {
namespace {

const Board& nucleo() { return *find_board("nucleo-f412zg"); }

Board with_memories(std::int64_t flash, std::int64_t ram) {
    Board board = nucleo();
    board.flash.size = Bytes(flash);
    board.ram.size = Bytes(ram);
    return board;
}

TEST(FindOverflow, CountsTheStackThatTheLinkerScriptSetsAside) {
    EXPECT_EQ(find_overflow(Bytes(1000), Bytes(2000), with_memories(1000, 6096)), std::nullopt);
    EXPECT_EQ(find_overflow(Bytes(1000), Bytes(2001), with_memories(1000, 6096)),
              (ImageOverflow{.memory = "RAM", .needed = Bytes(6097), .available = Bytes(6096)}));
    EXPECT_EQ(find_overflow(Bytes(1001), Bytes(2001), with_memories(1000, 6096)),
              (ImageOverflow{.memory = "flash", .needed = Bytes(1001), .available = Bytes(1000)}));
}

TEST(DescribeOverflow, NamesWhereTheNetworkKeepsMost) {
    const IntegerProgram program = tiny_program();
    const ImageOverflow ram{.memory = "RAM", .needed = Bytes(5000), .available = Bytes(4096)};
    const BufferPeak peak = peak_of(plan_buffers(program));
    EXPECT_EQ(describe_overflow(ram, program),
              "an image that needs 5000 bytes of RAM, 904 too many; the network keeps most, " +
                  std::to_string(peak.size.value) + " bytes, while it computes " +
                  step_name(program, program.steps[peak.step]));
    const ImageOverflow flash{.memory = "flash", .needed = Bytes(5000), .available = Bytes(4999)};
    // Eight weights of 16 bits for each of three outputs.
    EXPECT_EQ(
        describe_overflow(flash, program),
        "an image that needs 5000 bytes of flash, 1 too many; the largest layer, dense, has 48 bytes of "
        "weights");
}

TEST(PriceImage, RefusesABoardOneByteTooSmall) {
    const IntegerProgram program = tiny_program();
    const ImageCost cost = price_image(program, nucleo()).value();
    const std::int64_t flash = cost.flash().value;
    const std::int64_t ram = (cost.static_ram() + kStackBytes).value;
    EXPECT_TRUE(price_image(program, with_memories(flash, ram)).has_value());
    const auto in_flash = price_image(program, with_memories(flash - 1, ram));
    ASSERT_FALSE(in_flash.has_value());
    EXPECT_NE(in_flash.error().reason.find("nucleo-f412zg: an image that needs"), std::string::npos);
    EXPECT_NE(in_flash.error().reason.find("flash, 1 too many"), std::string::npos)
        << in_flash.error().reason;
    const auto in_ram = price_image(program, with_memories(flash, ram - 1));
    ASSERT_FALSE(in_ram.has_value());
    EXPECT_NE(in_ram.error().reason.find("RAM, 1 too many"), std::string::npos) << in_ram.error().reason;
}

TEST(EstimateSize, StepsAddUpToTheWhole) {
    const NumberFormat byte{.bits = 8, .fraction_bits = 4, .signedness = Signedness::is_signed};
    for (const IntegerProgram& program : {tiny_program(), in_place_program(12, byte)}) {
        const ImageCost cost = estimate_image(program, nucleo());
        const CFacts facts = find_c_facts(program, WeightStorage::plain);
        ASSERT_EQ(cost.steps.size(), program.steps.size());
        Bytes weights;
        Bytes tables;
        Bytes most_tensors;
        Bytes most_scratch;
        for (const StepCost& step : cost.steps) {
            weights += step.weights;
            tables += step.tables;
            most_tensors = std::max(most_tensors, step.tensors);
            most_scratch = std::max(most_scratch, step.scratch);
        }
        EXPECT_EQ(weights, cost.weights);
        EXPECT_EQ(tables, cost.tables);
        EXPECT_EQ(most_tensors, facts.buffers.least);
        EXPECT_EQ(aligned(most_scratch, 8), facts.patch_bytes());
        EXPECT_EQ(cost.arena, facts.arena_bytes() + facts.patch_bytes());
        EXPECT_EQ(cost.arena.value % 8, 0);
        EXPECT_EQ(cost.ram(), cost.static_ram() + cost.stack);
    }
}

TEST(Cost, OfAnImageHasNeitherTimeNorEnergy) {
    Cost cost;
    cost.image = price_image(tiny_program(), nucleo()).value();
    EXPECT_THROW(static_cast<void>(cost.cycles()), InternalError);
    EXPECT_THROW(static_cast<void>(cost.energy()), InternalError);
    const Document document = to_document(cost);
    EXPECT_EQ(document.find("layers")->get_if<Document::List>()->size(), tiny_program().steps.size());
    EXPECT_EQ(*document.find("total")->find("ram_bytes"), Document(cost.image->ram().value));
}

} // namespace
} // namespace tandem
