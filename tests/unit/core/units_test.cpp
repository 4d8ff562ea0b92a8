#include "tandem/core/units.h"

#include <type_traits>

#include <gtest/gtest.h>

namespace tandem {
namespace {

TEST(Units, AddSubtractScaleAndCompareWithinOneUnit) {
    Bits bits = Bits(3) + Bits(4) - Bits(1);
    EXPECT_EQ(bits, Bits(6));
    bits += Bits(2);
    bits -= Bits(1);
    EXPECT_EQ(bits * 2, 2 * bits);
    EXPECT_EQ(bits.value, 7);
    EXPECT_LT(Picojoules(0.5), Picojoules(0.75));
    EXPECT_EQ(Cycles(), Cycles(0));
}

TEST(Units, DivideToAPlainRatio) {
    EXPECT_DOUBLE_EQ(Cycles(1).ratio_to(Cycles(4)), 0.25);
    EXPECT_DOUBLE_EQ(Picojoules(3.0).ratio_to(Picojoules(2.0)), 1.5);
}

TEST(Units, ConvertOnlyByName) {
    static_assert(!std::is_convertible_v<Bits, Bytes>);
    static_assert(!std::is_convertible_v<std::int64_t, Bits>);
    EXPECT_EQ(bits_in(Bytes(3)), Bits(24));
    EXPECT_EQ(bytes_holding(Bits(0)), Bytes(0));
    EXPECT_EQ(bytes_holding(Bits(1)), Bytes(1));
    EXPECT_EQ(bytes_holding(Bits(8)), Bytes(1));
    EXPECT_EQ(bytes_holding(Bits(9)), Bytes(2));
}

TEST(Units, TurnCyclesIntoTimeAtAClock) {
    EXPECT_DOUBLE_EQ(duration(Cycles(200), Hertz(100e6)).value, 2e6); // 200 cycles at 100 MHz: 2 us
}

TEST(DivideUp, RoundsTowardsMore) {
    static_assert(divide_up(7, 8) == 1);
    EXPECT_EQ(divide_up(0, 8), 0);
    EXPECT_EQ(divide_up(8, 8), 1);
    EXPECT_EQ(divide_up(9, 8), 2);
}

} // namespace
} // namespace tandem
