// The presets on two small layers, every figure worked by hand: one element, everything in one tile.
#include "tandem/machine/spatial/accounting.h"

#include <gtest/gtest.h>

#include "unit_machine.h"

namespace tandem::spatial {
namespace {

using enum Dimension;

LayerCost price(const LayerWork& work, const Mapping& mapping, AccountingPreset preset) {
    Description machine = unit_description();
    machine.processing_element.registers = {
        .filter_words = 9, .input_words = 9, .partial_sum_words = 1, .energy_per_access = 1.0};
    machine.accounting = accounting_of(preset);
    return make_spatial(machine)->price(work, mapping).value();
}

/// One tap, stride 2: 2 x 2 outputs read 4 of 3 x 3 inputs.
LayerWork strided() {
    LayerWork work = layer_of(1, 1, 2, 2, 1, 1);
    work.strides = {2, 2};
    return work;
}

/// 3 x 3 taps over a 2 x 2 image with one row and column of padding on each side: 4 x 4 with padding.
LayerWork padded() {
    LayerWork work = layer_of(1, 1, 2, 2, 3, 3);
    work.pads = {2, 2};
    return work;
}

Mapping one_tile(std::vector<Loop> registers) {
    Mapping mapping;
    mapping.temporal = {{}, {{oy, 2, 1}, {ox, 2, 1}}, std::move(registers)};
    return mapping;
}

struct Figures {
    AccountingPreset preset;
    std::int64_t dram_inputs;     ///< read
    std::int64_t buffer_inputs;   ///< read
    std::int64_t register_weight; ///< read
    std::int64_t register_sums;   ///< read
    std::int64_t cycles;
};

void expect(const LayerWork& work, const Mapping& mapping, const Figures& figures) {
    const LayerCost cost = price(work, mapping, figures.preset);
    EXPECT_EQ(cost.traffic[0].read_values[1], figures.dram_inputs) << to_string(figures.preset);
    EXPECT_EQ(cost.traffic[1].read_values[1], figures.buffer_inputs) << to_string(figures.preset);
    EXPECT_EQ(cost.traffic[3].read_values[0], figures.register_weight) << to_string(figures.preset);
    EXPECT_EQ(cost.traffic[3].read_values[2], figures.register_sums) << to_string(figures.preset);
    EXPECT_EQ(cost.cycles.value, figures.cycles) << to_string(figures.preset);
}

TEST(AccountingPresets, OfAStridedFilterOfOneTap) {
    // Each output takes one input into the array. Its one weight is read for each of 4 products, or once
    // where it does not change; 4 sums are read to be added to (the same on change: each is another one), and
    // as they leave. A word a cycle: 1 weight, the inputs and 4 outputs cross the DRAM's port.
    using enum AccountingPreset;
    const Mapping mapping = one_tile({});
    expect(strided(), mapping, {tandem, 4, 4, 4, 4 + 4, 1 + 4 + 4});
    expect(strided(), mapping, {timeloop, 9, 4, 4, 4 + 4, 1 + 9 + 4});
    expect(strided(), mapping, {chip, 4, 4, 4, 4 + 4, 1 + 4 + 4});
    // Tiles followed: ten words fill the buffer, then a pass fills the array (1), 4 steps, one output leaves
    // it (but both fit into the cycle that all its transfers take), and 4 outputs drain the buffer.
    expect(strided(), mapping, {zigzag, 9, 4, 1, 4 + 4, 10 + 1 + 4 + 4});
}

TEST(AccountingPresets, OfAPaddedFilter) {
    // The window slides along each row of outputs: 2 x 2 of its inputs lie in the image, 3 rows of 4 with
    // padding. 36 products; on change a sum is taken up once an output.
    using enum AccountingPreset;
    const Mapping mapping = one_tile({{fy, 3, 1}, {fx, 3, 1}});
    expect(padded(), mapping, {tandem, 4, 2 * 4, 36, 36 + 4, 36});
    expect(padded(), mapping, {timeloop, 16, 2 * 12, 36, 36 + 4, 36});
    expect(padded(), mapping, {chip, 16, 2 * 12, 36, 36 + 4, 36});
    // 9 weights and 16 inputs fill the buffer; a first pass of 18 words takes two cycles of ten words.
    expect(padded(), mapping, {zigzag, 16, 2 * 12, 36, 4 + 4, 25 + 2 + 36 + 1 + 4});
}

TEST(AccountingPresets, OfGroupsThatAreDense) {
    // Two groups of one channel as one convolution of two: twice the weights and the products.
    LayerWork work = layer_of(1, 1, 1, 1, 1, 1);
    work.groups = 2;
    const LayerWork dense = accounted(work, {.groups = Groups::dense});
    EXPECT_EQ(multiply_accumulates(work).value, 2);
    EXPECT_EQ(multiply_accumulates(dense).value, 4);
    EXPECT_EQ(elements(dense, Operand::weights), 4);
    EXPECT_EQ(dense.groups, 1);
    for (const AccountingPreset preset : kAllAccountingPresets) {
        EXPECT_EQ(multiply_accumulates(accounted(work, accounting_of(preset))).value, 2) << to_string(preset);
    }
}

} // namespace
} // namespace tandem::spatial
