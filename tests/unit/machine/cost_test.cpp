#include "tandem/machine/cost.h"

#include <gtest/gtest.h>

namespace tandem {
namespace {

LayerCost layer(std::int64_t cycles, double compute, double dram, double buffer) {
    LayerCost cost;
    cost.cycles = Cycles(cycles);
    cost.compute_cycles = Cycles(cycles - 1);
    cost.compute_energy = NormalizedEnergy(compute);
    cost.traffic = {{.level = "dram",
                     .read = {Bits(1), Bits(2), Bits(3)},
                     .written = {Bits(4), Bits(5), Bits(6)},
                     .energy = NormalizedEnergy(dram),
                     .cycles = Cycles(4),
                     .read_values = {7, 8, 9}},
                    {.level = "buffer", .read = {}, .written = {}, .energy = NormalizedEnergy(buffer)}};
    cost.utilization = 0.5;
    return cost;
}

TEST(Cost, AddsUpLevelsAndLayers) {
    EXPECT_EQ(layer(7, 1, 20, 300).energy(), NormalizedEnergy(321));
    const Cost cost{.layer_names = {"a", "b"},
                    .layers = {layer(7, 1, 20, 300), layer(5, 0.5, 0, 0)},
                    .weight_storage = Bits(99)};
    EXPECT_EQ(cost.energy(), NormalizedEnergy(321.5));
    EXPECT_EQ(cost.cycles(), Cycles(12));
    EXPECT_EQ(cost.compute_cycles(), Cycles(10));
    EXPECT_EQ(cost.outermost_bytes(), Bytes(6)) << "21 bits a layer, in whole bytes";
    EXPECT_EQ(Cost{}.energy(), NormalizedEnergy(0));
    EXPECT_EQ(Cost{}.cycles(), Cycles(0));
}

TEST(Cost, BecomesADocument) {
    const Cost cost{.layer_names = {"a"}, .layers = {layer(7, 1, 20, 300)}, .weight_storage = Bits(99)};
    EXPECT_EQ(to_json(to_document(cost), JsonLayout::compact),
              R"({"layers":[{"layer":"a","cycles":7,"compute_cycles":6,"energy_mac16":321.0,)"
              R"("compute_energy_mac16":1.0,"utilization":0.5,"traffic":[{"level":"dram",)"
              R"("read":{"weights_bits":1,"inputs_bits":2,"outputs_bits":3},)"
              R"("written":{"weights_bits":4,"inputs_bits":5,"outputs_bits":6},)"
              R"("read_values":{"weights":7,"inputs":8,"outputs":9},)"
              R"("written_values":{"weights":0,"inputs":0,"outputs":0},"cycles":4,"energy_mac16":20.0},)"
              R"({"level":"buffer","read":{"weights_bits":0,"inputs_bits":0,"outputs_bits":0},)"
              R"("written":{"weights_bits":0,"inputs_bits":0,"outputs_bits":0},)"
              R"("read_values":{"weights":0,"inputs":0,"outputs":0},)"
              R"("written_values":{"weights":0,"inputs":0,"outputs":0},"cycles":0,"energy_mac16":300.0}]}],)"
              R"("total":{"cycles":7,"compute_cycles":6,"dram_bytes":3,"energy_mac16":321.0,)"
              R"("weight_storage_bits":99}})");
}

} // namespace
} // namespace tandem
