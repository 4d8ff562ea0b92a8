#include "tandem/mapping/abstraction.h"

#include <gtest/gtest.h>

#include "../machine/spatial/unit_machine.h"

namespace tandem {
namespace {

TEST(Abstraction, NeverFallsWhenALevelIsRefined) {
    const MachinePointer machine = load_machine(TANDEM_SOURCE_DIR "/machines/spatial-168.yaml").value();
    LayerWork strided = layer_of(64, 3, 56, 56, 7, 7);
    strided.strides = {2, 2};
    strided.pads = {5, 5};
    LayerWork depthwise = layer_of(1, 1, 56, 56, 3, 3);
    depthwise.groups = 32;
    for (const LayerWork& layer : {layer_of(64, 64, 14, 14, 3, 3), layer_of(512, 512, 7, 7, 3, 3),
                                   layer_of(1000, 512, 1, 1, 1, 1), strided, depthwise}) {
        for (const int bits : {16, 5, 2}) {
            const LayerWork work = with_bits(layer, bits, bits, bits);
            for (const MappingGoal goal : kAllMappingGoals) {
                const MappingOptions options{.goal = goal};
                const Abstract coarse =
                    estimate_layer(work, *machine, AbstractionLevel::coarse, options).value();
                const Abstract mid = estimate_layer(work, *machine, AbstractionLevel::mid, options).value();
                const Abstract fine = estimate_layer(work, *machine, AbstractionLevel::fine, options).value();
                EXPECT_LE(coarse.cycles, mid.cycles);
                EXPECT_LE(mid.cycles, fine.cycles);
                EXPECT_LE(coarse.outermost_traffic, mid.outermost_traffic);
                EXPECT_LE(mid.outermost_traffic, fine.outermost_traffic);
                EXPECT_LE(coarse.energy, mid.energy);
                EXPECT_LE(mid.energy.value, fine.energy.value * (1.0 + 1e-12));
                EXPECT_EQ(coarse.operations, fine.operations);
            }
        }
    }
}

TEST(Abstraction, CountsFractionalOperations) {
    const MachinePointer machine = make_spatial(unit_description());
    const LayerWork work = with_bits(layer_of(2, 3, 2, 2, 1, 1), 8, 5, 8);
    const Abstract coarse = estimate_layer(work, *machine, AbstractionLevel::coarse, {}).value();
    EXPECT_EQ(coarse.operations, Operations(24));
    EXPECT_EQ(coarse.fractional_operations, 12.0); // two lanes
    // 6 weights and 8 outputs of 8 bits, 12 inputs of 5.
    EXPECT_EQ(coarse.outermost_traffic, Bits(48 + 64 + 60));
}

} // namespace
} // namespace tandem
