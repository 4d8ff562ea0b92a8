#include "tandem/mapping/mapper.h"

#include <optional>

#include <gtest/gtest.h>

#include "../machine/spatial/unit_machine.h"
#include "tandem/core/random.h"
#include "tandem/network/topologies/topologies.h"

namespace tandem {
namespace {

std::int64_t pick(Random& random, std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(high - low + 1)));
}

LayerWork random_layer(Random& random, std::int64_t largest) {
    LayerWork work = layer_of(pick(random, 1, largest), pick(random, 1, largest), pick(random, 1, largest),
                              pick(random, 1, largest), pick(random, 1, 4), pick(random, 1, 4));
    for (std::size_t axis = 0; axis < 2; ++axis) {
        work.strides[axis] = pick(random, 1, 2);
        const std::int64_t padded = input_extent(work, axis, work.extents[3 + axis], work.extents[5 + axis]);
        work.pads[axis] = std::min(pick(random, 0, 2), padded - 1);
    }
    return with_bits(work, static_cast<int>(pick(random, 1, 16)), static_cast<int>(pick(random, 1, 16)),
                     static_cast<int>(pick(random, 1, 16)));
}

spatial::Description random_machine(Random& random, std::int64_t largest_buffer_bytes) {
    spatial::Description machine = unit_description();
    machine.array = {.rows = pick(random, 1, 4), .columns = pick(random, 1, 4), .hop_energy = 2.0};
    machine.memories[0].energy_per_access = 50.0;
    machine.memories[0].bandwidth_bits_per_cycle = 64;
    machine.memories[1].energy_per_access = 6.0;
    machine.memories[1].size_bytes = pick(random, 32, largest_buffer_bytes);
    machine.processing_element.partial_sum_bits = 32;
    machine.processing_element.registers = {.filter_words = pick(random, 1, 24),
                                            .input_words = pick(random, 1, 8),
                                            .partial_sum_words = pick(random, 1, 8),
                                            .energy_per_access = 1.0};
    machine.dataflow = static_cast<spatial::Dataflow>(pick(random, 0, 2));
    return machine;
}

TEST(Mapper, FindsTheOptimumThatExhaustiveSearchFinds) {
    int feasible = 0;
    for (std::uint64_t trial = 0; trial < 25; ++trial) {
        Random random = Random(21).fork("trial", trial);
        const MachinePointer machine = make_spatial(random_machine(random, 400));
        const LayerWork work = random_layer(random, 3);
        for (const MappingGoal goal : kAllMappingGoals) {
            const MappingOptions options{.goal = goal};
            const auto expected = map_layer_by_brute_force(work, *machine, options, 3'000);
            if (!expected && expected.error().reason.starts_with("verification")) continue;
            const auto found = map_layer(work, *machine, options);
            ASSERT_EQ(found.has_value(), expected.has_value()) << "trial " << trial << " of seed 21";
            if (!found) continue;
            ++feasible;
            EXPECT_NEAR(found->search.best, expected->search.best, 1e-9 * expected->search.best)
                << "trial " << trial << " of seed 21, goal " << to_string(goal);
            EXPECT_TRUE(found->search.is_complete);
            EXPECT_EQ(found->search.gap(), 0.0);
            EXPECT_EQ(found->search.space_size, expected->search.space_size);
        }
    }
    EXPECT_GT(feasible, 8);
}

TEST(Mapper, FindsTheOptimumOfDeeperHierarchiesAndBypasses) {
    int feasible = 0;
    for (std::uint64_t trial = 0; trial < 24; ++trial) {
        Random random = Random(23).fork("trial", trial);
        spatial::Description description = random_machine(random, 600);
        description.dataflow = spatial::Dataflow::weight_stationary;
        spatial::Memory inner = description.memories[1];
        inner.name = "inner";
        inner.size_bytes = pick(random, 24, 200);
        inner.energy_per_access = 2.0;
        inner.bypass[index_of(Operand::weights)] = trial % 2 == 0;
        if (trial % 3 == 0) inner.operands[index_of(Operand::outputs)] = false;
        description.memories.push_back(inner);
        const MachinePointer machine = make_spatial(description);
        const LayerWork work = random_layer(random, 3);
        for (const MappingGoal goal : {MappingGoal::energy, MappingGoal::cycles}) {
            const MappingOptions options{.goal = goal};
            const auto expected = map_layer_by_brute_force(work, *machine, options, 3'000);
            if (!expected && expected.error().reason.starts_with("verification")) continue;
            const auto found = map_layer(work, *machine, options);
            ASSERT_EQ(found.has_value(), expected.has_value()) << "trial " << trial << " of seed 23";
            if (!found) continue;
            ++feasible;
            EXPECT_NEAR(found->search.best, expected->search.best, 1e-9 * expected->search.best)
                << "trial " << trial << " of seed 23, goal " << to_string(goal);
        }
    }
    EXPECT_GT(feasible, 1);
}

TEST(Mapper, FindsTheOptimumWhereScoresAreBoundsOnly) {
    int feasible = 0;
    for (std::uint64_t trial = 0; trial < 40; ++trial) {
        Random random = Random(24).fork("trial", trial);
        spatial::Description description = random_machine(random, 400);
        description.memories[1].is_double_buffered = trial % 2 == 0;
        description.accounting = spatial::accounting_of(spatial::AccountingPreset::zigzag);
        if (trial % 4 == 0) description.accounting.transfers = spatial::Transfers::overlapped;
        const MachinePointer machine = make_spatial(description);
        const LayerWork work = random_layer(random, 3);
        for (const MappingGoal goal : kAllMappingGoals) {
            const MappingOptions options{.goal = goal};
            const auto expected = map_layer_by_brute_force(work, *machine, options, 3'000);
            if (!expected && expected.error().reason.starts_with("verification")) continue;
            const auto found = map_layer(work, *machine, options);
            ASSERT_EQ(found.has_value(), expected.has_value()) << "trial " << trial << " of seed 24";
            if (!found) continue;
            ++feasible;
            EXPECT_NEAR(found->search.best, expected->search.best, 1e-9 * expected->search.best)
                << "trial " << trial << " of seed 24, goal " << to_string(goal);
            EXPECT_TRUE(found->search.is_complete);
            for (const LevelTraffic& level : found->cost.traffic) {
                EXPECT_GE(found->cost.latency->cycles, level.cycles);
            }
            EXPECT_GE(found->cost.latency->cycles, found->cost.compute_cycles);
        }
    }
    EXPECT_GT(feasible, 8);
}

TEST(Mapper, FindsTheOptimumOfUnevenBlocking) {
    int feasible = 0;
    for (std::uint64_t trial = 0; trial < 40; ++trial) {
        Random random = Random(25).fork("trial", trial);
        spatial::Description description = random_machine(random, 150);
        if (trial % 4 == 0) {
            spatial::Memory inner = description.memories[1];
            inner.name = "inner";
            inner.size_bytes = pick(random, 24, 100);
            inner.energy_per_access = 2.0;
            description.memories.push_back(inner);
            description.dataflow = spatial::Dataflow::weight_stationary;
        }
        const LayerWork work = random_layer(random, 3);
        const MappingOptions options{.goal = trial % 2 == 0 ? MappingGoal::energy : MappingGoal::dram};
        const auto even = map_layer(work, *make_spatial(description), options);
        description.blocking = spatial::Blocking::uneven;
        const MachinePointer machine = make_spatial(description);
        const auto expected = map_layer_by_brute_force(work, *machine, options, 10'000);
        if (!expected && expected.error().reason.starts_with("verification")) continue;
        const auto found = map_layer(work, *machine, options);
        ASSERT_EQ(found.has_value(), expected.has_value()) << "trial " << trial << " of seed 25";
        if (!found) continue;
        ++feasible;
        EXPECT_NEAR(found->search.best, expected->search.best, 1e-9 * expected->search.best)
            << "trial " << trial << " of seed 25";
        EXPECT_TRUE(found->search.is_complete);
        if (even) {
            EXPECT_LE(found->search.best, even->search.best * (1.0 + 1e-12));
        }
    }
    EXPECT_GT(feasible, 8);
}

TEST(Mapper, HoldsAllInputsBesidePartsOfTheOthersWhereBlockingIsUneven) {
    // 24 weights, 10 x 4 inputs, 8 x 32 outputs; 64 words. All inputs, the filter of one output channel and
    // half of its outputs fit, so that everything moves once; in tiles of one size something comes again.
    spatial::Description description = unit_description();
    description.memories[1].size_bytes = 128;
    description.dataflow = spatial::Dataflow::free;
    const LayerWork work = layer_of(8, 1, 8, 4, 3, 1);
    const auto even = map_layer(work, *make_spatial(description), MappingGoal::dram);
    description.blocking = spatial::Blocking::uneven;
    const auto uneven = map_layer(work, *make_spatial(description), MappingGoal::dram);
    EXPECT_EQ(uneven->search.best, 16.0 * (24 + 40 + 256));
    EXPECT_GT(even->search.best, uneven->search.best);
    EXPECT_TRUE(uneven->search.is_complete);
}

TEST(Mapper, IsHonestAboutWhatALimitLeftOpen) {
    const MachinePointer machine = load_machine(TANDEM_SOURCE_DIR "/machines/spatial-168.yaml").value();
    const LayerWork work = layer_of(512, 512, 7, 7, 3, 3);
    const auto whole = map_layer(work, *machine, MappingGoal::energy).value();
    const auto stopped =
        map_layer(work, *machine, MappingOptions{.goal = MappingGoal::energy, .most_mappings = 200}).value();
    EXPECT_FALSE(stopped.search.is_complete);
    EXPECT_GE(stopped.search.best, whole.search.best);
    EXPECT_LE(stopped.search.lower_bound, whole.search.best);
    EXPECT_GE(stopped.search.gap(), 0.0);
    const auto none =
        map_layer(work, *machine, MappingOptions{.goal = MappingGoal::energy, .most_mappings = 1});
    ASSERT_FALSE(none.has_value());
    EXPECT_TRUE(none.error().reason.starts_with("search: found none that fits among the first "))
        << none.error().reason;
}

TEST(Mapper, KeepsToALatency) {
    const MachinePointer machine = load_machine(TANDEM_SOURCE_DIR "/machines/spatial-168.yaml").value();
    const LayerWork work = layer_of(64, 64, 14, 14, 3, 3);
    const Cycles fastest = map_layer(work, *machine, MappingGoal::cycles)->cost.cycles;
    MappingOptions options{.goal = MappingGoal::energy, .most_cycles = fastest};
    EXPECT_EQ(map_layer(work, *machine, options)->cost.cycles, fastest);
    options.most_cycles = fastest - Cycles(1);
    EXPECT_EQ(map_layer(work, *machine, options).error().reason,
              "latency: found " + std::to_string(fastest.value) + " cycles at least, expected at most " +
                  std::to_string(fastest.value - 1));
}

TEST(Mapper, PricesWhatItFindsLikeTheMachineDoes) {
    for (std::uint64_t trial = 0; trial < 100; ++trial) {
        Random random = Random(22).fork("trial", trial);
        const MachinePointer machine = make_spatial(random_machine(random, 4000));
        const LayerWork work = random_layer(random, 20);
        const auto found = map_layer(work, *machine, MappingGoal::energy_delay);
        if (!found) continue;
        EXPECT_EQ(machine->price(work, found->mapping).value(), found->cost);
        EXPECT_GT(found->search.mappings_priced, 0);
        EXPECT_LE(found->cost.utilization, 1.0);
        EXPECT_GE(found->cost.cycles, found->cost.compute_cycles);
    }
}

TEST(Mapper, SearchesFewMappingsWhenTheLayerFits) {
    const MachinePointer machine = load_machine(TANDEM_SOURCE_DIR "/machines/spatial-256.yaml").value();
    const LayerWork work = layer_of(16, 16, 28, 28, 3, 3);
    const auto model = machine->layer_model(work).value();
    const auto found = map_layer(work, *machine, MappingGoal::energy_delay).value();
    EXPECT_EQ(found.search.mappings_priced,
              static_cast<std::int64_t>(model->space().passes.size() * model->space().orders.size()));
    EXPECT_TRUE(found.mapping.temporal[0].empty());
}

TEST(Mapper, LetsOnlyThoseOperandsStayThatTheMachineSays) {
    spatial::Description description = unit_description();
    description.memories[1].size_bytes = 96;
    description.dataflow = spatial::Dataflow::free;
    const LayerWork work = layer_of(8, 8, 4, 4, 1, 1);
    const auto best = [&](spatial::OperandSet staying) {
        description.staying = staying;
        const auto found = map_layer(work, *make_spatial(description), MappingGoal::dram);
        EXPECT_TRUE(found->search.is_complete);
        return found.value();
    };
    const MappedLayer any = best(spatial::kEveryOperand);
    const MappedLayer outputs = best({false, false, true});
    const MappedLayer weights = best({true, false, false});
    EXPECT_LT(outputs.search.space_size, any.search.space_size);
    const MappedLayer inputs = best({false, true, false});
    EXPECT_EQ(any.search.best, std::min({outputs.search.best, weights.search.best, inputs.search.best}));
    EXPECT_LT(any.search.best, std::max({outputs.search.best, weights.search.best, inputs.search.best}));
    // Sums that stay are never read back off chip.
    EXPECT_EQ(outputs.cost.traffic[0].read_values[2], 0);
}

TEST(Mapper, GoesByItsGoal) {
    const MachinePointer machine = load_machine(TANDEM_SOURCE_DIR "/machines/spatial-168.yaml").value();
    for (const LayerWork& work : {layer_of(64, 64, 14, 14, 3, 3), layer_of(512, 512, 7, 7, 3, 3)}) {
        const LayerCost energy = map_layer(work, *machine, MappingGoal::energy)->cost;
        const LayerCost cycles = map_layer(work, *machine, MappingGoal::cycles)->cost;
        const LayerCost both = map_layer(work, *machine, MappingGoal::energy_delay)->cost;
        const auto product = [](const LayerCost& cost) {
            return cost.energy().value * static_cast<double>(cost.cycles.value);
        };
        EXPECT_LE(energy.energy(), std::min(cycles.energy(), both.energy()));
        EXPECT_LE(cycles.cycles, std::min(energy.cycles, both.cycles));
        EXPECT_LE(product(both), std::min(product(energy), product(cycles)));
    }
}

TEST(Mapper, NamesTheBufferThatHoldsNoTile) {
    spatial::Description description = unit_description();
    description.memories[1].size_bytes = 512;
    const auto found =
        map_layer(layer_of(4, 4, 4, 4, 20, 20), *make_spatial(description), MappingGoal::energy);
    ASSERT_FALSE(found.has_value());
    EXPECT_EQ(found.error().reason, "buffer: found a smallest tile of 1,602 bytes, holds 512 bytes");
}

TEST(Mapper, NamesTheTileWithPartialSumsWhenOnlyThoseDoNotFit) {
    // One 2 x 2 window takes two passes, so its sum comes back at 64 bits; 2 bytes would have fitted.
    spatial::Description description = unit_description();
    description.array = {.rows = 1, .columns = 1, .hop_energy = 1.0};
    description.dataflow = spatial::Dataflow::row_stationary;
    description.processing_element.partial_sum_bits = 64;
    description.processing_element.registers.input_words = 1;
    description.memories[1].size_bytes = 8 + 8 + 2;
    const LayerWork work = layer_of(1, 1, 1, 2, 2, 2);
    const auto found = map_layer(work, *make_spatial(description), MappingGoal::energy);
    // With the window's loops innermost the sum never leaves its register.
    EXPECT_TRUE(found.has_value());
    description.memories[1].size_bytes = 8 + 8 + 1;
    const auto none = map_layer(work, *make_spatial(description), MappingGoal::energy);
    ASSERT_FALSE(none.has_value());
    EXPECT_EQ(none.error().reason, "buffer: found a smallest tile of 18 bytes, holds 17 bytes");
}

TEST(Mapper, MapsLayersOfEveryKind) {
    const MachinePointer machine = load_machine(TANDEM_SOURCE_DIR "/machines/spatial-168.yaml").value();
    LayerWork depthwise = layer_of(1, 1, 112, 112, 3, 3);
    depthwise.groups = 64;
    LayerWork dilated = layer_of(16, 16, 20, 20, 3, 3);
    dilated.dilations = {4, 4};
    LayerWork kernel_larger_than_input = layer_of(8, 4, 1, 1, 5, 5);
    kernel_larger_than_input.pads = {4, 4};
    LayerWork batch = layer_of(64, 3, 27, 27, 11, 11);
    batch.extents[0] = 4;
    batch.strides = {4, 4};
    LayerWork wide = layer_of(1, 1, 1, 100000, 1, 25);
    LayerWork big = layer_of(512, 512, 56, 56, 3, 3);
    for (const LayerWork& work : {depthwise, dilated, kernel_larger_than_input, batch, wide, big,
                                  layer_of(4096, 9216, 1, 1, 1, 1), layer_of(1, 1, 1, 1, 1, 1)}) {
        const auto found = map_layer(work, *machine, MappingGoal::energy_delay);
        ASSERT_TRUE(found.has_value()) << found.error().reason;
        const auto lower = static_cast<double>(multiply_accumulates(work).value) / (12 * 14);
        EXPECT_GE(static_cast<double>(found->cost.cycles.value), lower);
        // Nothing moves less than once, except input rows and columns that no output reads.
        EXPECT_GE(found->cost.traffic[0].read[0],
                  width(work, Operand::weights) * elements(work, Operand::weights));
        EXPECT_GE(found->cost.traffic[0].written[2],
                  width(work, Operand::outputs) * elements(work, Operand::outputs));
    }
}

struct Totals {
    double energy = 0.0;
    double cycles = 0.0;
};
Totals resnet8_totals(int bits) {
    const MachinePointer machine = load_machine(TANDEM_SOURCE_DIR "/machines/spatial-256.yaml").value();
    const Network network =
        find_topology("resnet8")->build({.input_shape = {kBatch, 1, 28, 28}, .classes = 10, .seed = 1});
    const Cost cost = Estimator(machine, MappingGoal::energy_delay)
                          .estimate(make_workload(network, uniform_strategy(network, bits, bits)))
                          .value();
    return {.energy = cost.energy().value, .cycles = static_cast<double>(cost.cycles().value)};
}

TEST(Mapper, HalvesTheCostOfResNet8WithTheWidth) {
    const Totals full = resnet8_totals(16);
    const Totals half = resnet8_totals(8);
    const Totals quarter = resnet8_totals(4);
    EXPECT_NEAR(half.cycles / full.cycles, 0.5, 0.03);
    EXPECT_NEAR(quarter.cycles / full.cycles, 0.25, 0.02);
    EXPECT_LT(half.energy / full.energy, 0.55);
    EXPECT_GT(half.energy / full.energy, 0.45);
    EXPECT_LT(quarter.energy / full.energy, 0.30);
    EXPECT_GT(quarter.energy / full.energy, 0.20);
}

TEST(Mapper, SpendsEnergyWherePublishedBreakdownsDo) {
    // Row-stationary arrays: registers and arithmetic lead in convolutions, DRAM in fully connected
    // layers (Chen et al. 2016, figure 11).
    const MachinePointer machine = load_machine(TANDEM_SOURCE_DIR "/machines/spatial-256.yaml").value();
    LayerWork conv = layer_of(256, 128, 27, 27, 3, 3);
    conv.pads = {2, 2};
    const LayerCost convolution = map_layer(conv, *machine, MappingGoal::energy_delay)->cost;
    EXPECT_GT(convolution.compute_energy + convolution.traffic[3].energy, convolution.energy() * 0.6);
    EXPECT_LT(convolution.traffic[0].energy, convolution.traffic[3].energy);
    const LayerCost connected =
        map_layer(layer_of(4096, 4096, 1, 1, 1, 1), *machine, MappingGoal::energy_delay)->cost;
    EXPECT_GT(connected.traffic[0].energy, connected.energy() * 0.8);
}

TEST(Mapper, TellsEqualFiguresApartAsAsked) {
    const MachinePointer machine = make_spatial(unit_description());
    for (const auto& work : {layer_of(4, 3, 4, 4, 2, 2), layer_of(6, 2, 5, 3, 1, 2)}) {
        for (const MappingGoal first : kAllMappingGoals) {
            for (const MappingGoal second : kAllMappingGoals) {
                const MappingOptions options{.goal = first, .then = {second}};
                const auto found = map_layer(work, *machine, options).value();
                const auto tried = map_layer_by_brute_force(work, *machine, options, 3'000'000).value();
                EXPECT_DOUBLE_EQ(found.search.best, tried.search.best);
                const auto told = [second](const LayerCost& cost) {
                    const Bits traffic = cost.traffic[0].read[0] + cost.traffic[0].read[1] +
                                         cost.traffic[0].read[2] + cost.traffic[0].written[2];
                    const auto cycles = static_cast<double>(cost.cycles.value);
                    switch (second) {
                    case MappingGoal::energy: return cost.energy().value;
                    case MappingGoal::cycles: return cycles;
                    case MappingGoal::energy_delay: return cost.energy().value * cycles;
                    case MappingGoal::dram: return static_cast<double>(traffic.value);
                    }
                    return 0.0;
                };
                EXPECT_DOUBLE_EQ(told(found.cost), told(tried.cost));
            }
        }
    }
}

TEST(Mapper, ReadsListsOfGoals) {
    using enum MappingGoal;
    EXPECT_EQ(parse_mapping_goals("edp"), std::vector{energy_delay});
    EXPECT_EQ(parse_mapping_goals("cycles,dram,energy"), (std::vector{cycles, dram, energy}));
    for (const char* bad :
         {"", "cycles,", "speed", "cycles,cycles", "cycles,dram,energy,edp", "cycles, energy"}) {
        EXPECT_FALSE(parse_mapping_goals(bad).has_value()) << bad;
    }
}

/// A systolic array of 4 x 4 with memories that never wait.
MachinePointer systolic(const char* dataflow) {
    const std::string yaml = std::string(R"(family: spatial
name: small
memories:
  - {name: dram, energy_per_access: 100}
  - {name: buffer, size_bytes: 100000, energy_per_access: 10}
array: {rows: 4, columns: 4, hop_energy: 1, systolic: true}
processing_element:
  kind: scalar
  registers: {filter_words: 1, input_words: 1, partial_sum_words: 1, energy_per_access: 1}
dataflow: )") + dataflow + "\n";
    return parse_machine(parse_yaml(yaml, "small.yaml").value(), "small.yaml").value();
}

TEST(Mapper, FindsTheClosedFormsOfSystolicArrays) {
    LayerWork work; // D = 10, K = 6, P = 5
    work.extents = {5, 6, 10, 1, 1, 1, 1};
    const auto cycles = [&](const char* dataflow) {
        return map_layer(work, *systolic(dataflow), MappingGoal::cycles)->cost.compute_cycles.value;
    };
    EXPECT_EQ(cycles("weight-stationary"), 3 * 2 * (2 * 4 + 4 + 5 - 2) - 1);
    EXPECT_EQ(cycles("input-stationary"), 3 * 2 * (2 * 4 + 4 + 6 - 2) - 1);
    EXPECT_EQ(cycles("output-stationary"), 2 * 2 * (4 + 4 + 10 - 2) - 1);
    work.extents = {1, 6, 2, 3, 3, 2, 2}; // D = 8 in two full folds, P = 9
    EXPECT_EQ(cycles("weight-stationary"), 2 * 2 * (2 * 4 + 4 + 9 - 2) - 1);
    EXPECT_EQ(cycles("input-stationary"), 2 * 3 * (2 * 4 + 4 + 6 - 2) - 1);
    EXPECT_EQ(cycles("output-stationary"), 3 * 2 * (4 + 4 + 8 - 2) - 1);
}

} // namespace
} // namespace tandem
