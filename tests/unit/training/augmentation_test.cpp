#include "tandem/training/augmentation.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

#include <gtest/gtest.h>

namespace tandem {
namespace {

/// One image of `channels` channels, 4x4, whose pixels are all `pixel`.
Images even_image(std::int64_t channels, std::uint8_t pixel) {
    return {.channels = channels,
            .rows = 4,
            .columns = 4,
            .pixels = std::vector<std::uint8_t>(static_cast<std::size_t>(16 * channels), pixel),
            .labels = {0}};
}

std::vector<float> changed(const Augmentation& augmentation, const Images& images, std::uint64_t seed) {
    std::vector<float> output(static_cast<std::size_t>(images.elements()), -1.0F);
    Augmenter(augmentation, images).write(0, Random(seed), output);
    return output;
}

TEST(Augmentation, CutsOneSquareOutAtEveryPlaceAndLeavesTheRest) {
    const Images images = even_image(2, 255);
    std::vector<int> cut(16, 0);
    for (std::uint64_t seed = 0; seed < 400; ++seed) {
        const std::vector<float> output = changed({.moves = "none", .cutout = 2}, images, seed);
        int zeros = 0;
        for (std::size_t i = 0; i < 16; ++i) {
            ASSERT_EQ(output[i], output[16 + i]) << "the same square of both channels";
            ASSERT_TRUE(output[i] == 0.0F || output[i] == 1.0F);
            if (output[i] == 0.0F) ++cut[i], ++zeros;
        }
        // Of a centre in the first row or column half of the square, or three quarters, lie outside.
        ASSERT_TRUE(zeros == 1 || zeros == 2 || zeros == 4) << zeros;
    }
    EXPECT_GT(*std::min_element(cut.begin(), cut.end()), 5);
}

TEST(Augmentation, WhatIsCutOutIsZeroForTheNetwork) {
    Images images = even_image(1, 255);
    images.normalization = {.scale = 1.0F / 255.0F, .mean = {0.5F}, .deviation = {0.25F}};
    const std::vector<float> output = changed({.moves = "none", .cutout = 2}, images, 1);
    for (const float value : output) EXPECT_TRUE(value == 0.0F || value == 2.0F) << value;
    EXPECT_NE(std::count(output.begin(), output.end(), 0.0F), 0);
}

TEST(Augmentation, TurnsAboutTheCentre) {
    const std::vector<float> plane{1, 2, 3, 4, 5, 6, 7, 8, 9};
    EXPECT_EQ(rotated(plane, 3, 3, 0.0), plane);
    const std::vector<float> eighth = rotated(plane, 3, 3, std::numbers::pi / 4.0);
    EXPECT_NEAR(eighth[4], 5.0F, 1e-6F);
    // The corner reads (sqrt 2 - 1) beyond the middle of an edge: as much of it is the black outside.
    EXPECT_NEAR(eighth[0], (2.0F - std::sqrt(2.0F)) * 4.0F, 1e-4F);
}

TEST(Augmentation, AQuarterTurnMovesColumnsToRows) {
    const std::vector<float> plane{1, 2, 3, 4, 5, 6, 7, 8, 9};
    const std::vector<float> turned = rotated(plane, 3, 3, std::numbers::pi / 2.0);
    // Row r of the result reads from column r: (row, column) = (-right, down) about the centre.
    const std::vector<float> expected{7, 4, 1, 8, 5, 2, 9, 6, 3};
    for (std::size_t i = 0; i < 9; ++i) EXPECT_NEAR(turned[i], expected[i], 1e-4F) << i;
}

TEST(Augmentation, ColourChangesAnEvenGreyByItsBrightnessAlone) {
    const Images images = even_image(3, 100);
    double least = 1.0;
    double most = 0.0;
    for (std::uint64_t seed = 0; seed < 300; ++seed) {
        const std::vector<float> output = changed({.moves = "none", .colour = 0.5}, images, seed);
        for (const float value : output) ASSERT_NEAR(value, output[0], 1e-5F);
        least = std::min(least, static_cast<double>(output[0]));
        most = std::max(most, static_cast<double>(output[0]));
    }
    EXPECT_NEAR(least, 0.5 * 100.0 / 255.0, 0.01);
    EXPECT_NEAR(most, 1.5 * 100.0 / 255.0, 0.01);
}

TEST(Augmentation, ContrastAndSaturationKeepTheMeanGrey) {
    Images images = even_image(3, 0);
    for (std::size_t i = 0; i < images.pixels.size(); ++i) {
        images.pixels[i] = static_cast<std::uint8_t>(90 + (37 * i) % 60); // far from black and white
    }
    const std::vector<float> plain = changed({.moves = "none"}, images, 1);
    const auto luma = [](const std::vector<float>& pixels, std::size_t i) {
        return 0.299F * pixels[i] + 0.587F * pixels[16 + i] + 0.114F * pixels[32 + i];
    };
    const auto mean_luma = [&](const std::vector<float>& pixels) {
        float sum = 0.0F;
        for (std::size_t i = 0; i < 16; ++i) sum += luma(pixels, i) / 16.0F;
        return sum;
    };
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
        const std::vector<float> output = changed({.moves = "none", .colour = 0.2}, images, seed);
        const float brightness = mean_luma(output) / mean_luma(plain);
        EXPECT_GE(brightness, 0.799F);
        EXPECT_LE(brightness, 1.201F);
        // Differences of luma within the image all grew by brightness times contrast.
        const float factor = (luma(output, 1) - luma(output, 0)) / (luma(plain, 1) - luma(plain, 0));
        EXPECT_NEAR((luma(output, 7) - luma(output, 2)), factor * (luma(plain, 7) - luma(plain, 2)), 1e-4F);
        EXPECT_NEAR(factor / brightness, 1.0F, 0.201F);
    }
}

TEST(Augmentation, NoiseHasItsDeviationAndStaysInRange) {
    Images images{.channels = 1,
                  .rows = 64,
                  .columns = 64,
                  .pixels = std::vector<std::uint8_t>(4096, 128),
                  .labels = {0}};
    const std::vector<float> output = changed({.moves = "none", .noise = 0.1}, images, 3);
    const double mean = std::accumulate(output.begin(), output.end(), 0.0) / 4096.0;
    double squares = 0.0;
    for (const float value : output) squares += (value - mean) * (value - mean) / 4096.0;
    EXPECT_NEAR(mean, 128.0 / 255.0, 0.01);
    EXPECT_NEAR(std::sqrt(squares), 0.1, 0.005);
    images.pixels.assign(4096, 255);
    for (const float value : changed({.moves = "none", .noise = 0.1}, images, 3)) ASSERT_LE(value, 1.0F);
}

TEST(Augmentation, DependsOnTheStreamAloneAndLeavesMovesAsTheyAre) {
    Images images = even_image(3, 10);
    std::iota(images.pixels.begin(), images.pixels.end(), std::uint8_t{1});
    const Augmentation all{.moves = "crop-flip", .cutout = 2, .rotation = 15.0, .colour = 0.2, .noise = 0.05};
    EXPECT_EQ(changed(all, images, 5), changed(all, images, 5));
    EXPECT_NE(changed(all, images, 5), changed(all, images, 6));
    // Through the slow path with next to nothing changed: the same moves as through tables.
    const std::vector<float> fast = changed({}, images, 9);
    const std::vector<float> slow = changed({.noise = 1e-9}, images, 9);
    for (std::size_t i = 0; i < fast.size(); ++i) EXPECT_NEAR(slow[i], fast[i], 1e-6F);
}

TEST(Augmentation, SharesOfMixturesFollowTheirDistribution) {
    double sum_even = 0.0;
    double sum_narrow = 0.0;
    for (std::uint64_t i = 0; i < 4000; ++i) {
        const double even = draw_own_share(1.0, Random(1).fork("mix", i));
        const double narrow = draw_own_share(0.2, Random(1).fork("mix", i));
        ASSERT_TRUE(even >= 0.5 && even <= 1.0 && narrow >= 0.5 && narrow <= 1.0);
        sum_even += even / 4000.0;
        sum_narrow += narrow / 4000.0;
    }
    EXPECT_NEAR(sum_even, 0.75, 0.01); // Beta(1, 1) is uniform
    // 1/2 and the mean absolute deviation of Beta(a, a), 2^(-2 a) / (a B(a, a)).
    const double beta = std::exp(2.0 * std::lgamma(0.2) - std::lgamma(0.4));
    EXPECT_NEAR(sum_narrow, 0.5 + std::exp2(-0.4) / (0.2 * beta), 0.01);
}

} // namespace
} // namespace tandem
