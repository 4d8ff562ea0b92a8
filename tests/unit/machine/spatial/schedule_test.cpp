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
        Schedule schedule;
        schedule.splits = splits_of(work, pass);
        schedule.split(k).tile = 7;
        schedule.split(oy).tile = 4;
        schedule.tile_order = {n, c, oy, ox, fy, fx, k};
        schedule.pass_order = {n, k, c, fy, fx, oy, ox};
        const Schedule again = to_schedule(to_mapping(schedule, pass), work).value();
        for (std::size_t d = 0; d < kDimensions; ++d) {
            const Split& before = schedule.splits[d];
            const Split& after = again.splits[d];
            EXPECT_EQ(after.tile, before.tile);
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
    Schedule schedule;
    schedule.splits = splits_of(work, pass);
    schedule.split(k).tile = 14;
    const Mapping mapping = to_mapping(schedule, pass);
    EXPECT_EQ(mapping.temporal[0], (std::vector<Loop>{{k, 2, 14}}));
    EXPECT_EQ(mapping.temporal[1], (std::vector<Loop>{{k, 2, 12}, {oy, 2, 4}}));
    EXPECT_EQ(mapping.unrolled[0], (std::vector<Loop>{{oy, 2, 1}}));
    EXPECT_EQ(mapping.unrolled[1], (std::vector<Loop>{{oy, 2, 2}, {k, 2, 6}}));
    EXPECT_EQ(mapping.temporal[2], (std::vector<Loop>{{k, 3, 2}}));
    EXPECT_EQ(mapping.lanes, (Loop{k, 2, 1}));
}

std::string refusal(const Mapping& mapping, const LayerWork& work) {
    const auto schedule = to_schedule(mapping, work);
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
    mapping.temporal[1] = {{k, 3, 2}};
    EXPECT_EQ(refusal(mapping, work), "mapping: K is covered for 3 of a tile of 6");
    mapping.temporal[1] = {{k, 6, 2}};
    EXPECT_EQ(refusal(mapping, work), "mapping: passes of K in steps of 2, but the array takes 1");
}

TEST(Schedule, RefusesNestsItCannotCount) {
    const LayerWork work = layer_of(4, 1, 4, 1, 1, 1);
    Mapping mapping;
    EXPECT_EQ(refusal(mapping, work), "mapping: 0 levels of loops, not 3");
    mapping.temporal = {{{k, 2, 2}, {k, 2, 2}}, {}, {}};
    EXPECT_EQ(refusal(mapping, work), "mapping: two loops of K at the outermost memory");
    mapping.temporal = {{{k, 0, 1}}, {}, {}};
    EXPECT_EQ(refusal(mapping, work), "mapping: a loop of K at the outermost memory with 0 iterations of 1");
    mapping.temporal = {{}, std::vector<Loop>(8, Loop{k, 1, 1}), {}};
    EXPECT_EQ(refusal(mapping, work), "mapping: 8 loops at the buffer");
    mapping.temporal = {{}, {{k, 4, 1}}, {{oy, 4, 1}}};
    EXPECT_EQ(refusal(mapping, work), "mapping: OY in the registers, which hold filters and channels");
    mapping.temporal = {{}, {{k, 4, 1}}, {}};
    mapping.lanes = {oy, 2, 1};
    EXPECT_EQ(refusal(mapping, work), "mapping: lanes lie along K or C");
    mapping.lanes = {};
    mapping.unrolled[0] = {{oy, 2, 1}, {oy, 2, 1}};
    EXPECT_EQ(refusal(mapping, work), "mapping: two loops of OY at the array");
}

} // namespace
} // namespace tandem::spatial
