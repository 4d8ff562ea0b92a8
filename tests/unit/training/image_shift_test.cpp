#include "tandem/training/image_shift.h"

#include <set>

#include <gtest/gtest.h>

namespace tandem {
namespace {

/// Two images of one channel, 2 rows, 3 columns; pixels are 51 times a digit, so that floats are
/// fifths.
Images two_images() {
    Images images{.channels = 1, .rows = 2, .columns = 3, .pixels = {}, .labels = {0, 1}};
    for (const int digit : {0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 0}) {
        images.pixels.push_back(static_cast<std::uint8_t>(51 * digit));
    }
    return images;
}

/// The second image, shifted, in fifths.
std::vector<int> shifted(const Shift& shift) {
    std::vector<float> output(6, -1.0F);
    const Images images = two_images();
    write_shifted(images, pixel_values(images), 1, shift, output);
    std::vector<int> fifths;
    for (const float value : output) fifths.push_back(static_cast<int>(value * 5.0F + 0.5F));
    return fifths;
}

TEST(ImageShift, LeavesAnImageInPlaceWithoutShift) {
    EXPECT_EQ(shifted({}), (std::vector<int>{1, 2, 3, 4, 5, 0}));
}

TEST(ImageShift, MovesDownAndRightWithBlackComingIn) {
    EXPECT_EQ(shifted({.rows = 1, .columns = 1}), (std::vector<int>{0, 0, 0, 0, 1, 2}));
}

TEST(ImageShift, MovesUpAndLeft) {
    EXPECT_EQ(shifted({.rows = -1, .columns = -2}), (std::vector<int>{0, 0, 0, 0, 0, 0}));
    EXPECT_EQ(shifted({.rows = -1, .columns = -1}), (std::vector<int>{5, 0, 0, 0, 0, 0}));
}

TEST(ImageShift, MirrorsBeforeItMoves) {
    EXPECT_EQ(shifted({.mirrors = true}), (std::vector<int>{3, 2, 1, 0, 5, 4}));
    EXPECT_EQ(shifted({.columns = 1, .mirrors = true}), (std::vector<int>{0, 3, 2, 0, 0, 5}));
}

TEST(ImageShift, ShiftsAnImageOutOfItsFrame) {
    EXPECT_EQ(shifted({.rows = 2}), (std::vector<int>(6, 0)));
    EXPECT_EQ(shifted({.columns = -5}), (std::vector<int>(6, 0)));
}

TEST(ImageShift, ShiftsWhatTheNetworkSees) {
    Images images = two_images();
    images.normalization = {.scale = 1.0F / 51.0F, .mean = {2.0F}, .deviation = {0.5F}};
    std::vector<float> output(6);
    write_shifted(images, pixel_values(images), 1, {.rows = 1}, output);
    // (digit - 2) / 0.5; what comes in is black, which is no zero here.
    EXPECT_EQ(output, (std::vector<float>{-4.0F, -4.0F, -4.0F, -2.0F, 0.0F, 2.0F}));
}

TEST(ImageShift, DrawsEveryCropAndFlip) {
    const Random stream(1);
    std::set<std::tuple<std::int64_t, std::int64_t, bool>> drawn;
    for (std::int64_t image = 0; image < 2000; ++image) {
        const Shift shift = draw_shift("crop-flip", stream, image);
        drawn.emplace(shift.rows, shift.columns, shift.mirrors);
    }
    EXPECT_EQ(drawn.size(), 50U); // 5 rows, 5 columns, mirrored or not
}

TEST(ImageShift, CropNeverMirrorsAndNoneNeverMoves) {
    const Random stream(1);
    for (std::int64_t image = 0; image < 200; ++image) {
        EXPECT_FALSE(draw_shift("crop", stream, image).mirrors);
        EXPECT_EQ(draw_shift("none", stream, image), Shift{});
    }
}

TEST(ImageShift, DependsOnTheEpochsStreamAndTheImageAlone) {
    EXPECT_EQ(draw_shift("crop-flip", Random(1), 7), draw_shift("crop-flip", Random(1), 7));
    int differ = 0;
    for (std::int64_t image = 0; image < 100; ++image) {
        differ +=
            draw_shift("crop-flip", Random(1), image) == draw_shift("crop-flip", Random(2), image) ? 0 : 1;
    }
    EXPECT_GT(differ, 80);
}

} // namespace
} // namespace tandem
