#include "tandem/core/processor.h"

#include <gtest/gtest.h>

namespace tandem {
namespace {

/// Of a processor of the Sapphire Rapids class.
constexpr TileRegisters kTiles{
    .features = 0x0340'0000, .saved_state = 0x0006'00E7, .last_leaf = 0x20, .last_palette = 1};

TEST(TileSupport, IsUsableWhereEveryRegisterSaysSo) {
    EXPECT_EQ(tile_support_of(kTiles), TileSupport::usable);
}

TEST(TileSupport, IsAbsentWithoutTheInstructions) {
    for (const std::uint32_t features : {0x0140'0000U, 0x0240'0000U, 0x0300'0000U}) {
        TileRegisters registers = kTiles;
        registers.features = features;
        EXPECT_EQ(tile_support_of(registers), TileSupport::absent) << features;
    }
}

TEST(TileSupport, IsAbsentWhereTheSystemDoesNotKeepTiles) {
    TileRegisters registers = kTiles;
    registers.saved_state = 0x0000'00E7;
    EXPECT_EQ(tile_support_of(registers), TileSupport::absent);
}

TEST(TileSupport, IsUndescribedWhereAHypervisorEndsTheListOfLeaves) {
    TileRegisters registers = kTiles;
    registers.last_leaf = 0x1C;
    EXPECT_EQ(tile_support_of(registers), TileSupport::undescribed);
    registers = kTiles;
    registers.last_palette = 0;
    EXPECT_EQ(tile_support_of(registers), TileSupport::undescribed);
}

} // namespace
} // namespace tandem
