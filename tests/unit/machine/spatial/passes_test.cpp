#include "tandem/machine/spatial/passes.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "tandem/machine/spatial/prices.h"
#include "unit_machine.h"

namespace tandem::spatial {
namespace {

using enum Dimension;

Description eyeriss_like(Dataflow dataflow) {
    Description machine = unit_description();
    machine.array = {.rows = 12, .columns = 14, .hop_energy = 2.0};
    machine.processing_element.registers = {
        .filter_words = 224, .input_words = 12, .partial_sum_words = 16, .energy_per_access = 1.0};
    machine.dataflow = dataflow;
    return machine;
}

std::int64_t iterations(const std::vector<Loop>& loops, Dimension dimension) {
    std::int64_t product = 1;
    for (const Loop& loop : loops) product *= loop.dimension == dimension ? loop.iterations : 1;
    return product;
}

TEST(Passes, StackFilterRowsDownAColumn) {
    const std::vector<Pass> passes =
        list_passes(eyeriss_like(Dataflow::row_stationary), layer_of(64, 32, 13, 13, 3, 3));
    ASSERT_FALSE(passes.empty());
    for (const Pass& pass : passes) {
        EXPECT_EQ(iterations(pass.unrolled[0], fy), 3);
        EXPECT_EQ(iterations(pass.registers, fx), 3);
        EXPECT_EQ(iterations(pass.registers, c), 4); // 12 input words in filter rows of 3
        const std::int64_t unrolled = iterations(pass.unrolled[0], k) * iterations(pass.unrolled[1], k);
        EXPECT_EQ(iterations(pass.registers, k),
                  std::min<std::int64_t>(16, divide_up<std::int64_t>(64, unrolled)));
    }
    // Four sets of three rows and thirteen of fourteen columns: as full as it gets.
    EXPECT_EQ(iterations(passes[0].unrolled[1], oy) * iterations(passes[0].unrolled[1], k), 14);
}

TEST(Passes, FoldAFilterThatIsTallerOrWiderThanTheArray) {
    const std::vector<Pass> passes =
        list_passes(eyeriss_like(Dataflow::row_stationary), layer_of(1, 1, 4, 4, 25, 25));
    ASSERT_FALSE(passes.empty());
    EXPECT_EQ(iterations(passes[0].unrolled[0], fy), 12);
    EXPECT_EQ(iterations(passes[0].registers, fx), 12);
}

TEST(Passes, UnrollTheOutputWhenItIsStationary) {
    for (const Pass& pass :
         list_passes(eyeriss_like(Dataflow::output_stationary), layer_of(64, 32, 28, 28, 3, 3))) {
        EXPECT_EQ(iterations(pass.unrolled[0], c) * iterations(pass.unrolled[1], c), 1);
        EXPECT_EQ(iterations(pass.registers, fy) * iterations(pass.registers, fx), 9);
    }
}

TEST(Passes, UnrollTheChannelsWhenWeightsAreStationary) {
    const std::vector<Pass> passes =
        list_passes(eyeriss_like(Dataflow::weight_stationary), layer_of(64, 32, 28, 28, 3, 3));
    ASSERT_EQ(passes.size(), 1U);
    EXPECT_EQ(passes[0].unrolled[0], (std::vector<Loop>{{c, 12}}));
    EXPECT_EQ(passes[0].unrolled[1], (std::vector<Loop>{{k, 14}}));
    EXPECT_TRUE(passes[0].registers.empty());
}

TEST(Passes, StayWithinArrayAndRegisters) {
    for (const Dataflow dataflow :
         {Dataflow::row_stationary, Dataflow::output_stationary, Dataflow::weight_stationary}) {
        const Description machine = eyeriss_like(dataflow);
        for (const int bits : {16, 8, 5, 3, 1}) {
            for (const LayerWork& layer : {layer_of(64, 32, 13, 13, 3, 3), layer_of(10, 1, 28, 28, 7, 5),
                                           layer_of(1, 1, 9, 9, 3, 3), layer_of(1000, 512, 1, 1, 1, 1)}) {
                for (const Pass& pass : list_passes(machine, with_bits(layer, bits, bits, bits))) {
                    std::int64_t rows = 1;
                    std::int64_t columns = 1;
                    for (const Loop& loop : pass.unrolled[0]) rows *= loop.iterations;
                    for (const Loop& loop : pass.unrolled[1]) columns *= loop.iterations;
                    EXPECT_LE(rows, 12);
                    EXPECT_LE(columns, 14);
                    const std::int64_t window = iterations(pass.registers, c) *
                                                iterations(pass.registers, fy) *
                                                iterations(pass.registers, fx);
                    EXPECT_LE(window, 12);
                    EXPECT_LE(window * iterations(pass.registers, k), 224);
                    EXPECT_LE(iterations(pass.registers, k) *
                                  (pass.lanes.dimension == k ? pass.lanes.iterations : 1),
                              16);
                }
            }
        }
    }
}

TEST(Passes, OfferEveryLaneCountAlongFilters) {
    std::vector<std::int64_t> along_filters;
    for (const Pass& pass : list_passes(eyeriss_like(Dataflow::weight_stationary),
                                        with_bits(layer_of(64, 64, 4, 4, 1, 1), 3, 2, 8))) {
        if (pass.lanes.dimension == k) along_filters.push_back(pass.lanes.iterations);
    }
    std::sort(along_filters.begin(), along_filters.end());
    EXPECT_EQ(along_filters, (std::vector<std::int64_t>{2, 3, 4, 5}));
}

TEST(Passes, AreEachListedOnce) {
    const std::vector<Pass> passes =
        list_passes(eyeriss_like(Dataflow::row_stationary), with_bits(layer_of(2, 2, 2, 2, 3, 3), 4, 4, 4));
    for (std::size_t i = 0; i < passes.size(); ++i) {
        for (std::size_t j = 0; j < i; ++j) EXPECT_NE(passes[i], passes[j]);
    }
}

TEST(Lanes, FillAWordWithTheWiderOperand) {
    ProcessingElement element;
    EXPECT_EQ(lanes_of(element, 16, 16), 1);
    EXPECT_EQ(lanes_of(element, 9, 2), 1);
    EXPECT_EQ(lanes_of(element, 8, 2), 2);
    EXPECT_EQ(lanes_of(element, 2, 6), 2);
    EXPECT_EQ(lanes_of(element, 5, 5), 3);
    EXPECT_EQ(lanes_of(element, 1, 1), 16);
    element.maximum_bits = 8;
    EXPECT_EQ(lanes_of(element, 2, 4), 2);
    EXPECT_EQ(lanes_of(element, 2, 9), 0);
    element.kind = ProcessingKind::scalar;
    EXPECT_EQ(lanes_of(element, 2, 2), 1);
}

} // namespace
} // namespace tandem::spatial
