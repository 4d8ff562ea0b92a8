// The closed forms of the counts at their edges; simulation_test.cpp compares them with executed loops.
#include "tandem/machine/spatial/counts.h"

#include <set>

#include <gtest/gtest.h>

#include "tandem/core/random.h"
#include "tandem/machine/spatial/positions.h"
#include "unit_machine.h"

namespace tandem::spatial {
namespace {

std::int64_t uniform(Random& random, std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(high - low + 1)));
}

TEST(TouchedInputs, CountsThePositionsInsideTheImage) {
    Random random(7);
    for (int trial = 0; trial < 2000; ++trial) {
        LayerWork work = layer_of(1, 1, uniform(random, 1, 9), 1, uniform(random, 1, 6), 1);
        work.strides[0] = uniform(random, 1, 4);
        work.dilations[0] = uniform(random, 1, 4);
        const std::int64_t padded =
            input_extent(work, 0, work.extent(Dimension::oy), work.extent(Dimension::fy));
        work.pads[0] = uniform(random, 0, std::min<std::int64_t>(padded - 1, 5));
        const std::int64_t output = uniform(random, 0, work.extent(Dimension::oy) - 1);
        const std::int64_t outputs = uniform(random, 1, work.extent(Dimension::oy) - output);
        const std::int64_t tap = uniform(random, 0, work.extent(Dimension::fy) - 1);
        const std::int64_t taps = uniform(random, 1, work.extent(Dimension::fy) - tap);

        std::set<std::int64_t> positions;
        for (std::int64_t o = output; o < output + outputs; ++o) {
            for (std::int64_t f = tap; f < tap + taps; ++f) {
                const std::int64_t position = o * work.strides[0] + f * work.dilations[0] - work.pads[0] / 2;
                if (position >= 0 && position < padded - work.pads[0]) positions.insert(position);
            }
        }
        EXPECT_EQ(touched_inputs(work, 0, output, outputs, tap, taps),
                  static_cast<std::int64_t>(positions.size()))
            << "trial " << trial << " of seed 7";
    }
}

TEST(Counts, DealTheRemainderOfAPassEvenly) {
    // Ten filters in tiles of 7 and 3, packed in pairs: 4 and 2 words on 3 elements of 1 word each.
    Schedule schedule;
    schedule.blocks = 2;
    schedule.held = held_evenly(unit_description());
    schedule.split(Dimension::k) = {.tile = {10, 7}, .lanes = 2, .unrolled = 3, .registers = 1};
    const LayerWork work = layer_of(10, 1, 1, 1, 1, 1);
    const Counts counts = count(work, schedule, {});
    EXPECT_EQ(counts.array.steps, 2 + 1);
    EXPECT_EQ(counts.array.word_operations, 4 + 2);
    // The one input stays in the three elements.
    EXPECT_EQ(counts.array.entered[1], 3);
    EXPECT_EQ(counts.memories[1].read[1], 1);
}

TEST(TileElements, LeavePaddingOut) {
    LayerWork work = layer_of(2, 3, 4, 4, 3, 3);
    work.pads = {2, 2};
    const Schedule schedule{.splits = splits_of(work, {}), .blocks = 2, .held = {}};
    EXPECT_EQ(tile_elements(work, schedule, Operand::weights, 1, InputPositions::touched), 2 * 3 * 9);
    EXPECT_EQ(tile_elements(work, schedule, Operand::inputs, 1, InputPositions::touched), 3 * 4 * 4);
    EXPECT_EQ(tile_elements(work, schedule, Operand::outputs, 1, InputPositions::touched), 2 * 4 * 4);
}

} // namespace
} // namespace tandem::spatial
