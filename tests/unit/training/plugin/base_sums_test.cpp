#include "tandem/training/plugin/base_sums.h"

#include <cmath>

#include <gtest/gtest.h>

#include "tandem/core/random.h"

namespace tandem {
namespace {

using torch::Tensor;

Tensor drawn(std::int64_t count) {
    Random random(7);
    std::vector<float> values(static_cast<std::size_t>(count));
    for (float& value : values) value = static_cast<float>(random.normal());
    return torch::tensor(values);
}

double error_of(const Tensor& latent, std::int64_t count) {
    const Tensor sum = sum_of_bases(latent, find_weight_bases(latent, count));
    return (sum - latent).pow(2).sum().item<double>();
}

TEST(WeightBases, OfOneAreTheSignAndTheMeanMagnitude) {
    const Tensor latent = torch::tensor({-0.5F, 0.25F, 1.0F, -0.75F});
    const WeightBases bases = find_weight_bases(latent, 1);
    EXPECT_TRUE(bases.signs[0].equal(torch::tensor({-1.0F, 1.0F, 1.0F, -1.0F})));
    EXPECT_NEAR(bases.scales[0], 0.625, 1e-12);
}

TEST(WeightBases, LieByDeviationsFromTheMean) {
    // Mean 0, deviation sqrt(22.5 / 4) = 2.37: moved down only 3.5 stays positive, moved up only -3 negative.
    const Tensor latent = torch::tensor({-3.0F, -1.0F, 0.5F, 3.5F});
    const WeightBases bases = find_weight_bases(latent, 3);
    EXPECT_TRUE(bases.signs[0].equal(torch::tensor({-1.0F, -1.0F, -1.0F, 1.0F})));
    EXPECT_TRUE(bases.signs[1].equal(torch::tensor({-1.0F, -1.0F, 1.0F, 1.0F})));
    EXPECT_TRUE(bases.signs[2].equal(torch::tensor({-1.0F, 1.0F, 1.0F, 1.0F})));
    // At the least sum of squares no basis has a part in what is left.
    const Tensor sum = sum_of_bases(latent, bases);
    for (const Tensor& signs : bases.signs) {
        EXPECT_NEAR((signs * (sum - latent)).sum().item<double>(), 0.0, 1e-5);
    }
}

TEST(WeightBases, BringTheDifferenceDownAsTheyGrow) {
    const Tensor latent = 0.1 * drawn(1'152) + 0.02;
    double last = latent.pow(2).sum().item<double>();
    for (const std::int64_t count : {1, 2, 3, 5}) {
        const double error = error_of(latent, count);
        EXPECT_LT(error, last) << count;
        last = error;
    }
}

TEST(WeightBases, OfEqualWeightsAreStillPositive) {
    for (const double value : {0.0, 0.5, -0.5}) {
        const WeightBases bases = find_weight_bases(torch::full({4}, value), 4);
        for (const double scale : bases.scales) EXPECT_GT(scale, 0.0);
        EXPECT_NEAR(error_of(torch::full({4}, value), 4), 0.0, 1e-9);
    }
}

TEST(ActivationBases, BeginAsAUniformQuantiser) {
    const NumberFormat bits{.bits = 1, .signedness = Signedness::is_unsigned};
    const ActivationBases bases = spread_bases(bits, 0.5, 3, 100);
    const Tensor values = torch::tensor({-1.0F, 0.2F, 0.3F, 0.7F, 0.8F, 1.2F, 1.3F, 9.0F}).requires_grad_();
    const Tensor sum = sum_of_bases(values, bases);
    EXPECT_TRUE(sum.equal(torch::tensor({0.0F, 0.0F, 0.5F, 0.5F, 1.0F, 1.0F, 1.5F, 1.5F})));
    sum.sum().backward();
    // Slopes of 1 side by side from 0 to three distances, nothing outside.
    EXPECT_TRUE(values.grad().equal(torch::tensor({0.0F, 1.0F, 1.0F, 1.0F, 1.0F, 1.0F, 1.0F, 0.0F})));
}

TEST(ActivationBases, LieOnBothSidesOfZeroWhereThereIsASign) {
    const ActivationBases bases = spread_bases({.bits = 1}, 1.0, 2, 100);
    const Tensor sum = sum_of_bases(torch::tensor({-0.6F, -0.4F, 0.0F, 0.4F, 0.6F}), bases);
    EXPECT_TRUE(sum.equal(torch::tensor({-1.0F, 0.0F, 0.0F, 0.0F, 1.0F})));
}

TEST(ActivationBases, LearnThresholdsAndScales) {
    const NumberFormat bits{.bits = 1, .signedness = Signedness::is_unsigned};
    ActivationBases bases = spread_bases(bits, 1.0, 2, 8);
    const Tensor values = torch::tensor({0.25F, 0.75F, 1.75F, 4.0F});
    (sum_of_bases(values, bases) * torch::tensor({1.0F, 2.0F, 4.0F, 8.0F})).sum().backward();
    // 1 / sqrt(8 * 2) of: within half of 0.5 lie the first two; within half of 1.5 the third; beyond 0.5 the
    // last three, beyond 1.5 the last two.
    EXPECT_TRUE(torch::allclose(bases.thresholds.grad(), torch::tensor({-3.0F, -4.0F}) / 4.0));
    EXPECT_TRUE(torch::allclose(bases.scales.grad(), torch::tensor({14.0F, 12.0F}) / 4.0));
}

TEST(ActivationBases, StayOnTheirSideOfZero) {
    const ActivationBases bases = spread_bases({.bits = 1}, 1.0, 3, 8);
    {
        const torch::NoGradGuard no_gradients;
        bases.thresholds.copy_(torch::tensor({0.5F, -0.1F, -2.0F}));
        bases.scales.copy_(torch::tensor({-1.0F, 0.0F, 2.0F}));
    }
    keep_positive(bases);
    EXPECT_LT(bases.thresholds[0].item<float>(), 0.0F);
    EXPECT_GT(bases.thresholds[1].item<float>(), 0.0F);
    EXPECT_GT(bases.thresholds[2].item<float>(), 0.0F);
    EXPECT_GT(bases.scales.min().item<float>(), 0.0F);
    EXPECT_EQ(bases.scales[2].item<float>(), 2.0F);
}

} // namespace
} // namespace tandem
