#include "tandem/machine/spatial/sram.h"

#include <gtest/gtest.h>

namespace tandem::spatial {
namespace {

TEST(Sram, GivesTheTablesFigures) {
    EXPECT_NEAR(estimate_sram(45, 65536, 64)->read_picojoules, 25.9, 1e-9);
    EXPECT_NEAR(estimate_sram(45, 65536, 64)->write_picojoules, 19.6, 1e-9);
    EXPECT_NEAR(estimate_sram(45, 65536, 64)->area_square_millimeters, 0.209, 1e-9);
}

TEST(Sram, LiesBetweenItsNeighbours) {
    // CACTI itself gives 32.3 pJ for 128 KiB; the geometric mean of 64 KiB and 256 KiB is 34.0.
    EXPECT_NEAR(estimate_sram(45, 131072, 64)->read_picojoules, 34.0, 0.05);
    // 0.430 mm2 by CACTI itself.
    EXPECT_NEAR(estimate_sram(45, 131072, 64)->area_square_millimeters, 0.427, 0.0005);
    EXPECT_GT(estimate_sram(32, 100000, 32)->read_picojoules, estimate_sram(32, 100000, 16)->read_picojoules);
}

TEST(Sram, KnowsItsLimits) {
    EXPECT_FALSE(estimate_sram(28, 65536, 64).has_value());
    EXPECT_FALSE(estimate_sram(45, 1023, 64).has_value());
    EXPECT_FALSE(estimate_sram(45, 4194305, 64).has_value());
    EXPECT_FALSE(estimate_sram(45, 65536, 8).has_value());
    EXPECT_FALSE(estimate_sram(45, 65536, 129).has_value());
    for (const std::int64_t node : kSramNodes) EXPECT_TRUE(estimate_sram(node, 4194304, 16));
}

} // namespace
} // namespace tandem::spatial
