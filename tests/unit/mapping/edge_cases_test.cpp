// Layers and machines at the edge, each mapped with proof and executed access by access under the mapping
// found: the simulation counts what the mapper was charged.
#include <gtest/gtest.h>

#include "../machine/spatial/unit_machine.h"
#include "tandem/machine/spatial/positions.h"
#include "tandem/machine/spatial/simulation.h"
#include "tandem/mapping/mapper.h"

namespace tandem {
namespace {

using enum Dimension;

spatial::Description machine_of(std::int64_t rows, std::int64_t columns, std::int64_t buffer_bytes) {
    spatial::Description machine = unit_description();
    machine.array = {.rows = rows, .columns = columns, .hop_energy = 1.0};
    machine.memories[1].size_bytes = buffer_bytes;
    machine.processing_element.registers = {
        .filter_words = 12, .input_words = 6, .partial_sum_words = 4, .energy_per_access = 1.0};
    return machine;
}

/// Every value that the memories and the array move, under the best mapping, in the model and in the
/// simulation.
void expect_simulated(const LayerWork& work, const spatial::Description& machine) {
    const auto found = map_layer(work, *make_spatial(machine), MappingGoal::energy);
    ASSERT_TRUE(found.has_value()) << found.error().reason;
    EXPECT_TRUE(found->search.is_complete);
    spatial::Tensors tensors;
    tensors.weights.resize(static_cast<std::size_t>(elements(work, Operand::weights)), 1);
    tensors.inputs.resize(static_cast<std::size_t>(work.groups * work.extent(n) * work.extent(c) *
                                                   spatial::image_size(work, 0) *
                                                   spatial::image_size(work, 1)),
                          1);
    const auto simulated = spatial::simulate_mapping(machine, work, found->mapping, tensors);
    ASSERT_TRUE(simulated.has_value()) << simulated.error().reason;
    for (std::size_t m = 0; m < machine.memories.size(); ++m) {
        const spatial::MemoryCounts& counts = simulated->counts.memories[m];
        const LevelTraffic& traffic = found->cost.traffic[m];
        EXPECT_EQ(traffic.read_values,
                  (std::array<std::int64_t, kOperands>{counts.read[0], counts.read[1],
                                                       counts.finished_read + counts.sums_read}))
            << traffic.level;
        EXPECT_EQ(traffic.written_values,
                  (std::array<std::int64_t, kOperands>{counts.written[0], counts.written[1],
                                                       counts.finished_written + counts.sums_written}))
            << traffic.level;
    }
    EXPECT_EQ(found->cost.compute_cycles.value, simulated->counts.array.steps);
}

TEST(EdgeCases, OnePixel) { expect_simulated(layer_of(10, 24, 1, 1, 1, 1), machine_of(4, 4, 256)); }

TEST(EdgeCases, Depthwise) {
    LayerWork work = layer_of(1, 1, 6, 6, 3, 3);
    work.groups = 5;
    work.pads = {2, 2};
    expect_simulated(work, machine_of(4, 4, 256));
}

TEST(EdgeCases, Grouped) {
    LayerWork work = layer_of(3, 2, 5, 5, 3, 3);
    work.groups = 3;
    expect_simulated(work, machine_of(4, 4, 256));
}

TEST(EdgeCases, Dilated) {
    LayerWork work = layer_of(2, 3, 4, 5, 3, 3);
    work.dilations = {2, 3};
    work.pads = {4, 6};
    expect_simulated(work, machine_of(4, 4, 256));
}

TEST(EdgeCases, StridedWithPadding) {
    LayerWork work = layer_of(4, 2, 5, 5, 3, 3);
    work.strides = {2, 3};
    work.pads = {1, 2};
    expect_simulated(work, machine_of(4, 4, 256));
}

TEST(EdgeCases, StridedFilterOfOneTap) {
    LayerWork work = layer_of(4, 6, 5, 5, 1, 1);
    work.strides = {2, 2};
    expect_simulated(work, machine_of(4, 4, 128));
}

TEST(EdgeCases, KernelLargerThanInput) {
    LayerWork work = layer_of(2, 2, 2, 2, 5, 5);
    work.pads = {4, 4};
    expect_simulated(work, machine_of(4, 4, 256));
}

TEST(EdgeCases, Batch) {
    LayerWork work = layer_of(3, 2, 4, 4, 3, 3);
    work.extents[index_of(n)] = 3;
    expect_simulated(work, machine_of(4, 4, 128));
}

TEST(EdgeCases, OneElement) { expect_simulated(layer_of(3, 2, 4, 4, 3, 3), machine_of(1, 1, 128)); }

TEST(EdgeCases, BufferThatHoldsExactlyOneTile) {
    // One filter of one channel, its window and one output: 9 + 9 + 1 values of 16 bits.
    expect_simulated(layer_of(2, 2, 3, 3, 3, 3), machine_of(1, 1, 2 * (9 + 9 + 1)));
}

TEST(EdgeCases, BufferOneByteTooSmall) {
    const auto found =
        map_layer(layer_of(2, 2, 3, 3, 3, 3), *make_spatial(machine_of(1, 1, 37)), MappingGoal::energy);
    ASSERT_FALSE(found.has_value());
    EXPECT_EQ(found.error().reason, "buffer: found a smallest tile of 38 bytes, holds 37 bytes");
    spatial::Description halves = machine_of(1, 1, 75);
    halves.memories[1].is_double_buffered = true;
    const auto half = map_layer(layer_of(2, 2, 3, 3, 3, 3), *make_spatial(halves), MappingGoal::energy);
    ASSERT_FALSE(half.has_value());
    EXPECT_EQ(half.error().reason,
              "buffer: found a smallest tile of 38 bytes, holds 37 bytes in each half; 76 "
              "bytes in all would do");
    halves.memories[1].size_bytes = 76;
    EXPECT_TRUE(
        map_layer(layer_of(2, 2, 3, 3, 3, 3), *make_spatial(halves), MappingGoal::energy).has_value());
}

TEST(EdgeCases, MoreOperationsThanThirtyOneBitsCount) {
    const MachinePointer machine = load_machine(TANDEM_SOURCE_DIR "/machines/spatial-1024.yaml").value();
    LayerWork work = layer_of(2048, 2048, 64, 64, 1, 1); // 2^34
    const auto found = map_layer(work, *machine, MappingGoal::energy);
    ASSERT_TRUE(found.has_value()) << found.error().reason;
    EXPECT_TRUE(found->search.is_complete);
    EXPECT_EQ(found->cost.compute_energy.value, 17179869184.0);
    EXPECT_EQ(found->cost.traffic.back().read_values[0], 17179869184);
    EXPECT_GE(found->cost.cycles.value, 17179869184 / 1024);
}

} // namespace
} // namespace tandem
