// The closed forms of the counts against plain walks through the loop nest.
#include "tandem/machine/spatial/counts.h"

#include <functional>
#include <map>
#include <set>

#include <gtest/gtest.h>

#include "tandem/core/random.h"
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

/// Which part of a dimension one step of the nest works on.
struct Part {
    std::int64_t begin = 0;
    std::int64_t length = 1;
};
using Parts = std::array<Part, kDimensions>;

/// Walks the loops over tiles, and over passes inside them when asked to.
enum class Depth { tiles, passes };
void walk(const Schedule& schedule, Depth depth, const std::function<void(const Parts&)>& visit) {
    const auto at = [](Dimension dimension) { return static_cast<std::size_t>(dimension); };
    Parts tile;
    std::function<void(std::size_t, Parts)> over_passes = [&](std::size_t place, Parts parts) {
        if (place == kDimensions) {
            visit(parts);
            return;
        }
        const std::size_t d = at(schedule.pass_order[place]);
        const std::int64_t step = depth == Depth::tiles
                                      ? tile[d].length
                                      : schedule.splits[d].words_in_pass() * schedule.splits[d].lanes;
        for (std::int64_t begin = 0; begin < tile[d].length; begin += step) {
            parts[d] = {tile[d].begin + begin, std::min(step, tile[d].length - begin)};
            over_passes(place + 1, parts);
        }
    };
    std::function<void(std::size_t)> over_tiles = [&](std::size_t place) {
        if (place == kDimensions) {
            over_passes(0, {});
            return;
        }
        const std::size_t d = at(schedule.tile_order[place]);
        const Split& split = schedule.splits[d];
        for (std::int64_t begin = 0; begin < split.extent; begin += split.tile) {
            tile[d] = {begin, std::min(split.tile, split.extent - begin)};
            over_tiles(place + 1);
        }
    };
    over_tiles(0);
}

/// Elements fetched and stored by a memory that holds the present part of each operand and nothing else.
struct Walked {
    std::int64_t weights = 0;
    std::int64_t inputs = 0;
    std::int64_t outputs_in = 0;
    std::int64_t outputs_out = 0;
};
Walked walk_and_count(const LayerWork& work, const Schedule& schedule, Depth depth) {
    using enum Dimension;
    const auto key_of = [](const Parts& parts, std::initializer_list<Dimension> dimensions) {
        std::vector<std::int64_t> key;
        for (const Dimension d : dimensions) key.push_back(parts[static_cast<std::size_t>(d)].begin);
        return key;
    };
    const auto size_of = [](const Parts& parts, std::initializer_list<Dimension> dimensions) {
        std::int64_t size = 1;
        for (const Dimension d : dimensions) size *= parts[static_cast<std::size_t>(d)].length;
        return size;
    };
    Walked walked;
    std::vector<std::int64_t> weights, inputs, outputs;
    std::set<std::vector<std::int64_t>> begun;
    walk(schedule, depth, [&](const Parts& parts) {
        if (auto key = key_of(parts, {k, c, fy, fx}); key != weights) {
            weights = key;
            walked.weights += size_of(parts, {k, c, fy, fx});
        }
        if (auto key = key_of(parts, {n, c, oy, ox, fy, fx}); key != inputs) {
            inputs = key;
            const auto part = [&](Dimension d) { return parts[static_cast<std::size_t>(d)]; };
            walked.inputs +=
                size_of(parts, {n, c}) *
                touched_inputs(work, 0, part(oy).begin, part(oy).length, part(fy).begin, part(fy).length) *
                touched_inputs(work, 1, part(ox).begin, part(ox).length, part(fx).begin, part(fx).length);
        }
        if (auto key = key_of(parts, {n, k, oy, ox}); key != outputs) {
            outputs = key;
            const std::int64_t size = size_of(parts, {n, k, oy, ox});
            walked.outputs_out += size; // each stay ends in one store
            if (!begun.insert(key).second) walked.outputs_in += size;
        }
    });
    return walked;
}

struct Case {
    LayerWork work;
    Schedule schedule;
};

/// A random layer and schedule in which every split divides: the closed forms are exact there, while a
/// short last tile may let the walk keep something that the formulas bring back.
Case random_case(Random random) {
    const auto pick = [&](std::int64_t high) { return uniform(random, 1, high); };
    Case made;
    for (std::size_t d = 0; d < kDimensions; ++d) {
        Split& split = made.schedule.splits[d];
        const auto dimension = static_cast<Dimension>(d);
        const bool may_stay =
            dimension == Dimension::n || dimension == Dimension::oy || dimension == Dimension::ox;
        split.lanes = dimension == Dimension::c ? pick(2) : 1;
        split.unrolled = pick(2);
        split.registers = may_stay ? 1 : pick(2);
        split.tile = split.words_in_pass() * split.lanes * pick(2);
        split.extent = split.tile * pick(2);
        made.work.extents[d] = split.extent;
    }
    for (LoopOrder* order : {&made.schedule.tile_order, &made.schedule.pass_order}) {
        random.shuffle(std::span<Dimension>(*order));
    }
    for (std::size_t axis = 0; axis < 2; ++axis) {
        made.work.strides[axis] = pick(2);
        made.work.dilations[axis] = pick(2);
        made.work.pads[axis] = pick(3) - 1;
    }
    // One output column a pass would slide, which the walk does not model.
    Split& columns = made.schedule.split(Dimension::ox);
    if (columns.unrolled == 1) {
        columns.unrolled = 2;
        columns.tile *= 2;
        columns.extent *= 2;
        made.work.extents[static_cast<std::size_t>(Dimension::ox)] = columns.extent;
    }
    return made;
}

TEST(Counts, EqualAWalkOverTheTilesOffChip) {
    Description machine = unit_description();
    for (std::uint64_t trial = 0; trial < 200; ++trial) {
        const Case made = random_case(Random(11).fork("case", trial));
        const Walked walked = walk_and_count(made.work, made.schedule, Depth::tiles);
        const Moved moved = count_off_chip(machine, made.work, made.schedule);
        EXPECT_EQ(moved.read[0], 16 * walked.weights) << "trial " << trial << " of seed 11";
        EXPECT_EQ(moved.read[1], 16 * walked.inputs) << "trial " << trial << " of seed 11";
        EXPECT_EQ(moved.read[2], 16 * walked.outputs_in) << "trial " << trial << " of seed 11";
        EXPECT_EQ(moved.written[2], 16 * walked.outputs_out) << "trial " << trial << " of seed 11";
    }
}

TEST(Counts, EqualAWalkOverThePassesAtTheBuffer) {
    Description machine = unit_description();
    for (std::uint64_t trial = 0; trial < 200; ++trial) {
        const Case made = random_case(Random(12).fork("case", trial));
        const Walked walked = walk_and_count(made.work, made.schedule, Depth::passes);
        const InnerCounts counts = count_inner(machine, made.work, made.schedule);
        EXPECT_EQ(counts.buffer.read[0], 16 * walked.weights) << "trial " << trial << " of seed 12";
        EXPECT_EQ(counts.buffer.read[1], 16 * walked.inputs) << "trial " << trial << " of seed 12";
        EXPECT_EQ(counts.buffer.read[2], 16 * walked.outputs_in) << "trial " << trial << " of seed 12";
        EXPECT_EQ(counts.buffer.written[2], 16 * walked.outputs_out) << "trial " << trial << " of seed 12";
    }
}

TEST(Counts, DealTheRemainderOfAPassEvenly) {
    // Ten filters in tiles of 7 and 3, packed in pairs: 4 and 2 words on 3 elements of 1 word each.
    Schedule schedule;
    for (Split& split : schedule.splits) split = Split{};
    schedule.split(Dimension::k) = {.extent = 10, .tile = 7, .lanes = 2, .unrolled = 3, .registers = 1};
    const LayerWork work = layer_of(10, 1, 1, 1, 1, 1);
    const InnerCounts counts = count_inner(unit_description(), work, schedule);
    EXPECT_EQ(counts.compute_cycles, 2 + 1);
    EXPECT_EQ(counts.word_operations, 4 + 2);
    // The one input stays in the three elements.
    EXPECT_EQ(counts.array.read[1], 3 * 16);
    EXPECT_EQ(counts.buffer.read[1], 16);
}

TEST(TileBits, LeavePaddingOut) {
    LayerWork work = with_bits(layer_of(2, 3, 4, 4, 3, 3), 4, 8, 16);
    work.pads = {2, 2};
    Schedule schedule;
    for (std::size_t d = 0; d < kDimensions; ++d) {
        schedule.splits[d] = {.extent = work.extents[d], .tile = work.extents[d]};
    }
    const auto bits = tile_bits(work, schedule, 16);
    EXPECT_EQ(bits[0], 2 * 3 * 9 * 4);
    EXPECT_EQ(bits[1], 3 * 4 * 4 * 8);
    EXPECT_EQ(bits[2], 2 * 4 * 4 * 16);
}

} // namespace
} // namespace tandem::spatial
