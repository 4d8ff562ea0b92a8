#include "tandem/numerics/radix_search.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "tandem/core/check.h"
#include "tandem/core/random.h"

namespace tandem {
namespace {

constexpr NumberFormat kUnsigned8{.bits = 8, .fraction_bits = 8, .signedness = Signedness::is_unsigned};

double squared_error(const std::vector<float>& values, const NumberFormat& format) {
    double sum = 0.0;
    for (const float value : values) {
        const double error =
            static_cast<double>(dequantize(quantize(value, format), format)) - static_cast<double>(value);
        sum += error * error;
    }
    return sum;
}

struct Range {
    float minimum = 0.0F;
    float maximum = 0.0F;
};

Range range_of(const std::vector<float>& values) {
    const auto [minimum, maximum] = std::minmax_element(values.begin(), values.end());
    return {.minimum = *minimum, .maximum = *maximum};
}

NumberFormat search(const std::vector<float>& values, int bits) {
    const Range range = range_of(values);
    RadixSearch search({bits}, range.minimum, range.maximum);
    search.observe(values);
    return search.best(bits);
}

std::vector<float> draw_laplace(std::uint64_t seed, std::size_t count) {
    Random random(seed);
    std::vector<float> values(count);
    for (float& value : values) {
        const double uniform = random.uniform() - 0.5;
        value = static_cast<float>(std::copysign(-std::log1p(-2.0 * std::abs(uniform)), uniform));
    }
    return values;
}

TEST(RadixSearch, CoversTheRangeOfEvenlySpreadValues) {
    std::vector<float> values;
    for (int i = 0; i <= 255; ++i) values.push_back(static_cast<float>(i) / 256.0F);
    EXPECT_EQ(search(values, 8), kUnsigned8);
}

TEST(RadixSearch, LetsTheLargestValueRoundToTheLargestInteger) {
    // 127.4 / 128 rounds to 127, so 7 fraction bits cover it; 127.6 / 128 needs 6.
    EXPECT_EQ(RadixSearch({8}, -0.5F, 127.4F / 128.0F).best(8).fraction_bits, 7);
    EXPECT_EQ(RadixSearch({8}, -0.5F, 127.6F / 128.0F).best(8).fraction_bits, 6);
}

TEST(RadixSearch, ClipsALoneOutlier) {
    std::vector<float> values(1000);
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i % 16) / 16.0F;
    values.push_back(1.9F);
    const NumberFormat covering =
        RadixSearch({4}, 0.0F, 1.9F).best(4); // no value seen: the one that covers the range
    EXPECT_EQ(covering.fraction_bits, 3);
    EXPECT_EQ(search(values, 4).fraction_bits, 4);
}

TEST(RadixSearch, MakesNonNegativeRangesUnsigned) {
    EXPECT_EQ(RadixSearch({8}, 0.0F, 1.0F).best(8).signedness, Signedness::is_unsigned);
    EXPECT_EQ(RadixSearch({8}, -0.01F, 1.0F).best(8).signedness, Signedness::is_signed);
}

TEST(RadixSearch, FindsWhatExhaustiveSearchFinds) {
    constexpr std::uint64_t kSeed = 5;
    SCOPED_TRACE("seed " + std::to_string(kSeed));
    Random random(kSeed);
    for (int trial = 0; trial < 60; ++trial) {
        std::vector<float> values(1 + random.below(3000));
        const double scale = std::ldexp(1.0, static_cast<int>(random.below(20)) - 10);
        for (float& value : values) value = static_cast<float>(random.normal() * scale);
        if (trial % 2 == 0) {
            for (float& value : values) value = std::max(value, 0.0F);
        }
        for (const int bits : {1, 2, 4, 6, 8}) {
            const NumberFormat found = search(values, bits);
            double least = std::numeric_limits<double>::infinity();
            for (int fraction_bits = -20; fraction_bits <= 30; ++fraction_bits) {
                least = std::min(least, squared_error(values, {bits, fraction_bits, found.signedness}));
            }
            // Both sum in their own order; a format that is truly worse differs by far more.
            EXPECT_LE(squared_error(values, found), least * 1.00001)
                << "trial " << trial << ", " << bits << " bits, found " << to_string(found);
        }
    }
}

TEST(RadixSearch, HasCandidatesToSpareForHeavyTails) {
    const std::vector<float> values = draw_laplace(/*seed=*/3, 200000);
    const Range range = range_of(values);
    for (const int bits : {2, 4, 6, 8, 16}) {
        const int covering = RadixSearch({bits}, range.minimum, range.maximum).best(bits).fraction_bits;
        const int best = search(values, bits).fraction_bits;
        EXPECT_LT(best - covering, kClippingCandidates) << bits << " bits";
        if (bits == 2) {
            EXPECT_GE(best - covering, 2);
        }
    }
}

TEST(RadixSearch, GivesTheLargerRangeOnTies) {
    EXPECT_EQ(search(std::vector<float>(100, 0.0F), 8).fraction_bits, 7);
    // Halves are exact at 1 to 7 fraction bits; the fewest cover the most.
    RadixSearch search({8}, -1.0F, 50.0F);
    const std::vector<float> halves{0.5F, -0.5F};
    search.observe(halves);
    EXPECT_EQ(search.best(8).fraction_bits, 1);
}

TEST(RadixSearch, SearchesAllWidthsInOnePass) {
    const std::vector<float> values = draw_laplace(/*seed=*/4, 5000);
    const Range range = range_of(values);
    RadixSearch together({2, 8, 16}, range.minimum, range.maximum);
    together.observe(values);
    for (const int bits : {2, 8, 16}) EXPECT_EQ(together.best(bits), search(values, bits));
    EXPECT_THROW(static_cast<void>(together.best(4)), InternalError);
}

TEST(RadixSearch, MergesWhatOthersSaw) {
    const std::vector<float> values = draw_laplace(/*seed=*/6, 5000);
    const Range range = range_of(values);
    RadixSearch whole({4}, range.minimum, range.maximum);
    RadixSearch first = whole;
    RadixSearch second = whole;
    whole.observe(values);
    first.observe(std::span(values).first(2048));
    second.observe(std::span(values).subspan(2048));
    first.merge(second);
    EXPECT_EQ(first.best(4), whole.best(4));
    EXPECT_THROW(first.merge(RadixSearch({8}, range.minimum, range.maximum)), InternalError);
}

TEST(RadixSearch, TakesNanForZero) {
    std::vector<float> values(100, 0.75F);
    RadixSearch search({4}, 0.0F, 0.75F);
    values[3] = std::numeric_limits<float>::quiet_NaN();
    search.observe(values);
    EXPECT_EQ(search.best(4).fraction_bits, 4);
}

TEST(RadixSearch, StaysWithinTheRadixPointsOfAFormat) {
    EXPECT_EQ(RadixSearch({8}, 0.0F, 1e-30F).best(8).fraction_bits, kMaximumFractionBits);
    EXPECT_EQ(RadixSearch({8}, 0.0F, 1e30F).best(8).fraction_bits, kMinimumFractionBits);
    const float infinity = std::numeric_limits<float>::infinity();
    RadixSearch search({8}, -infinity, infinity);
    search.observe(std::vector<float>{infinity, -infinity, 1.0F});
    EXPECT_EQ(search.best(8).fraction_bits, kMinimumFractionBits);
}

TEST(BestWeightFormat, IsSignedEvenForPositiveWeights) {
    const std::vector<float> weights{0.25F, 0.5F, 0.75F};
    // In 4 signed bits 0.75 is 6 eighths, and all three are exact; 3 fraction bits cover the most.
    EXPECT_EQ(best_weight_format(weights, 4), (NumberFormat{4, 3, Signedness::is_signed}));
}

TEST(BestWeightFormat, TakesAnyFormatForNoWeights) { EXPECT_EQ(best_weight_format({}, 8).bits, 8); }

} // namespace
} // namespace tandem
