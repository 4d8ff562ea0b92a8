// The counts against loops that are executed access by access, and the simulated output against the plain
// definition of a convolution.
#include "tandem/machine/spatial/simulation.h"

#include <gtest/gtest.h>

#include "tandem/core/random.h"
#include "tandem/machine/spatial/positions.h"
#include "unit_machine.h"

namespace tandem::spatial {
namespace {

using enum Dimension;

std::int64_t pick(Random& random, std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(high - low + 1)));
}

LayerWork random_layer(Random& random) {
    LayerWork work = layer_of(pick(random, 1, 5), pick(random, 1, 4), pick(random, 1, 4), pick(random, 1, 6),
                              pick(random, 1, 3), pick(random, 1, 4));
    work.extents[index_of(n)] = pick(random, 1, 2);
    work.groups = pick(random, 1, 2);
    for (std::size_t axis = 0; axis < 2; ++axis) {
        work.strides[axis] = pick(random, 1, 3);
        work.dilations[axis] = pick(random, 1, 2);
        const std::int64_t padded = input_extent(work, axis, work.extents[3 + axis], work.extents[5 + axis]);
        work.pads[axis] = std::min(pick(random, 0, 3), padded - 1);
    }
    return work;
}

/// Up to three memory levels; operands may be left out of inner ones.
Description random_machine(Random& random) {
    Description machine = unit_description();
    const std::int64_t inner = pick(random, 0, 3);
    machine.memories.resize(1);
    for (std::int64_t m = 0; m < inner; ++m) {
        Memory memory = unit_description().memories[1];
        memory.name = "buffer" + std::to_string(m);
        for (std::size_t o = 0; o < kOperands; ++o) memory.operands[o] = pick(random, 0, 3) > 0;
        if (memory.operands == kNoOperand) memory.operands = kEveryOperand;
        machine.memories.push_back(memory);
    }
    return machine;
}

/// A schedule with remainders everywhere, any order of loops, uneven tiles and bypassed memories.
Mapping random_mapping(Random& random, const Description& machine, const LayerWork& work) {
    Schedule schedule;
    schedule.blocks = static_cast<std::size_t>(pick(random, 1, 4));
    Pass pass;
    if (pick(random, 0, 2) == 0) pass.lanes = {pick(random, 0, 1) == 0 ? c : k, pick(random, 2, 3), 1};
    for (const Dimension dimension : kAllDimensions) {
        if (pick(random, 0, 1) == 0) {
            pass.unrolled[static_cast<std::size_t>(pick(random, 0, 1))].push_back(
                {dimension, pick(random, 2, 3), 1});
        }
        const bool may_stay = dimension == k || dimension == c || dimension == fy || dimension == fx;
        if (may_stay && pick(random, 0, 1) == 0) pass.registers.push_back({dimension, pick(random, 2, 3), 1});
    }
    schedule.splits = splits_of(work, pass);
    for (std::size_t d = 0; d < kDimensions; ++d) {
        for (std::size_t b = 1; b < kMostBlocks; ++b) {
            const std::int64_t outer = schedule.splits[d].tile[b - 1];
            schedule.splits[d].tile[b] = b < schedule.blocks ? pick(random, 1, outer) : outer;
        }
    }
    for (LoopOrder& order : schedule.orders) random.shuffle(std::span<Dimension>(order));
    schedule.held.assign(machine.memories.size(), Held{kBypassed, kBypassed, kBypassed});
    for (std::size_t o = 0; o < kOperands; ++o) {
        schedule.held[0][o] = 0;
        std::int64_t outside = 0;
        for (std::size_t m = 1; m < machine.memories.size(); ++m) {
            if (!machine.memories[m].operands[o] || pick(random, 0, 4) == 0) continue;
            outside = pick(random, outside, static_cast<std::int64_t>(schedule.blocks) - 1);
            schedule.held[m][o] = static_cast<int>(outside);
        }
    }
    return to_mapping(schedule, pass);
}

Tensors random_tensors(Random& random, const LayerWork& work) {
    Tensors tensors;
    tensors.weights.resize(static_cast<std::size_t>(elements(work, Operand::weights)));
    tensors.inputs.resize(static_cast<std::size_t>(work.groups * work.extent(n) * work.extent(c) *
                                                   image_size(work, 0) * image_size(work, 1)));
    for (auto* values : {&tensors.weights, &tensors.inputs}) {
        for (std::int64_t& value : *values) value = pick(random, -9, 9);
    }
    return tensors;
}

/// The definition, one sum at a time.
std::vector<std::int64_t> convolve(const LayerWork& work, const Tensors& tensors) {
    std::vector<std::int64_t> outputs;
    const auto extent = [&](Dimension dimension) { return work.extent(dimension); };
    const auto sum_at = [&](std::int64_t gi, std::int64_t ni, std::int64_t ki, std::int64_t y,
                            std::int64_t x) {
        std::int64_t sum = 0;
        for (std::int64_t ci = 0; ci < extent(c); ++ci) {
            for (std::int64_t i = 0; i < extent(fy) * extent(fx); ++i) {
                const std::int64_t row =
                    y * work.strides[0] + i / extent(fx) * work.dilations[0] - padding_before(work, 0);
                const std::int64_t column =
                    x * work.strides[1] + i % extent(fx) * work.dilations[1] - padding_before(work, 1);
                if (row < 0 || row >= image_size(work, 0) || column < 0 || column >= image_size(work, 1))
                    continue;
                const std::int64_t weight =
                    ((gi * extent(k) + ki) * extent(c) + ci) * extent(fy) * extent(fx) + i;
                const std::int64_t input =
                    (((gi * extent(n) + ni) * extent(c) + ci) * image_size(work, 0) + row) *
                        image_size(work, 1) +
                    column;
                sum += tensors.weights[static_cast<std::size_t>(weight)] *
                       tensors.inputs[static_cast<std::size_t>(input)];
            }
        }
        return sum;
    };
    for (std::int64_t gi = 0; gi < extent(g); ++gi) {
        for (std::int64_t ni = 0; ni < extent(n); ++ni) {
            for (std::int64_t ki = 0; ki < extent(k); ++ki) {
                for (std::int64_t y = 0; y < extent(oy); ++y) {
                    for (std::int64_t x = 0; x < extent(ox); ++x) outputs.push_back(sum_at(gi, ni, ki, y, x));
                }
            }
        }
    }
    return outputs;
}

/// Formulas against loops on random layers, hierarchies and schedules.
void compare(const Accounting& accounting, std::uint64_t seed, std::uint64_t trials) {
    for (std::uint64_t trial = 0; trial < trials; ++trial) {
        Random random = Random(seed).fork("case", trial);
        Description machine = random_machine(random);
        machine.accounting = accounting;
        const LayerWork work = accounted(random_layer(random), accounting);
        const Mapping mapping = random_mapping(random, machine, work);
        const Tensors tensors = random_tensors(random, work);
        const auto simulated = simulate_mapping(machine, work, mapping, tensors);
        ASSERT_TRUE(simulated.has_value()) << simulated.error().reason;
        const Schedule schedule = to_schedule(mapping, work, machine).value();
        const Counts counts = count(work, schedule, accounting);
        const std::string place = "trial " + std::to_string(trial) + " of seed " + std::to_string(seed);
        for (std::size_t m = 0; m < counts.memories.size(); ++m) {
            const MemoryCounts& formula = counts.memories[m];
            const MemoryCounts& walked = simulated->counts.memories[m];
            EXPECT_EQ(formula.read, walked.read) << place << ", memory " << m;
            EXPECT_EQ(formula.written, walked.written) << place << ", memory " << m;
            EXPECT_EQ(formula.finished_read, walked.finished_read) << place << ", memory " << m;
            EXPECT_EQ(formula.finished_written, walked.finished_written) << place << ", memory " << m;
            EXPECT_EQ(formula.sums_read, walked.sums_read) << place << ", memory " << m;
            EXPECT_EQ(formula.sums_written, walked.sums_written) << place << ", memory " << m;
            for (const Operand operand : kAllOperands) {
                const int depth = schedule.held[m][index_of(operand)];
                if (m == 0 || depth == kBypassed) continue;
                EXPECT_LE(simulated->most_held[m][index_of(operand)],
                          tile_elements(work, schedule, operand, static_cast<std::size_t>(depth),
                                        accounting.input_positions))
                    << place;
            }
        }
        EXPECT_EQ(counts.holds_sums, simulated->counts.holds_sums) << place;
        EXPECT_EQ(counts.array.steps, simulated->counts.array.steps) << place;
        EXPECT_EQ(counts.array.word_operations, simulated->counts.array.word_operations) << place;
        EXPECT_EQ(counts.array.operand_words, simulated->counts.array.operand_words) << place;
        EXPECT_EQ(counts.array.accumulations, simulated->counts.array.accumulations) << place;
        EXPECT_EQ(counts.array.entered, simulated->counts.array.entered) << place;
        EXPECT_EQ(counts.array.sums_entered, simulated->counts.array.sums_entered) << place;
        EXPECT_EQ(counts.array.sums_left, simulated->counts.array.sums_left) << place;
        EXPECT_EQ(counts.array.stays, simulated->counts.array.stays) << place;
        EXPECT_EQ(simulated->outputs, convolve(work, tensors)) << place;
        if (testing::Test::HasFailure()) break;
    }
}

TEST(Simulation, CountsWhatTheFormulasCount) { compare({}, 11, 1500); }

TEST(Simulation, CountsWhatTheFormulasCountUnderEveryPreset) {
    std::uint64_t seed = 20;
    for (const AccountingPreset preset : kAllAccountingPresets) compare(accounting_of(preset), ++seed, 400);
}

TEST(Simulation, CountsWhatTheFormulasCountUnderEverySwitch) {
    compare({.register_reads = RegisterReads::on_change}, 31, 400);
    compare({.input_positions = InputPositions::bounding_box}, 32, 400);
    compare({.first_read = FirstRead::charged}, 33, 400);
    compare({.padding = Padding::fetched}, 34, 400);
    compare({.groups = Groups::dense}, 35, 400);
}

} // namespace
} // namespace tandem::spatial
