// Counts of given loop nests: small ones worked by hand, and nests whose figures Timeloop prints in its
// public exercises (github.com/Accelergy-Project/timeloop-accelergy-exercises, the reference outputs).
#include <optional>

#include <gtest/gtest.h>

#include "counted_nest.h"

namespace tandem::spatial {
namespace {

constexpr std::optional<std::int64_t> kNone;

/// One column of 4 outputs, 3 taps: the whole nest in two levels.
LayerWork row_of_four() { return layer_of(2, 1, 1, 4, 1, 3); }

TEST(Nest, FetchesOnlyTheNewInputsOfAWindow) {
    // For each of 2 filters a window of 3 slides over 4 positions: 3 + 1 + 1 + 1 inputs.
    const LoopNest nest{{{"dram", {6, 6, 8}, {{k, 2}, {ox, 4}}}, {"spad", {3, 3, 1}, {{fx, 3}}}}};
    const NestCounts counts = count(row_of_four(), nest);
    EXPECT_EQ(counts.cycles, 24);
    EXPECT_EQ(counts.levels[0].reads, (Values{6, 12, 0}));
    EXPECT_EQ(counts.levels[1].fills, (Values{6, 12, 0}));
    EXPECT_EQ(counts.levels[1].reads, (Values{24, 24, 24 - 8}));
    EXPECT_EQ(counts.levels[1].updates, (Values{0, 0, 24}));
    EXPECT_EQ(counts.levels[0].updates, (Values{0, 0, 8}));
}

TEST(Nest, FetchesWholeTilesWhereOverlapIsNotKept) {
    const LoopNest nest{{{"dram", {6, 6, 8}, {{k, 2}, {ox, 4}}}, {"spad", {3, 3, 1}, {{fx, 3}}}}};
    Accounting accounting = kTimeloop;
    accounting.overlap = Overlap::fetched_again;
    EXPECT_EQ(count(row_of_four(), nest, accounting).levels[0].reads[1], 2 * 4 * 3);
}

TEST(Nest, ReadsRegistersOnChangeOnly) {
    // The weight stays at the multiplier while 4 outputs pass: 6 reads instead of 24.
    const LoopNest nest{{{"dram", {6, 6, 8}, {{k, 2}}}, {"spad", {3, 6, 4}, {{fx, 3}, {ox, 4}}}}};
    Accounting accounting = kTimeloop;
    EXPECT_EQ(count(row_of_four(), nest, accounting).levels[1].reads[0], 24);
    accounting.register_reads = RegisterReads::on_change;
    EXPECT_EQ(count(row_of_four(), nest, accounting).levels[1].reads[0], 6);
}

TEST(Nest, ReadsTheZeroOfASumWhereThatIsCharged) {
    const LoopNest nest{{{"dram", {6, 6, 8}, {{fx, 3}, {k, 2}}}, {"spad", {1, 4, 4}, {{ox, 4}}}}};
    // Three taps: each of 8 sums goes out three times and comes back twice, or three times with its zero.
    NestCounts counts = count(row_of_four(), nest);
    EXPECT_EQ(counts.levels[0].updates[2], 24);
    EXPECT_EQ(counts.levels[0].reads[2], 16);
    EXPECT_EQ(counts.levels[1].fills[2], 16);
    Accounting charged = kTimeloop;
    charged.first_read = FirstRead::charged;
    counts = count(row_of_four(), nest, charged);
    EXPECT_EQ(counts.levels[0].reads[2], 24);
    EXPECT_EQ(counts.levels[1].fills[2], 24);
}

TEST(Nest, SendsWhatInstancesShareOnce) {
    // Two filters side by side share inputs; two columns side by side share weights.
    const LoopNest filters{{{"dram", {6, 6, 8}, {{ox, 4}, {k, 2, columns}}}, {"spad", {3, 3, 1}, {{fx, 3}}}}};
    EXPECT_EQ(count(row_of_four(), filters).levels[0].reads, (Values{6, 6, 0}));
    EXPECT_EQ(count(row_of_four(), filters).levels[1].instances, 2);
    EXPECT_EQ(count(row_of_four(), filters).cycles, 12);
    const LoopNest outputs{{{"dram", {6, 6, 8}, {{k, 2}, {ox, 4, rows}}}, {"spad", {3, 3, 1}, {{fx, 3}}}}};
    // Windows of neighbours differ, so each is sent: 4 x 3; the second filter finds them there.
    EXPECT_EQ(count(row_of_four(), outputs).levels[0].reads, (Values{6, 12, 0}));
}

TEST(Nest, CountsBoundingBoxesOrTouchedInputs) {
    LayerWork work = layer_of(1, 1, 1, 4, 1, 1);
    work.strides = {1, 2};
    EXPECT_EQ(count(work, {{{"dram", {1, 7, 4}, {}}, {"spad", {1, 7, 4}, {{ox, 4}}}}}).levels[0].reads[1], 7);
    Accounting touched = kTimeloop;
    touched.input_positions = InputPositions::touched;
    EXPECT_EQ(
        count(work, {{{"dram", {1, 4, 4}, {}}, {"spad", {1, 4, 4}, {{ox, 4}}}}}, touched).levels[0].reads[1],
        4);
}

/// Timeloop's exercise 04: C 32, K 32, P 16, R 3 on 16 elements, channels side by side.
TEST(Nest, CountsTimeloopsExerciseWithChannelsUnrolled) {
    const LoopNest nest{{{"MainMemory", {3072, 576, 512}, {}},
                         {"inter_PE_spatial", {}, {{c, 16, columns}}},
                         {"GlobalBuffer", {192, 36, 512}, {{c, 2}, {k, 32}, {fx, 3}}},
                         {"RegisterFile", {1, 16, 16}, {{ox, 16}}}}};
    const NestCounts counts = count(layer_of(32, 32, 1, 16, 1, 3), nest);
    EXPECT_EQ(counts.cycles, 3072);
    EXPECT_EQ(counts.levels[0].reads, (Values{3072, 576, 0}));
    EXPECT_EQ(counts.levels[0].updates[2], 512);
    EXPECT_EQ(counts.levels[2].instances, 16);
    EXPECT_EQ(counts.levels[2].reads, (Values{192, 1152, 512}));
    EXPECT_EQ(counts.levels[2].fills, (Values{192, 36, 0}));
    EXPECT_EQ(counts.levels[2].updates[2], 1024);
    EXPECT_EQ(counts.levels[3].reads, (Values{3072, 3072, 2560}));
    EXPECT_EQ(counts.levels[3].fills, (Values{192, 1152, 512}));
    EXPECT_EQ(counts.levels[3].updates[2], 3072);
}

/// The same exercise, filters side by side.
TEST(Nest, CountsTimeloopsExerciseWithFiltersUnrolled) {
    const LoopNest nest{{{"MainMemory", {3072, 576, 512}, {}},
                         {"inter_PE_spatial", {}, {{k, 16, columns}}},
                         {"GlobalBuffer", {192, 576, 32}, {{c, 32}, {k, 2}, {fx, 3}}},
                         {"RegisterFile", {1, 16, 16}, {{ox, 16}}}}};
    const NestCounts counts = count(layer_of(32, 32, 1, 16, 1, 3), nest);
    EXPECT_EQ(counts.levels[0].reads, (Values{3072, 576, 0}));
    EXPECT_EQ(counts.levels[2].reads, (Values{192, 1152, 992}));
    EXPECT_EQ(counts.levels[2].fills, (Values{192, 576, 0}));
    EXPECT_EQ(counts.levels[2].updates[2], 1024);
    EXPECT_EQ(counts.levels[3].reads, (Values{3072, 3072, 3040}));
    EXPECT_EQ(counts.levels[3].fills, (Values{192, 1152, 992}));
}

/// K 32, C 3, 112 x 112 outputs, 3 x 3 taps, stride 2: the default problem of the example designs.
LayerWork default_problem() {
    LayerWork work = layer_of(32, 3, 112, 112, 3, 3);
    work.strides = {2, 2};
    return work;
}

TEST(Nest, CountsTimeloopsEyerissLikeExample) {
    const LoopNest nest{{{"DRAM", {864, 151875, 401408}, {{ox, 8}, {oy, 2}, {k, 4}}},
                         {"shared_glb", {kNone, 9831, 6272}, {{ox, 14}, {oy, 4}}},
                         {"inter_PE_column_spatial", {}, {{oy, 14, columns}}},
                         {"inter_PE_spatial", {}, {{c, 3, rows}, {fy, 3, rows}}},
                         {"ifmap_spad", {kNone, 3, kNone}, {}},
                         {"weights_spad", {24, kNone, kNone}, {{fx, 3}}},
                         {"psum_spad", {kNone, kNone, 8}, {{k, 8}}}}};
    const NestCounts counts = count(default_problem(), nest);
    EXPECT_EQ(counts.cycles, 86016);
    EXPECT_EQ(counts.levels[0].reads[0], 13824);
    EXPECT_EQ(counts.levels[0].reads[1], 157296);
    EXPECT_EQ(counts.levels[1].reads, (Values{0, 1354752, 0}));
    EXPECT_EQ(counts.levels[1].fills, (Values{0, 157296, 0}));
    EXPECT_EQ(counts.levels[1].updates[2], 401408);
    EXPECT_EQ(counts.levels[4].instances, 126);
    EXPECT_EQ(counts.levels[4].reads[1], 86016);
    EXPECT_EQ(counts.levels[4].fills[1], 10752);
    EXPECT_EQ(counts.levels[5].reads[0], 86016);
    EXPECT_EQ(counts.levels[5].fills[0], 1536);
    EXPECT_EQ(counts.levels[6].reads[2], 57344);
    EXPECT_EQ(counts.levels[6].fills[2], 0);
    EXPECT_EQ(counts.levels[6].updates[2], 86016);
}

TEST(Nest, CountsTimeloopsSimbaLikeExample) {
    const LoopNest nest{{{"DRAM", {864, 151875, 401408}, {{oy, 28}}},
                         {"GlobalBuffer", {kNone, 6075, 14336}, {{ox, 4}}},
                         {"inter_PE_spatial", {}, {{c, 3, columns}, {k, 4, columns}}},
                         {"PEInputBuffer", {kNone, 513, kNone}, {{oy, 4}}},
                         {"inter_distributed_buffers_spatial", {}, {{k, 4, rows}}},
                         {"PEWeightBuffer", {18, kNone, kNone}, {{fx, 3}, {ox, 4}, {fy, 3}}},
                         {"PEAccuBuffer", {kNone, kNone, 14}, {{k, 2}, {ox, 7}}},
                         {"inter_reg_mac_spatial", {}, {}},
                         {"PEWeightRegs", {1, kNone, kNone}, {}}}};
    const NestCounts counts = count(default_problem(), nest);
    EXPECT_EQ(counts.cycles, 225792);
    EXPECT_EQ(counts.levels[0].reads[0], 864);
    EXPECT_EQ(counts.levels[1].reads, (Values{0, 170100, 802816}));
    EXPECT_EQ(counts.levels[1].fills, (Values{0, 151875, 0}));
    EXPECT_EQ(counts.levels[1].updates[2], 1204224);
    EXPECT_EQ(counts.levels[3].instances, 12);
    EXPECT_EQ(counts.levels[3].reads[1], 225792);
    EXPECT_EQ(counts.levels[3].fills[1], 56700);
    EXPECT_EQ(counts.levels[5].reads[0], 32256);
    EXPECT_EQ(counts.levels[5].fills[0], 18);
    EXPECT_EQ(counts.levels[6].reads[2], 200704);
    EXPECT_EQ(counts.levels[6].fills[2], 50176);
    EXPECT_EQ(counts.levels[6].updates[2], 225792);
    EXPECT_EQ(counts.levels[8].reads[0], 225792);
    EXPECT_EQ(counts.levels[8].fills[0], 32256);
}

TEST(Nest, RefusesWhatIsNoNestOfTheLayer) {
    const auto reason = [](const LoopNest& nest) {
        return count_nest(row_of_four(), nest, kTimeloop).error().reason;
    };
    EXPECT_EQ(reason({}), "mapping: no level");
    EXPECT_EQ(reason({{{"dram", {6, kNone, 8}, {}}}}), "mapping: dram: no inputs in the outermost level");
    EXPECT_EQ(reason({{{"dram", {6, 6, 8}, {{k, 2}}}}}), "mapping: OX is covered for 1 of 4");
    EXPECT_EQ(reason({{{"dram", {6, 6, 8}, {{k, 4}}}}}),
              "mapping: dram: 4 iterations of 1 K, the layer has 2 of it");
    EXPECT_EQ(reason({{{"dram", {6, 6, 8}, {{k, 2, rows}, {ox, 4}, {fx, 3}}}}}),
              "mapping: dram: a loop in time inside an unrolled one of K");
    EXPECT_EQ(reason({{{"dram", {6, 6, 8}, {{k, 2}, {ox, 4}}}, {"spad", {3, 5, 1}, {{fx, 3}}}}}),
              "mapping: spad: keeps 5 inputs, its loops touch 3");
}

} // namespace
} // namespace tandem::spatial
