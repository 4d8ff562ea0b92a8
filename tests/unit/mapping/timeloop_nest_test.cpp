#include "tandem/mapping/timeloop_nest.h"

#include <gtest/gtest.h>

#include "tandem/machine/machine.h"

namespace tandem {
namespace {

using enum Dimension;

constexpr const char* kNest = R"(Dram [ Weights:54 (54) Inputs:108 (108) Outputs:32 (32) ] 
-------------------------------------------------------
| for M in [0:2)
|   for Q in [0:2)

glb [ Inputs:72 (72) Outputs:8 (8) ] 
wires [ ] 
---------
|     for Q in [0:2) (Spatial-X)
|       for C in [0:3) (Spatial-Y)

spad [ Weights:9 (9) ] 
----------------------
|         for S in [0:3)
|           for R in [0:3)
|             for P in [0:4)
|               << Compute >>
)";

/// K 2, C 3, 4 x 4 outputs, 3 x 3 taps.
LayerWork work() {
    LayerWork work;
    work.extents = {1, 2, 3, 4, 4, 3, 3};
    return work;
}

TEST(TimeloopNest, IsToldFromOtherFiles) {
    EXPECT_TRUE(is_timeloop_nest(kNest));
    EXPECT_TRUE(is_timeloop_nest("\n---\nDRAM [ ] \n"));
    EXPECT_FALSE(is_timeloop_nest(R"({"temporal": [ ]})"));
    EXPECT_FALSE(is_timeloop_nest("temporal: [ ]"));
    EXPECT_FALSE(is_timeloop_nest(""));
}

TEST(TimeloopNest, ReadsLevelsAndLoops) {
    const LoopNest nest = parse_timeloop_nest(kNest, "n.map.txt", work()).value();
    ASSERT_EQ(nest.levels.size(), 4U);
    EXPECT_EQ(nest.levels[0].name, "Dram");
    EXPECT_EQ(nest.levels[0].keeps[1], 108);
    EXPECT_EQ(nest.levels[0].loops, (std::vector<NestLoop>{{k, 2}, {oy, 2}}));
    EXPECT_EQ(nest.levels[1].loops, std::vector<NestLoop>());
    EXPECT_EQ(nest.levels[1].keeps[0], std::nullopt);
    EXPECT_FALSE(nest.levels[2].keeps_anything());
    EXPECT_EQ(nest.levels[2].loops,
              (std::vector<NestLoop>{{oy, 2, NestAxis::columns}, {c, 3, NestAxis::rows}}));
    EXPECT_EQ(nest.levels[3].loops, (std::vector<NestLoop>{{fy, 3}, {fx, 3}, {ox, 4}}));
}

TEST(TimeloopNest, TurnsTheAxesToTheLayer) {
    LayerWork flat = work();
    flat.extents = {1, 1, 1, 4, 1, 3, 1}; // rows only
    const LoopNest nest =
        parse_timeloop_nest("DRAM [ Weights:3 Inputs:6 Outputs:4 ]\n| for P in [0:4)\n| for R in [0:3)\n",
                            "n.map.txt", flat)
            .value();
    EXPECT_EQ(nest.levels[0].loops, (std::vector<NestLoop>{{oy, 4}, {fy, 3}}));
}

TEST(TimeloopNest, ReadsRemaindersWithACommaOrASlash) {
    LayerWork seven;
    seven.extents = {1, 7, 1, 1, 1, 1, 1};
    for (const char* inner : {"[0:4,3)", "[0:4/3)"}) {
        const LoopNest nest =
            parse_timeloop_nest(std::string("DRAM [ Weights:7 Inputs:1 Outputs:7 ]\n| for M in [0:2)\n"
                                            "spad [ Weights:4 Inputs:1 Outputs:4 ]\n| for M in ") +
                                    inner + "\n",
                                "n.map.txt", seven)
                .value();
        EXPECT_EQ(nest.levels[0].loops, (std::vector<NestLoop>{{k, 2}}));
        EXPECT_EQ(nest.levels[1].loops, (std::vector<NestLoop>{{k, 4, NestAxis::time, 3}}));
    }
}

TEST(TimeloopNest, NamesEveryLineItCannotRead) {
    const std::string text = "DRAM [ Weights:x Sums:3 ]\n"
                             "| for Z in [0:4)\n"
                             "| for K in [1:4)\n"
                             "| for K in [0:0)\n"
                             "| for K in [0:4,5)\n"
                             "| for K in [0:4) (Spatial-Z)\n"
                             "spad\n";
    const auto nest = parse_timeloop_nest(text, "n.map.txt", work());
    ASSERT_FALSE(nest.has_value());
    EXPECT_EQ(
        to_string(nest.error()),
        "n.map.txt: line 1: found 'Weights:x', expected Weights, Inputs or Outputs, a colon and a number of "
        "values\n"
        "n.map.txt: line 1: found 'Sums:3', expected Weights, Inputs or Outputs, a colon and a number of "
        "values\n"
        "n.map.txt: line 2: found a loop of 'Z', expected N, K or M, C, P, Q, R, S or G\n"
        "n.map.txt: line 3: found 'for K in [1:4)', expected for K in [0:4)\n"
        "n.map.txt: line 4: found '[0:0)', expected [0:N), N a positive integer\n"
        "n.map.txt: line 5: found '[0:4,5)', expected [0:N,R), R the iterations of the last turn, 1 to N\n"
        "n.map.txt: line 6: found '(Spatial-Z)', expected (Spatial-X), (Spatial-Y) or nothing\n"
        "n.map.txt: line 7: found 'spad', expected a level \"NAME [ ... ]\" or a loop \"| for K in [0:4)\"");
    EXPECT_EQ(to_string(parse_timeloop_nest("| for K in [0:4)", "n.map.txt", work()).error()),
              "n.map.txt: line 1: found a loop before the first level, expected a line NAME [ ... ]");
    EXPECT_EQ(to_string(parse_timeloop_nest("", "n.map.txt", work()).error()),
              "n.map.txt: found no level, expected a line NAME [ Weights:... Inputs:... Outputs:... ]");
}

MachinePointer machine_with_buffer(std::int64_t bytes) {
    const std::string yaml = R"(family: spatial
name: small
memories:
  - {name: dram, energy_per_access: 100, bandwidth_bits_per_cycle: 16}
  - {name: buffer, size_bytes: )" +
                             std::to_string(bytes) + R"(, energy_per_access: 10}
array: {rows: 3, columns: 2, hop_energy: 2}
processing_element:
  kind: scalar
  partial_sum_bits: 16
  registers: {filter_words: 9, input_words: 1, partial_sum_words: 1, energy_per_access: 1}
dataflow: free
accounting: {input_positions: bounding-box, overlap: kept}
)";
    return parse_machine(parse_yaml(yaml, "small.yaml").value(), "small.yaml").value();
}

TEST(TimeloopNest, IsPricedByTheMachinesLevels) {
    const LoopNest nest = parse_timeloop_nest(kNest, "n.map.txt", work()).value();
    const NestCost priced = machine_with_buffer(160)->layer_model(work()).value()->price_nest(nest).value();
    using Values = std::array<std::int64_t, kOperands>;
    ASSERT_EQ(priced.levels.size(), 3U);
    // Inputs: a tile of 4 rows of 18, then 2 new rows, for both filters. Weights go on to 3 channels of
    // elements.
    EXPECT_EQ(priced.levels[0].reads, (Values{54, 2 * (72 + 36), 0}));
    EXPECT_EQ(priced.levels[0].updates[2], 32);
    // Nothing inside keeps inputs or sums: both move for each of 864 products, sums met on their way from 3
    // rows.
    EXPECT_EQ(priced.levels[1].reads, (Values{0, 864, 288 - 32}));
    EXPECT_EQ(priced.levels[1].fills, (Values{0, 216, 0}));
    EXPECT_EQ(priced.levels[1].updates[2], 288);
    EXPECT_EQ(priced.levels[2].instances, 6);
    EXPECT_EQ(priced.levels[2].reads[0], 144);
    EXPECT_EQ(priced.levels[2].fills[0], 18);
    const LayerCost& cost = priced.cost;
    EXPECT_EQ(cost.compute_cycles.value, 144);
    EXPECT_EQ(cost.cycles.value, 54 + 216 + 32); // one value a cycle off chip
    EXPECT_EQ(cost.traffic[0].energy.value, 100.0 * (54 + 216 + 32));
    EXPECT_EQ(cost.traffic[1].energy.value, 10.0 * (864 + 216 + 256 + 288));
    EXPECT_EQ(cost.traffic[2].energy.value, 6.0 * (144 + 18));
    EXPECT_EQ(cost.traffic[3].energy.value, 2.0 * (6 * 18 + 864 + 864));
    EXPECT_EQ(cost.energy().value, 51948.0);
    EXPECT_DOUBLE_EQ(cost.utilization, 864.0 / (302.0 * 6.0));
}

TEST(TimeloopNest, IsRefusedWhereItDoesNotFit) {
    const auto reason = [](const std::string& text, std::int64_t bytes) {
        const LoopNest nest = parse_timeloop_nest(text, "n.map.txt", work()).value();
        return machine_with_buffer(bytes)->layer_model(work()).value()->price_nest(nest).error().reason;
    };
    EXPECT_EQ(reason(kNest, 159), "glb: found a tile of 160 bytes, buffer holds 159 bytes");
    std::string wide = kNest;
    wide.replace(wide.find("(Spatial-Y)"), 11, "(Spatial-X)");
    EXPECT_EQ(reason(wide, 160), "array: found 6 columns, has 2");
    std::string large = kNest;
    large.replace(large.find("spad [ Weights:9 (9) ]"), 22, "spad [ Weights:9 Inputs:18 ]");
    EXPECT_EQ(reason(large, 160), "spad: found 18 inputs, the registers hold 1");
    std::string other = kNest;
    other.replace(other.find("Inputs:72"), 9, "Inputs:73");
    EXPECT_EQ(reason(other, 160), "mapping: glb: keeps 73 inputs, its loops touch 72");
}

} // namespace
} // namespace tandem
