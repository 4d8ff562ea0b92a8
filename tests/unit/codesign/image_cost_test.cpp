#include "tandem/codesign/image_cost.h"

#include <gtest/gtest.h>

namespace tandem {
namespace {

Cost cost_of_four() {
    LevelTraffic traffic{.level = "dram", .energy = NormalizedEnergy(10.0), .cycles = Cycles(8)};
    traffic.read[0] = Bits(41);
    traffic.written[2] = Bits(40);
    traffic.read_values[0] = 6;
    LayerCost layer{.cycles = Cycles(101),
                    .compute_cycles = Cycles(100),
                    .compute_energy = NormalizedEnergy(2.0),
                    .traffic = {traffic},
                    .utilization = 0.5,
                    .latency =
                        Latency{.cycles = Cycles(101), .levels = {{.level = "dram", .fill = Cycles(5)}}}};
    Cost cost;
    cost.layer_names = {"conv"};
    cost.layers = {layer};
    cost.weight_storage = Bits(64);
    return cost;
}

TEST(ImageCost, IsAShareOfWhatTheBatchCostsRoundedUp) {
    const Cost cost = per_image(cost_of_four(), 4);
    const LayerCost& layer = cost.layers.front();
    EXPECT_EQ(cost.cycles(), Cycles(26));
    EXPECT_EQ(layer.compute_cycles, Cycles(25));
    EXPECT_DOUBLE_EQ(cost.energy().value, 3.0);
    EXPECT_EQ(layer.traffic.front().read[0], Bits(11));
    EXPECT_EQ(layer.traffic.front().written[2], Bits(10));
    EXPECT_EQ(layer.traffic.front().read_values[0], 2);
    EXPECT_EQ(layer.traffic.front().cycles, Cycles(2));
    EXPECT_EQ(layer.latency->cycles, Cycles(26));
    EXPECT_EQ(layer.latency->levels.front().fill, Cycles(2));
    EXPECT_EQ(layer.utilization, 0.5);
    EXPECT_EQ(cost.weight_storage, Bits(64)) << "weights are stored once";
}

TEST(ImageCost, OfOneImageIsWhatItCosts) {
    EXPECT_EQ(per_image(cost_of_four(), 1).layers, cost_of_four().layers);
}

} // namespace
} // namespace tandem
