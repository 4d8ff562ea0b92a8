#include "tandem/numerics/range_search.h"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "tandem/core/random.h"

namespace tandem {
namespace {

TEST(CoveringScale, WorksOutByHand) {
    // -1 .. 3 in 8 bits: steps of 4/255, zero at -128 + 63.75.
    const ScaledFormat asymmetric = covering_scale({-1.0, 3.0}, 8, Symmetry::asymmetric);
    EXPECT_EQ(asymmetric.format, (NumberFormat{.bits = 8}));
    EXPECT_FLOAT_EQ(asymmetric.scale.scale, 4.0F / 255.0F);
    EXPECT_EQ(asymmetric.scale.zero_point, -64);
    const ScaledFormat symmetric = covering_scale({-1.0, 3.0}, 8, Symmetry::symmetric);
    EXPECT_EQ(symmetric.scale, (AffineScale{3.0F / 127.0F, 0}));
    const ScaledFormat positive = covering_scale({0.0, 3.0}, 4, Symmetry::symmetric);
    EXPECT_EQ(positive.format, (NumberFormat{.bits = 4, .signedness = Signedness::is_unsigned}));
    EXPECT_FLOAT_EQ(positive.scale.scale, 0.2F);
    EXPECT_EQ(covering_scale({0.0, 0.0}, 8, Symmetry::asymmetric).scale, (AffineScale{1.0F, -128}));
}

/// Normal values with a few outliers far away.
Histogram with_outliers(double deviation) {
    Random random(3);
    std::vector<float> values(100'000);
    for (float& value : values) value = static_cast<float>(deviation * random.normal());
    values[0] = 100.0F;
    values[1] = -100.0F;
    Histogram histogram(-100.0F, 100.0F);
    histogram.observe(values);
    return histogram;
}

float scale_by(CalibrationMethod method, const Histogram& histogram, int bits) {
    return search_scale(histogram, method, bits, Symmetry::symmetric).scale.scale;
}

TEST(SearchScale, CoversEverythingOrLeavesOutliersOut) {
    const Histogram histogram = with_outliers(1.0);
    EXPECT_FLOAT_EQ(scale_by(CalibrationMethod::minmax, histogram, 8), 100.0F / 127.0F);
    for (const CalibrationMethod method :
         {CalibrationMethod::mse, CalibrationMethod::entropy, CalibrationMethod::percentile}) {
        EXPECT_LT(scale_by(method, histogram, 4) * 7.0F, 20.0F) << static_cast<int>(method);
        EXPECT_GT(scale_by(method, histogram, 4) * 7.0F, 1.0F) << static_cast<int>(method);
    }
}

TEST(SearchScale, LeavesOutTheStatedShareByPercentile) {
    // Of 30,000 values 3 may be clipped, 1.5 at each end: the one at 10 goes, and the one at -10, which
    // leaves no negative value.
    Histogram histogram(-10.0F, 10.0F);
    std::vector<float> values(30'000, 1.0F);
    values[0] = 10.0F;
    values[1] = -10.0F;
    histogram.observe(values);
    const float covered = scale_by(CalibrationMethod::percentile, histogram, 8) * 255.0F;
    EXPECT_GE(covered, 1.0F - 2.0F * static_cast<float>(histogram.bin_width()));
    EXPECT_LE(covered, 1.0F + 2.0F * static_cast<float>(histogram.bin_width()));
}

TEST(SearchScale, FindsTheLeastSquaredError) {
    // Three quarters at 1, the rest at 10, two unsigned bits: covering 10 in steps of 10/3 makes 1 a 0.
    Histogram histogram(0.0F, 10.0F);
    histogram.observe(std::vector<float>(300, 1.0F));
    histogram.observe(std::vector<float>(100, 10.0F));
    const float scale = scale_by(CalibrationMethod::mse, histogram, 2);
    const auto error = [&](double step) {
        const double small = std::min(std::nearbyint(1.0 / step), 3.0) * step - 1.0;
        const double large = std::min(std::nearbyint(10.0 / step), 3.0) * step - 10.0;
        return 3.0 * small * small + large * large;
    };
    for (double step = 0.2; step < 3.4; step += 0.05) EXPECT_LE(error(scale), error(step) + 0.3) << step;
}

TEST(Histogram, AddsUpAndKeepsOddValues) {
    Histogram one(-1.0F, 1.0F);
    one.observe(std::vector<float>{std::numeric_limits<float>::quiet_NaN(), 5.0F, -5.0F});
    Histogram other(-1.0F, 1.0F);
    other.observe(std::vector<float>{0.0F});
    one.merge(other);
    EXPECT_EQ(one.counts().front(), 1);
    EXPECT_EQ(one.counts().back(), 1);
    EXPECT_EQ(one.counts()[1024], 2);
    Histogram nothing(0.0F, 0.0F);
    nothing.observe(std::vector<float>{0.0F});
    for (const auto method : {CalibrationMethod::mse, CalibrationMethod::minmax, CalibrationMethod::entropy,
                              CalibrationMethod::percentile}) {
        EXPECT_EQ(search_scale(nothing, method, 8, Symmetry::symmetric).scale.scale, 1.0F);
    }
}

TEST(SearchWeightScale, ReachesTheLargestMagnitude) {
    const std::vector<float> weights{0.1F, -1.27F, 0.5F};
    EXPECT_FLOAT_EQ(search_weight_scale(weights, CalibrationMethod::minmax, 8), 0.01F);
    EXPECT_FLOAT_EQ(search_weight_scale(weights, CalibrationMethod::entropy, 8), 0.01F);
    EXPECT_LE(search_weight_scale(weights, CalibrationMethod::mse, 8), 0.01F * 1.0001F);
    EXPECT_EQ(search_weight_scale(std::vector<float>{0.0F}, CalibrationMethod::mse, 8), 1.0F);
}

} // namespace
} // namespace tandem
