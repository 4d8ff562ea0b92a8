#include "tandem/numerics/number_format.h"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "tandem/core/check.h"
#include "tandem/core/random.h"

namespace tandem {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr NumberFormat kSigned8{.bits = 8, .fraction_bits = 5};
constexpr NumberFormat kUnsigned4{.bits = 4, .fraction_bits = 2, .signedness = Signedness::is_unsigned};

TEST(NumberFormat, KnowsItsRange) {
    EXPECT_EQ(minimum_integer(kSigned8), -128);
    EXPECT_EQ(maximum_integer(kSigned8), 127);
    EXPECT_EQ(minimum_integer(kUnsigned4), 0);
    EXPECT_EQ(maximum_integer(kUnsigned4), 15);
    const NumberFormat widest{.bits = 16, .signedness = Signedness::is_unsigned};
    EXPECT_EQ(maximum_integer(widest), 65535);
    const NumberFormat one_bit{.bits = 1};
    EXPECT_EQ(minimum_integer(one_bit), -1);
    EXPECT_EQ(maximum_integer(one_bit), 0);
}

TEST(NumberFormat, PrintsSignWidthAndRadixPoint) {
    EXPECT_EQ(to_string(kSigned8), "s8.5");
    EXPECT_EQ(to_string(kUnsigned4), "u4.2");
    EXPECT_EQ(to_string(NumberFormat{.bits = 16, .fraction_bits = -3}), "s16.-3");
}

TEST(NumberFormat, KnowsFewerLevelsThanItsWidth) {
    const NumberFormat ternary = ternary_format(2);
    EXPECT_EQ(minimum_integer(ternary), -1);
    EXPECT_EQ(maximum_integer(ternary), 1);
    // In steps of 1/4: -0.2 -> -0.8, 0.125 -> 0.5 (tie, to 0), 0.13 -> 0.52, 5 saturates.
    EXPECT_EQ(quantize(-0.2F, ternary), -1);
    EXPECT_EQ(quantize(0.125F, ternary), 0);
    EXPECT_EQ(quantize(0.13F, ternary), 1);
    EXPECT_EQ(quantize(5.0F, ternary), 1);
    EXPECT_EQ(requantize(-3, 1, ternary), -1);
    EXPECT_EQ(to_string(ternary), "ternary.2");

    const NumberFormat bipolar = bipolar_format();
    EXPECT_EQ(minimum_integer(bipolar), -1);
    EXPECT_EQ(maximum_integer(bipolar), 1);
    EXPECT_EQ(quantize(-1e-9F, bipolar), -1);
    EXPECT_EQ(quantize(0.0F, bipolar), 1);
    EXPECT_EQ(quantize(0.2F, bipolar), 1);
    EXPECT_EQ(requantize(0, 5, bipolar), 1);
    EXPECT_EQ(requantize(-1, 5, bipolar), -1);
    EXPECT_FLOAT_EQ(dequantize(-1, bipolar_format(1)), -0.5F);
    EXPECT_EQ(to_string(bipolar), "bipolar.0");
}

TEST(Quantize, RoundsToNearestWithTiesToEven) {
    // In steps of 1/4: 0.3 -> 1.2, 0.45 -> 1.8, 0.625 -> 2.5 (tie), 0.875 -> 3.5 (tie).
    EXPECT_EQ(quantize(0.3F, kUnsigned4), 1);
    EXPECT_EQ(quantize(0.45F, kUnsigned4), 2);
    EXPECT_EQ(quantize(0.625F, kUnsigned4), 2);
    EXPECT_EQ(quantize(0.875F, kUnsigned4), 4);
    EXPECT_EQ(quantize(-0.015625F, kSigned8), 0);  // -0.5 steps
    EXPECT_EQ(quantize(-0.046875F, kSigned8), -2); // -1.5 steps
}

TEST(Quantize, SaturatesAtBothEnds) {
    EXPECT_EQ(quantize(4.0F, kSigned8), 127);
    EXPECT_EQ(quantize(-4.1F, kSigned8), -128);
    EXPECT_EQ(quantize(-1.0F, kUnsigned4), 0);
    EXPECT_EQ(quantize(kInfinity, kSigned8), 127);
    EXPECT_EQ(quantize(-kInfinity, kSigned8), -128);
    EXPECT_EQ(quantize(std::numeric_limits<float>::max(), kUnsigned4), 15);
}

TEST(Quantize, MakesNanZero) {
    EXPECT_EQ(quantize(std::numeric_limits<float>::quiet_NaN(), kSigned8), 0);
    EXPECT_EQ(quantize(std::numeric_limits<float>::quiet_NaN(), kUnsigned4), 0);
}

TEST(Quantize, IsExactAtTheEndsOfTheRadixPoints) {
    const NumberFormat finest{.bits = 16, .fraction_bits = kMaximumFractionBits};
    EXPECT_EQ(quantize(std::ldexp(1.0F, -32), finest), 1);
    EXPECT_EQ(quantize(std::ldexp(1.0F, -33), finest), 0); // a tie, to even
    EXPECT_EQ(quantize(std::nextafter(std::ldexp(1.0F, -33), 1.0F), finest), 1);
    EXPECT_EQ(quantize(std::numeric_limits<float>::denorm_min(), finest), 0);
    const NumberFormat coarsest{.bits = 16, .fraction_bits = kMinimumFractionBits};
    EXPECT_EQ(quantize(std::ldexp(3.0F, 32), coarsest), 3);
    EXPECT_EQ(quantize(std::ldexp(1.0F, 60), coarsest), 32767);
}

TEST(Quantize, ReadsBackEveryInteger) {
    for (const Signedness signedness : {Signedness::is_signed, Signedness::is_unsigned}) {
        for (int bits = 1; bits <= kMaximumBits; ++bits) {
            for (const int fraction_bits : {kMinimumFractionBits, -1, 0, bits, kMaximumFractionBits}) {
                const NumberFormat format{bits, fraction_bits, signedness};
                for (std::int32_t integer = minimum_integer(format); integer <= maximum_integer(format);
                     ++integer) {
                    ASSERT_EQ(quantize(dequantize(integer, format), format), integer) << to_string(format);
                }
            }
        }
    }
}

TEST(Quantize, NeverErrsByMoreThanHalfAStepInsideTheRange) {
    constexpr std::uint64_t kSeed = 11;
    SCOPED_TRACE("seed " + std::to_string(kSeed));
    Random random(kSeed);
    for (int i = 0; i < 100000; ++i) {
        const int bits = 1 + static_cast<int>(random.below(16));
        const NumberFormat format{bits, static_cast<int>(random.below(65)) - 32, Signedness::is_signed};
        const double steps =
            minimum_integer(format) + random.uniform() * (maximum_integer(format) - minimum_integer(format));
        const auto value = static_cast<float>(std::ldexp(steps, -format.fraction_bits));
        const double exact_steps = std::ldexp(static_cast<double>(value), format.fraction_bits);
        ASSERT_LE(std::abs(quantize(value, format) - exact_steps), 0.5) << value << ' ' << to_string(format);
    }
}

TEST(ShiftHalfEven, RoundsTiesToEvenOnBothSidesOfZero) {
    EXPECT_EQ(shift_half_even(5, 1), 2);   // 2.5
    EXPECT_EQ(shift_half_even(7, 1), 4);   // 3.5
    EXPECT_EQ(shift_half_even(-5, 1), -2); // -2.5
    EXPECT_EQ(shift_half_even(-7, 1), -4); // -3.5
    EXPECT_EQ(shift_half_even(-3, 2), -1); // -0.75
    EXPECT_EQ(shift_half_even(-2, 2), 0);  // -0.5
}

TEST(ShiftHalfEven, MultipliesByNegativeShifts) {
    EXPECT_EQ(shift_half_even(-3, -4), -48);
    EXPECT_EQ(shift_half_even(1, -62), std::int64_t{1} << 62);
    EXPECT_EQ(shift_half_even(9, 0), 9);
}

TEST(ShiftHalfEven, GivesZeroWhereEverythingIsShiftedOut) {
    const std::int64_t largest = std::int64_t{1} << 62;
    EXPECT_EQ(shift_half_even(largest, 62), 1);
    EXPECT_EQ(shift_half_even(largest, 63), 0); // a tie, to even
    EXPECT_EQ(shift_half_even(-largest, 63), 0);
    EXPECT_EQ(shift_half_even(largest, 100), 0);
}

TEST(ShiftHalfEven, AgreesWithRoundedDoubles) {
    for (std::int64_t integer = -2000; integer <= 2000; ++integer) {
        for (int shift = 0; shift < 14; ++shift) {
            const double exact = std::ldexp(static_cast<double>(integer), -shift);
            ASSERT_EQ(shift_half_even(integer, shift), static_cast<std::int64_t>(std::nearbyint(exact)))
                << integer << " >> " << shift;
        }
    }
}

TEST(DivideHalfEven, AgreesWithRoundedDoubles) {
    for (std::int64_t numerator = -600; numerator <= 600; ++numerator) {
        for (std::int64_t denominator = 1; denominator <= 70; ++denominator) {
            const double exact = static_cast<double>(numerator) / static_cast<double>(denominator);
            ASSERT_EQ(divide_half_even(numerator, denominator),
                      static_cast<std::int64_t>(std::nearbyint(exact)))
                << numerator << " / " << denominator;
        }
    }
}

TEST(DivideHalfEven, NeverOverflows) {
    const std::int64_t largest = std::numeric_limits<std::int64_t>::max();
    EXPECT_EQ(divide_half_even(largest - 1, largest), 1);
    EXPECT_EQ(divide_half_even(largest / 2, largest), 0);
    EXPECT_EQ(divide_half_even(largest / 2 + 1, largest), 1);
    EXPECT_EQ(divide_half_even(-largest, 2), -(largest / 2) - 1); // -4611686018427387903.5, to even
}

TEST(DivideHalfEven, RefusesADenominatorThatIsNotPositive) {
    EXPECT_THROW(divide_half_even(1, 0), InternalError);
    EXPECT_THROW(divide_half_even(1, -2), InternalError);
}

TEST(Requantize, RoundsOntoACoarserGridAndSaturates) {
    const NumberFormat coarse{.bits = 4, .fraction_bits = 1};
    EXPECT_EQ(requantize(10, 3, coarse), 2);  // 1.25 is 2.5 halves
    EXPECT_EQ(requantize(14, 3, coarse), 4);  // 1.75 is 3.5 halves
    EXPECT_EQ(requantize(100, 3, coarse), 7); // 12.5 is beyond 3.5
    EXPECT_EQ(requantize(-100, 3, coarse), -8);
}

TEST(Requantize, IsExactOntoAFinerGrid) {
    EXPECT_EQ(requantize(-3, 1, {.bits = 8, .fraction_bits = 5}), -48);
    EXPECT_EQ(requantize(9, 1, {.bits = 8, .fraction_bits = 5}), 127); // 4.5 saturates at 3.97
}

} // namespace
} // namespace tandem
