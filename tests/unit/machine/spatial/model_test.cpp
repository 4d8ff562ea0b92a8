// Costs worked by hand on a machine whose every cost is 1.
#include "tandem/machine/spatial/model.h"

#include <gtest/gtest.h>

#include "unit_machine.h"

namespace tandem {
namespace {

using enum Dimension;

std::array<Bits, kOperands> words(std::int64_t weights, std::int64_t inputs, std::int64_t outputs) {
    return {Bits(16 * weights), Bits(16 * inputs), Bits(16 * outputs)};
}

/// Filter rows down the columns, output rows along the rows; the filter row slides over two outputs.
Mapping row_stationary_2x2() {
    Mapping mapping;
    mapping.unrolled = {std::vector<Loop>{{fy, 2, 1}}, std::vector<Loop>{{oy, 2, 1}}};
    mapping.temporal = {{}, {{ox, 2, 1}}, {{fx, 2, 1}}};
    return mapping;
}

TEST(SpatialModel, PricesARowStationaryConvolutionByHand) {
    const MachinePointer machine = make_spatial(unit_description());
    const LayerCost cost = machine->price(layer_of(1, 1, 2, 2, 2, 2), row_stationary_2x2()).value();

    // 16 products on 4 elements: 2 outputs of 2 products each.
    EXPECT_EQ(cost.compute_cycles, Cycles(4));
    EXPECT_EQ(cost.compute_energy, NormalizedEnergy(16));
    ASSERT_EQ(cost.traffic.size(), 4U);

    // Everything once: 2 x 2 weights, 3 x 3 inputs, 2 x 2 outputs.
    EXPECT_EQ(cost.traffic[0].level, "dram");
    EXPECT_EQ(cost.traffic[0].read, words(4, 9, 0));
    EXPECT_EQ(cost.traffic[0].written, words(0, 0, 4));
    EXPECT_EQ(cost.traffic[0].energy, NormalizedEnergy(17));

    // The array takes each word once, however many elements share it, and the window slides.
    EXPECT_EQ(cost.traffic[1].level, "buffer");
    EXPECT_EQ(cost.traffic[1].read, words(4, 9, 4));
    EXPECT_EQ(cost.traffic[1].written, words(4, 9, 4));
    EXPECT_EQ(cost.traffic[1].energy, NormalizedEnergy(34));

    // Each weight enters two elements (one an output row); each element sees a row of 3 inputs; each
    // output is handed on by two elements (one a filter row).
    EXPECT_EQ(cost.traffic[2].level, "array");
    EXPECT_EQ(cost.traffic[2].read, words(8, 12, 0));
    EXPECT_EQ(cost.traffic[2].written, words(0, 0, 8));
    EXPECT_EQ(cost.traffic[2].energy, NormalizedEnergy(28));

    // Each product reads a weight, an input and a partial sum, and writes the sum; 8 sums leave.
    EXPECT_EQ(cost.traffic[3].level, "registers");
    EXPECT_EQ(cost.traffic[3].read, words(16, 16, 16 + 8));
    EXPECT_EQ(cost.traffic[3].written, words(8, 12, 16));
    EXPECT_EQ(cost.traffic[3].energy, NormalizedEnergy(92));

    EXPECT_EQ(cost.energy(), NormalizedEnergy(16 + 17 + 34 + 28 + 92));
    // One word a cycle from DRAM: 17 cycles; ten words a cycle at the buffer: 4.
    EXPECT_EQ(cost.cycles, Cycles(17));
    EXPECT_DOUBLE_EQ(cost.utilization, 16.0 / (17 * 4));
}

TEST(SpatialModel, StallsOnTheBufferWhenItIsTheNarrowest) {
    spatial::Description description = unit_description();
    description.memories[0].bandwidth_bits_per_cycle = 1600;
    description.memories[1].bandwidth_bits_per_cycle = 48;
    const LayerCost cost =
        make_spatial(description)->price(layer_of(1, 1, 2, 2, 2, 2), row_stationary_2x2()).value();
    EXPECT_EQ(cost.cycles, Cycles(12)); // 34 words, three a cycle
    EXPECT_EQ(cost.compute_cycles, Cycles(4));
}

/// Two inputs channels into one output row of two, one product each; tiles of one.
Mapping two_tile_loops(Loop outer, Loop inner) {
    Mapping mapping;
    mapping.temporal = {{outer, inner}, {}, {}};
    return mapping;
}

TEST(SpatialModel, SpillsPartialSumsWhenAReductionLoopLiesOutside) {
    const MachinePointer machine = make_spatial(unit_description());
    const LayerWork work = layer_of(1, 2, 1, 2, 1, 1);
    const LayerCost cost = machine->price(work, two_tile_loops({c, 2, 1}, {ox, 2, 1})).value();
    // Weights stay while the outputs pass; both sums go out unfinished once and come back once.
    EXPECT_EQ(cost.traffic[0].read, words(2, 4, 2));
    EXPECT_EQ(cost.traffic[0].written, words(0, 0, 4));
    // At the buffer: in from DRAM 2 + 4 + 2, out to it 4; to the array 2 + 4 + 2, back from it 4.
    EXPECT_EQ(cost.traffic[1].read, words(2, 4, 2 + 4));
    EXPECT_EQ(cost.traffic[1].written, words(2, 4, 2 + 4));
    // Four sums leave an element, two of them come back in first.
    EXPECT_EQ(cost.traffic[2].read, words(2, 4, 2));
    EXPECT_EQ(cost.traffic[2].written, words(0, 0, 4));
    EXPECT_EQ(cost.traffic[3].read, words(4, 4, 4 + 4));
    EXPECT_EQ(cost.traffic[3].written, words(2, 4, 4 + 2));
}

std::vector<std::int64_t> share_of(const LevelLatency& level) {
    return {level.fill.value, level.stall.value, level.drain.value};
}
using Share = std::vector<std::int64_t>;

TEST(SpatialModel, FillsAndDrainsByHand) {
    spatial::Description description = unit_description();
    const LayerWork work = layer_of(1, 1, 2, 2, 2, 2);
    const LayerCost overlapped = make_spatial(description)->price(work, row_stationary_2x2()).value();
    const Latency& latency = overlapped.latency.value();
    ASSERT_EQ(latency.levels.size(), 2U);
    // The first pass takes 4 weights and 3 rows of 2 inputs, ten words a cycle; the last one leaves 2
    // outputs.
    EXPECT_EQ(latency.levels[1].level, "array");
    EXPECT_EQ(share_of(latency.levels[1]), (Share{1, 0, 1}));
    // One tile, a word a cycle: 13 words in, then 4 steps with their fill and drain, then 4 outputs.
    EXPECT_EQ(latency.levels[0].level, "buffer");
    EXPECT_EQ(latency.levels[0].slowest_port, "dram");
    EXPECT_EQ(share_of(latency.levels[0]), (Share{13, 0, 4}));
    EXPECT_EQ(latency.cycles, Cycles(13 + 1 + 4 + 1 + 4));
    EXPECT_EQ(overlapped.cycles, Cycles(17));

    description.accounting.transfers = spatial::Transfers::staged;
    const LayerCost staged = make_spatial(description)->price(work, row_stationary_2x2()).value();
    EXPECT_EQ(staged.cycles, Cycles(23));
    EXPECT_EQ(staged.latency, overlapped.latency);
    EXPECT_EQ(staged.traffic, overlapped.traffic);
    EXPECT_DOUBLE_EQ(staged.utilization, 16.0 / (23 * 4));
}

TEST(SpatialModel, StallsByHandWithOneBufferAndWithTwo) {
    spatial::Description description = unit_description();
    const LayerWork work = layer_of(1, 2, 1, 2, 1, 1);
    const Mapping mapping = two_tile_loops({c, 2, 1}, {ox, 2, 1});
    // Twelve words cross the port of the DRAM (see below), of which 2 fill the first tile and 1 drains the
    // last. The array works for 1 + 4 + 1 cycles.
    const LayerCost one = make_spatial(description)->price(work, mapping).value();
    EXPECT_EQ(share_of(one.latency->levels[0]), (Share{2, 9, 1}));
    EXPECT_EQ(one.latency->cycles, Cycles(12 + 6));
    description.memories[1].is_double_buffered = true;
    const LayerCost two = make_spatial(description)->price(work, mapping).value();
    // Of the other nine words six pass beside the work.
    EXPECT_EQ(share_of(two.latency->levels[0]), (Share{2, 3, 1}));
    EXPECT_EQ(two.latency->cycles, Cycles(12));
    // A port for each direction: 8 words are read from the DRAM, 4 written to it.
    description.memories[0].bandwidth_bits_per_cycle.reset();
    description.memories[0].read_bandwidth_bits_per_cycle = 16;
    description.memories[0].write_bandwidth_bits_per_cycle = 16;
    const LayerCost ports = make_spatial(description)->price(work, mapping).value();
    EXPECT_EQ(ports.latency->levels[0].slowest_port, "dram read");
    EXPECT_EQ(share_of(ports.latency->levels[0]), (Share{2, 0, 1}));
    EXPECT_EQ(ports.latency->cycles, Cycles(2 + 6 + 1));
}

TEST(SpatialModel, AddsNothingToTheClosedFormsOfASystolicArrayThatIsFedInTime) {
    spatial::Description description = unit_description();
    description.memories[0].bandwidth_bits_per_cycle.reset();
    description.memories[1].bandwidth_bits_per_cycle.reset();
    description.dataflow = spatial::Dataflow::weight_stationary;
    description.array.is_systolic = true;
    Mapping mapping;
    mapping.unrolled = {std::vector<Loop>{{c, 2, 1}}, std::vector<Loop>{{k, 2, 1}}};
    mapping.temporal = {{}, {{ox, 3, 1}}, {}};
    const LayerCost cost = make_spatial(description)->price(layer_of(2, 2, 1, 3, 1, 1), mapping).value();
    EXPECT_EQ(cost.compute_cycles, Cycles(2 * 2 + 2 + 3 - 2 - 1));
    EXPECT_EQ(cost.latency->cycles, cost.compute_cycles);
    EXPECT_EQ(share_of(cost.latency->levels[1]), (Share{0, 0, 0}));
    EXPECT_EQ(cost.latency->levels[1].slowest_port, "");
}

/// Filters one after the other in tiles of their own: the time on a port of one word a cycle, tile by tile.
/// With two buffers the next weights come and the last outputs go while a tile is worked on.
std::int64_t walk(std::int64_t filters, std::int64_t channels, std::int64_t columns, bool has_two_buffers) {
    const std::int64_t weights = channels;
    const std::int64_t outputs = columns;
    const std::int64_t steps = channels * columns;
    std::int64_t time = weights + channels * columns; // and all inputs, which stay
    for (std::int64_t tile = 0; tile < filters; ++tile) {
        const std::int64_t next = tile + 1 < filters ? weights : 0;
        const std::int64_t before = tile > 0 ? outputs : 0;
        time += has_two_buffers ? std::max(steps, next + before) : steps + next + before;
    }
    return time + outputs;
}

TEST(SpatialModel, TakesAsLongAsAWalkFromTileToTile) {
    for (const std::int64_t filters : {1, 2, 3, 5}) {
        for (const std::int64_t channels : {1, 2, 4}) {
            for (const std::int64_t columns : {1, 2, 3}) {
                spatial::Description description = unit_description();
                description.memories[1].bandwidth_bits_per_cycle.reset();
                const LayerWork work = layer_of(filters, channels, 1, columns, 1, 1);
                Mapping mapping;
                mapping.temporal = {{{k, filters, 1}}, {{ox, columns, 1}, {c, channels, 1}}, {}};
                const auto time = [&] {
                    return make_spatial(description)->price(work, mapping)->latency->cycles.value;
                };
                EXPECT_EQ(time(), walk(filters, channels, columns, false));
                description.memories[1].is_double_buffered = true;
                const std::int64_t walked = walk(filters, channels, columns, true);
                // Tiles that wait and tiles that are waited for even out, in the formula only.
                EXPECT_LE(time(), walked);
                if (channels * columns >= channels + columns) {
                    EXPECT_EQ(time(), walked);
                }
            }
        }
    }
}

TEST(SpatialModel, KeepsPartialSumsWhenTheReductionLoopLiesInside) {
    const MachinePointer machine = make_spatial(unit_description());
    const LayerWork work = layer_of(1, 2, 1, 2, 1, 1);
    const LayerCost cost = machine->price(work, two_tile_loops({ox, 2, 1}, {c, 2, 1})).value();
    EXPECT_EQ(cost.traffic[0].read, words(4, 4, 0)); // both weights again for the second output
    EXPECT_EQ(cost.traffic[0].written, words(0, 0, 2));
    EXPECT_EQ(cost.traffic[1].read, words(4, 4, 2));
    EXPECT_EQ(cost.traffic[1].written, words(4, 4, 2));
    EXPECT_EQ(cost.traffic[2].written, words(0, 0, 2));
    EXPECT_EQ(cost.traffic[3].read, words(4, 4, 4 + 2));
}

TEST(SpatialModel, MovesPartialSumsAtTheirOwnWidth) {
    spatial::Description description = unit_description();
    description.processing_element.partial_sum_bits = 32;
    const LayerWork work = with_bits(layer_of(1, 2, 1, 2, 1, 1), 16, 16, 4);
    const LayerCost cost =
        make_spatial(description)->price(work, two_tile_loops({c, 2, 1}, {ox, 2, 1})).value();
    constexpr auto kOutputs = static_cast<std::size_t>(Operand::outputs);
    // Two unfinished sums of 32 bits and two finished outputs of 4 bits.
    EXPECT_EQ(cost.traffic[0].written[kOutputs], Bits(2 * 32 + 2 * 4));
    EXPECT_EQ(cost.traffic[0].read[kOutputs], Bits(2 * 32));
    EXPECT_EQ(cost.traffic[2].written[kOutputs], Bits(4 * 32));
    // In the registers a partial sum is one access: 4 + 4 reads, 4 + 2 writes; weights 4 reads, 2
    // writes; inputs 4 reads, 4 writes.
    EXPECT_EQ(cost.traffic[3].energy, NormalizedEnergy(14 + 6 + 8));
}

TEST(SpatialModel, SharesWordsAmongTheLanesOfNarrowOperands) {
    spatial::Description description = unit_description();
    description.memories[0].bandwidth_bits_per_cycle = 1600;
    const LayerWork work = with_bits(layer_of(1, 3, 1, 1, 1, 1), 8, 5, 8);
    Mapping mapping;
    mapping.lanes = {c, 2, 1};
    mapping.temporal = {{}, {}, {{c, 2, 2}}};
    const LayerCost cost = make_spatial(description)->price(work, mapping).value();
    // Three channels in two words: two operations, each reading a whole word of weights and of inputs.
    EXPECT_EQ(cost.compute_cycles, Cycles(2));
    EXPECT_EQ(cost.compute_energy, NormalizedEnergy(2));
    EXPECT_EQ(cost.traffic[3].read, words(2, 2, 2 + 1));
    // Memories pack densely: 3 x 8 bits of weights, 3 x 5 of inputs, 8 of output.
    EXPECT_EQ(cost.traffic[0].energy, NormalizedEnergy((24.0 + 15.0 + 8.0) / 16.0));
    EXPECT_DOUBLE_EQ(cost.utilization, 3.0 / (2 * 4 * 2));
}

TEST(SpatialModel, KeepsAPartialSumForEachLaneAlongFilters) {
    spatial::Description description = unit_description();
    description.processing_element.registers.partial_sum_words = 2;
    const LayerWork work = with_bits(layer_of(2, 1, 1, 1, 1, 1), 8, 8, 8);
    Mapping mapping;
    mapping.lanes = {k, 2, 1};
    mapping.temporal = {{}, {}, {}};
    const LayerCost cost = make_spatial(description)->price(work, mapping).value();
    EXPECT_EQ(cost.compute_energy, NormalizedEnergy(1));
    EXPECT_EQ(cost.traffic[3].read, words(1, 1, 2 + 2)); // two sums accumulated, two leave
}

TEST(SpatialModel, MultipliesByTheGroups) {
    const MachinePointer machine = make_spatial(unit_description());
    LayerWork work = layer_of(1, 1, 2, 2, 2, 2);
    const LayerCost one = machine->price(work, row_stationary_2x2()).value();
    work.groups = 3;
    Mapping mapping = row_stationary_2x2();
    mapping.temporal[0] = {{g, 3, 1}};
    const LayerCost three = machine->price(work, mapping).value();
    EXPECT_EQ(three.energy(), one.energy() * 3.0);
    EXPECT_EQ(three.cycles, one.cycles * 3);
    EXPECT_EQ(three.traffic[1].read[0], one.traffic[1].read[0] * 3);
}

std::string reason(const spatial::Description& machine, const LayerWork& work, const Mapping& mapping) {
    const auto priced = make_spatial(machine)->price(work, mapping);
    return priced ? "feasible" : priced.error().reason;
}

TEST(SpatialModel, NamesTheBufferThatIsTooSmall) {
    spatial::Description machine = unit_description();
    const LayerWork work = layer_of(1, 1, 2, 2, 2, 2);
    machine.memories[1].size_bytes = (4 + 9 + 4) * 2; // one tile, exactly
    EXPECT_EQ(reason(machine, work, row_stationary_2x2()), "feasible");
    machine.memories[1].size_bytes = (4 + 9 + 4) * 2 - 1;
    EXPECT_EQ(reason(machine, work, row_stationary_2x2()),
              "buffer: found a tile of 34 bytes, holds 33 bytes");
}

TEST(SpatialModel, ReservesTheWidthOfPartialSumsThatComeBack) {
    spatial::Description machine = unit_description();
    machine.processing_element.partial_sum_bits = 64;
    machine.memories[1].size_bytes = 2 + 2 + 7;
    const LayerWork work = layer_of(1, 2, 1, 2, 1, 1);
    EXPECT_EQ(reason(machine, work, two_tile_loops({ox, 2, 1}, {c, 2, 1})), "feasible");
    EXPECT_EQ(reason(machine, work, two_tile_loops({c, 2, 1}, {ox, 2, 1})),
              "buffer: found a tile of 12 bytes, holds 11 bytes");
}

TEST(SpatialModel, NamesWhatOfAMappingExceedsTheArray) {
    const spatial::Description machine = unit_description();
    const LayerWork work = with_bits(layer_of(4, 4, 1, 1, 1, 1), 16, 9, 16);
    Mapping mapping;
    mapping.temporal = {{}, {}, {}};
    mapping.unrolled = {std::vector<Loop>{{c, 4, 1}}, std::vector<Loop>{{k, 4, 1}}};
    EXPECT_EQ(reason(machine, work, mapping), "array: found 4 rows, has 2");
    mapping.unrolled[0] = {};
    mapping.temporal[1] = {{c, 4, 1}};
    EXPECT_EQ(reason(machine, work, mapping), "array: found 4 columns, has 2");
    mapping.unrolled[1] = {};
    mapping.temporal = {{}, {{c, 4, 1}}, {{k, 4, 1}}};
    EXPECT_EQ(reason(machine, work, mapping), "registers: found 4 filter words, hold 2");
    mapping.temporal = {{}, {{k, 4, 1}}, {{c, 4, 1}}};
    EXPECT_EQ(reason(machine, work, mapping), "registers: found 4 input words, hold 2");
    mapping.temporal = {{}, {{c, 4, 1}, {k, 2, 2}}, {{k, 2, 1}}};
    EXPECT_EQ(reason(machine, work, mapping), "registers: found 2 partial sums, hold 1");
    mapping.temporal = {{}, {{c, 2, 2}, {k, 4, 1}}, {}};
    mapping.lanes = {c, 2, 1};
    EXPECT_EQ(reason(machine, work, mapping), "array: found 2 lanes, has 1 at these widths");
}

std::string obstacle(const spatial::Description& machine, const LayerWork& work) {
    const auto space = make_spatial(machine)->mapping_space(work);
    return space ? "feasible" : space.error().reason;
}

TEST(SpatialModel, SaysWhyNoMappingCanExist) {
    spatial::Description machine = unit_description();
    const LayerWork work = layer_of(8, 8, 8, 8, 20, 20);
    EXPECT_EQ(obstacle(machine, work), "buffer: found a smallest tile of 1,602 bytes, holds 1,024 bytes");
    machine.memories[1].size_bytes = 1602;
    EXPECT_EQ(obstacle(machine, work), "feasible");
    machine.memories[0].size_bytes = 100;
    EXPECT_EQ(obstacle(machine, layer_of(4, 4, 2, 2, 2, 2)),
              "dram: found a layer of 232 bytes, holds 100 bytes");
    machine = unit_description();
    machine.processing_element.maximum_bits = 8;
    machine.processing_element.partial_sum_bits = 16;
    EXPECT_EQ(obstacle(machine, with_bits(work, 4, 9, 4)),
              "processing element: found 9-bit operands, multiplies up to 8 bits");
    EXPECT_EQ(obstacle(machine, with_bits(layer_of(1 << 20, 1 << 20, 4, 8, 1, 1), 4, 4, 4)),
              "layer: found 3.52e+13 multiply-accumulates on 4.72e+07 input positions, the model counts up "
              "to 1e+13 and 1e+10");
}

} // namespace
} // namespace tandem
