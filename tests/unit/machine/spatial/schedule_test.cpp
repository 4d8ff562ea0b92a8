#include "tandem/machine/spatial/schedule.h"

#include <gtest/gtest.h>

#include "tandem/machine/spatial/passes.h"
#include "unit_machine.h"

namespace tandem::spatial {
namespace {

using enum Dimension;

TEST(Schedule, SurvivesTheWayToAMappingAndBack) {
    const LayerWork work = with_bits(layer_of(20, 12, 14, 14, 3, 3), 8, 8, 8);
    Description machine = unit_description();
    machine.array = {.rows = 7, .columns = 4, .hop_energy = 1.0};
    machine.processing_element.registers = {
        .filter_words = 24, .input_words = 12, .partial_sum_words = 4, .energy_per_access = 1.0};
    for (const Pass& pass : list_passes(machine, work)) {
        Schedule schedule{.splits = splits_of(work, pass), .blocks = 2, .held = held_evenly(machine)};
        schedule.split(k).tile[1] = 7;
        schedule.split(oy).tile[1] = 4;
        schedule.orders[0] = {g, n, c, oy, ox, fy, fx, k};
        schedule.orders[1] = {g, n, k, c, fy, fx, oy, ox};
        const Schedule again = to_schedule(to_mapping(schedule, pass), work, machine).value();
        for (std::size_t d = 0; d < kDimensions; ++d) {
            const Split& before = schedule.splits[d];
            const Split& after = again.splits[d];
            EXPECT_EQ(after.tile[1], before.tile[1]);
            EXPECT_EQ(after.lanes, before.lanes);
            EXPECT_EQ(after.unrolled, before.unrolled);
            EXPECT_EQ(after.registers, before.registers);
        }
        // Loops of one iteration are not written; the others keep their order.
        EXPECT_EQ(to_mapping(again, pass), to_mapping(schedule, pass));
    }
}

TEST(Schedule, WritesEachLoopWithItsStep) {
    const LayerWork work = with_bits(layer_of(20, 1, 6, 1, 1, 1), 8, 8, 8);
    const Pass pass{.unrolled = {std::vector<Loop>{{oy, 2}}, std::vector<Loop>{{oy, 2}, {k, 2}}},
                    .lanes = {k, 2},
                    .registers = {{k, 3}}};
    Schedule schedule{.splits = splits_of(work, pass), .blocks = 2, .held = held_evenly(unit_description())};
    schedule.split(k).tile[1] = 14;
    const Mapping mapping = to_mapping(schedule, pass);
    EXPECT_EQ(mapping.temporal[0], (std::vector<Loop>{{k, 2, 14}}));
    EXPECT_EQ(mapping.temporal[1], (std::vector<Loop>{{k, 2, 12}, {oy, 2, 4}}));
    EXPECT_EQ(mapping.unrolled[0], (std::vector<Loop>{{oy, 2, 1}}));
    EXPECT_EQ(mapping.unrolled[1], (std::vector<Loop>{{oy, 2, 2}, {k, 2, 6}}));
    EXPECT_EQ(mapping.temporal[2], (std::vector<Loop>{{k, 3, 2}}));
    EXPECT_EQ(mapping.lanes, (Loop{k, 2, 1}));
}

std::string refusal(const Mapping& mapping, const LayerWork& work) {
    const auto schedule = to_schedule(mapping, work, unit_description());
    return schedule ? "accepted" : schedule.error().reason;
}

TEST(Schedule, RefusesLoopsThatDoNotCoverTheLayer) {
    const LayerWork work = layer_of(16, 1, 1, 1, 1, 1);
    Mapping mapping;
    mapping.temporal = {{{k, 2, 6}}, {{k, 6, 1}}, {}};
    EXPECT_EQ(refusal(mapping, work), "mapping: K is covered for 12 of 16");
    mapping.temporal[0] = {{k, 3, 6}};
    EXPECT_EQ(refusal(mapping, work), "accepted");
    mapping.temporal[1] = {{k, 5, 1}};
    EXPECT_EQ(refusal(mapping, work), "mapping: K is covered for 5 of a tile of 6");
    mapping.temporal[1] = {{k, 3, 1}};
    EXPECT_EQ(refusal(mapping, work), "mapping: K is covered for 3 of a tile of 6");
    mapping.temporal[1] = {{k, 6, 2}};
    EXPECT_EQ(refusal(mapping, work), "mapping: passes of K in steps of 2, but the array takes 1");
}

TEST(Schedule, RefusesNestsItCannotCount) {
    const LayerWork work = layer_of(4, 1, 4, 1, 1, 1);
    Mapping mapping;
    EXPECT_EQ(refusal(mapping, work), "mapping: 0 levels of loops, not 2 to 7");
    mapping.temporal = {{{k, 2, 2}, {k, 2, 2}}, {}, {}};
    EXPECT_EQ(refusal(mapping, work), "mapping: two loops of K in block 0");
    mapping.temporal = {{{k, 0, 1}}, {}, {}};
    EXPECT_EQ(refusal(mapping, work), "mapping: a loop of K in block 0 with 0 iterations of 1");
    mapping.temporal = {{}, std::vector<Loop>(9, Loop{k, 1, 1}), {}};
    EXPECT_EQ(refusal(mapping, work), "mapping: 9 loops in block 1");
    mapping.temporal = {{}, {{k, 4, 1}}, {{oy, 4, 1}}};
    EXPECT_EQ(refusal(mapping, work), "mapping: OY in the registers, which hold filters and channels");
    mapping.temporal = {{}, {{k, 4, 1}}, {}};
    mapping.lanes = {oy, 2, 1};
    EXPECT_EQ(refusal(mapping, work), "mapping: lanes lie along K or C");
    mapping.lanes = {};
    mapping.unrolled[0] = {{oy, 2, 1}, {oy, 2, 1}};
    EXPECT_EQ(refusal(mapping, work), "mapping: two loops of OY at the array");
}

TEST(Schedule, RefusesMemoriesThatHoldWhatTheyCannot) {
    const LayerWork work = layer_of(4, 1, 4, 1, 1, 1);
    Mapping mapping;
    mapping.temporal = {{{k, 2, 2}}, {{oy, 4, 1}}, {{k, 2, 1}}, {}};
    EXPECT_EQ(refusal(mapping, work), "mapping: 4 levels of loops, not 3");
    // Weights in the buffer outside the loop of OY, the others inside.
    mapping.temporal = {{{k, 2, 2}}, {{oy, 4, 1}}, {{k, 2, 1}}, {}};
    mapping.held = {{0, 0, 0}, {1, 2, 2}};
    EXPECT_EQ(refusal(mapping, work), "accepted");
    mapping.held = {{0, 0, 0}, {1, 3, 2}};
    EXPECT_EQ(refusal(mapping, work), "mapping: inputs in buffer inside 3 of 3 blocks of loops");
    mapping.held = {{0, 0, 0}};
    EXPECT_EQ(refusal(mapping, work), "mapping: 1 memories, not 2");
    mapping.held = {{0, 0, kBypassed}, {1, 1, 1}};
    EXPECT_EQ(refusal(mapping, work), "mapping: outputs in dram inside -1 of 3 blocks of loops");
    Description machine = unit_description();
    machine.memories[1].operands[index_of(Operand::outputs)] = false;
    mapping.held = {{0, 0, 0}, {1, 1, 1}};
    EXPECT_EQ(to_schedule(mapping, work, machine).error().reason,
              "mapping: outputs in buffer, which does not hold them");
}

} // namespace
} // namespace tandem::spatial
