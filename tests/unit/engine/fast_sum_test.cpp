#include "tandem/engine/fast_sum.h"

#include <gtest/gtest.h>

namespace tandem {
namespace {

constexpr std::int64_t kNarrow = std::int64_t{1} << 30;
constexpr std::int64_t kWide = std::int64_t{1} << 62;

std::vector<std::int32_t> rounded(const SumRule& rule, const std::vector<Term>& terms, std::size_t count) {
    IntegerValues output({16, 0, Signedness::is_signed}, count);
    RoundedSum(rule).run_into(output, 0, terms, count);
    std::vector<std::int32_t> integers;
    for (std::size_t i = 0; i < count; ++i) integers.push_back(output[i]);
    return integers;
}

SumRule rule(int shift, std::int64_t largest) {
    return {.bias = {}, .shift = shift, .clamp = {-32768, 32767}, .largest = largest};
}

TEST(RoundedSum, RoundsTiesToEvenInBothWidths) {
    const std::vector<std::int32_t> integers{-10, -9, -6, -5, -2, -1, 0, 1, 2, 3, 5, 6, 7, 10};
    for (const std::int64_t largest : {kNarrow, kWide}) {
        for (const int shift : {-3, 0, 1, 2, 3, 29, 30, 31, 40, 62, 63, 70}) {
            const auto found =
                rounded(rule(shift, largest), {{ElementType::s32, integers.data(), 0}}, integers.size());
            for (std::size_t i = 0; i < integers.size(); ++i) {
                EXPECT_EQ(found[i], shift_half_even(integers[i], shift)) << integers[i] << " >> " << shift;
            }
        }
    }
}

TEST(RoundedSum, RoundsTheLargestSumsOfEachWidth) {
    const std::vector<std::int32_t> integers{-(1 << 30), (1 << 30) - 1, 1 << 30, 3 << 28};
    for (const int shift : {16, 29, 30, 31}) {
        const auto narrow = rounded(rule(shift, kNarrow), {{ElementType::s32, integers.data(), 0}}, 4);
        const auto wide = rounded(rule(shift + 32, kWide), {{ElementType::s32, integers.data(), 32}}, 4);
        for (std::size_t i = 0; i < integers.size(); ++i) {
            EXPECT_EQ(narrow[i], std::min<std::int64_t>(32767, shift_half_even(integers[i], shift)));
            EXPECT_EQ(wide[i], narrow[i]);
        }
    }
}

TEST(RoundedSum, AddsEveryTypeOfElementAndTheBiasOfItsChannel) {
    const std::vector<std::uint8_t> u8{255, 0, 3};
    const std::vector<std::int8_t> s8{-128, 127, 1};
    const std::vector<std::uint16_t> u16{65535, 1, 2};
    const std::vector<std::int16_t> s16{-32768, 32767, 3};
    const std::vector<std::int64_t> bias{100, -200, 300};
    for (const std::int64_t largest : {kNarrow, kWide}) {
        SumRule sum = rule(0, largest);
        sum.bias = bias;
        // 1020 - 256 - 32768 + 100; 0 + 254 + 32767 - 200, beyond the clamp; 12 + 2 + 3 + 300.
        const std::vector<Term> terms{{ElementType::u8, u8.data(), 2},
                                      {ElementType::s8, s8.data(), 1},
                                      {ElementType::s16, s16.data(), 0}};
        EXPECT_EQ(rounded(sum, terms, 3), (std::vector<std::int32_t>{-31904, 32767, 317}));
        EXPECT_EQ(rounded(sum, {{ElementType::u16, u16.data(), 0}}, 3),
                  (std::vector<std::int32_t>{32767, -199, 302}));
    }
}

// As for operands read with an offset: parts leave the range, or lie above it altogether.
TEST(RoundedSum, WrapsAroundWithinItsParts) {
    const std::vector<std::int32_t> large{2'000'000'000};
    const std::vector<std::int64_t> bias{-3'999'999'993};
    SumRule sum = rule(0, kNarrow);
    sum.bias = bias;
    EXPECT_EQ(rounded(sum, {{ElementType::s32, large.data(), 1}}, 1), std::vector<std::int32_t>{7});
    const std::vector<std::int64_t> beyond{-(std::int64_t{5} << 40) + 9};
    const std::vector<std::int32_t> five{5};
    sum.bias = beyond;
    EXPECT_EQ(rounded(sum, {{ElementType::s32, five.data(), 40}}, 1), std::vector<std::int32_t>{9});
}

TEST(RoundedSum, GoesThroughManyBlocksOfManyChannels) {
    for (const std::size_t channels :
         {std::size_t{1}, std::size_t{7}, std::size_t{1024}, std::size_t{1500}}) {
        std::vector<std::int64_t> bias(channels);
        for (std::size_t i = 0; i < channels; ++i) bias[i] = static_cast<std::int64_t>(i);
        const std::size_t count = channels * (5000 / channels + 2);
        std::vector<std::int16_t> elements(count);
        for (std::size_t i = 0; i < count; ++i) elements[i] = static_cast<std::int16_t>(i);
        SumRule sum = rule(0, kNarrow);
        sum.bias = bias;
        const auto found = rounded(sum, {{ElementType::s16, elements.data(), 0}}, count);
        for (std::size_t i = 0; i < count; ++i) {
            ASSERT_EQ(found[i], static_cast<std::int32_t>(i + i % channels)) << channels << " channels";
        }
    }
}

} // namespace
} // namespace tandem
