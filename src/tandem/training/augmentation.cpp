#include "tandem/training/augmentation.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "tandem/core/check.h"
#include "tandem/training/image_shift.h"

namespace tandem {

namespace {

constexpr float kWhite = 255.0F;

/// Luma (ITU-R BT.601) of three channels; of any other number the mean.
float grey_of(std::span<const float> pixels, std::size_t plane, std::size_t pixel) {
    const std::size_t channels = pixels.size() / plane;
    if (channels == 3) {
        return 0.299F * pixels[pixel] + 0.587F * pixels[plane + pixel] + 0.114F * pixels[2 * plane + pixel];
    }
    float sum = 0.0F;
    for (std::size_t channel = 0; channel < channels; ++channel) sum += pixels[channel * plane + pixel];
    return sum / static_cast<float>(channels);
}

float draw_factor(double reach, Random& random) {
    return static_cast<float>(1.0 + reach * (2.0 * random.uniform() - 1.0));
}

/// Brightness, then contrast about the mean grey, then saturation about each pixel's grey.
void change_colour(double reach, Random random, std::span<float> pixels, std::size_t plane) {
    const float brightness = draw_factor(reach, random);
    const float contrast = draw_factor(reach, random);
    const float saturation = draw_factor(reach, random);
    float mean = 0.0F;
    for (float& pixel : pixels) pixel *= brightness;
    for (std::size_t i = 0; i < plane; ++i) mean += grey_of(pixels, plane, i) / static_cast<float>(plane);
    for (float& pixel : pixels) pixel = mean + contrast * (pixel - mean);
    if (pixels.size() == plane) return; // grey is all there is
    for (std::size_t i = 0; i < plane; ++i) {
        const float grey = grey_of(pixels, plane, i);
        for (std::size_t at = i; at < pixels.size(); at += plane) {
            pixels[at] = grey + saturation * (pixels[at] - grey);
        }
    }
}

} // namespace

void describe(Fields& fields, Augmentation& augmentation) {
    fields.choice({.name = "augmentation", .meaning = "how training images are moved at random"},
                  augmentation.moves, {"none", "crop", "crop-flip"});
    fields.integer({.name = "cutout", .meaning = "pixels a side of a square that is taken out; 0: none"},
                   augmentation.cutout, {0, 4096});
    fields.number({.name = "rotation", .meaning = "degrees that images turn either way, at most"},
                  augmentation.rotation, {0.0, 180.0});
    fields.number({.name = "colour", .meaning = "by how much brightness, contrast and saturation vary"},
                  augmentation.colour, {0.0, 1.0});
    fields.number({.name = "noise", .meaning = "standard deviation, as a share of the range of pixels"},
                  augmentation.noise, {0.0, 1.0});
}

std::vector<float> rotated(std::span<const float> plane, std::int64_t rows, std::int64_t columns,
                           double radians) {
    TANDEM_CHECK(static_cast<std::int64_t>(plane.size()) == rows * columns, "one plane");
    const double cosine = std::cos(radians);
    const double sine = std::sin(radians);
    const double middle_row = 0.5 * static_cast<double>(rows - 1);
    const double middle_column = 0.5 * static_cast<double>(columns - 1);
    const auto pixel = [&](std::int64_t row, std::int64_t column) {
        const bool is_inside = row >= 0 && row < rows && column >= 0 && column < columns;
        return is_inside ? plane[static_cast<std::size_t>(row * columns + column)] : 0.0F;
    };
    std::vector<float> output(plane.size());
    for (std::int64_t row = 0; row < rows; ++row) {
        for (std::int64_t column = 0; column < columns; ++column) {
            const double down = static_cast<double>(row) - middle_row;
            const double right = static_cast<double>(column) - middle_column;
            const double from_row = middle_row + cosine * down - sine * right;
            const double from_column = middle_column + sine * down + cosine * right;
            const auto upper = static_cast<std::int64_t>(std::floor(from_row));
            const auto left = static_cast<std::int64_t>(std::floor(from_column));
            const auto below = static_cast<float>(from_row - std::floor(from_row));
            const auto beside = static_cast<float>(from_column - std::floor(from_column));
            output[static_cast<std::size_t>(row * columns + column)] =
                (1.0F - below) * ((1.0F - beside) * pixel(upper, left) + beside * pixel(upper, left + 1)) +
                below * ((1.0F - beside) * pixel(upper + 1, left) + beside * pixel(upper + 1, left + 1));
        }
    }
    return output;
}

Augmenter::Augmenter(const Augmentation& augmentation, const Images& images)
    : augmentation_(augmentation), images_(images), network_values_(pixel_values(images)) {
    for (std::size_t i = 0; i < network_values_.size(); ++i) {
        plain_values_.push_back(static_cast<float>(i % 256));
    }
}

bool Augmenter::changes_pixels() const {
    return augmentation_.rotation > 0.0 || augmentation_.colour > 0.0 || augmentation_.noise > 0.0;
}

void Augmenter::write(std::int64_t image, const Random& epoch_stream, std::span<float> output) const {
    const Shift shift = draw_shift(augmentation_.moves, epoch_stream, image);
    if (changes_pixels()) {
        write_shifted(images_, plain_values_, image, shift, output);
        change_pixels(image, epoch_stream, output);
    } else {
        write_shifted(images_, network_values_, image, shift, output);
    }
    if (augmentation_.cutout > 0) {
        cut_out(epoch_stream.fork("cutout", static_cast<std::uint64_t>(image)), output);
    }
}

void Augmenter::change_pixels(std::int64_t image, const Random& epoch_stream, std::span<float> pixels) const {
    const auto index = static_cast<std::uint64_t>(image);
    const auto plane = static_cast<std::size_t>(images_.rows * images_.columns);
    if (augmentation_.rotation > 0.0) {
        Random random = epoch_stream.fork("rotation", index);
        const double degrees = augmentation_.rotation * (2.0 * random.uniform() - 1.0);
        for (std::size_t first = 0; first < pixels.size(); first += plane) {
            const std::span<float> channel = pixels.subspan(first, plane);
            const std::vector<float> turned =
                rotated(channel, images_.rows, images_.columns, degrees * std::numbers::pi / 180.0);
            std::copy(turned.begin(), turned.end(), channel.begin());
        }
    }
    if (augmentation_.colour > 0.0) {
        change_colour(augmentation_.colour, epoch_stream.fork("colour", index), pixels, plane);
    }
    if (augmentation_.noise > 0.0) {
        Random random = epoch_stream.fork("noise", index);
        const double deviation = augmentation_.noise * static_cast<double>(kWhite);
        for (float& pixel : pixels) pixel += static_cast<float>(deviation * random.normal());
    }
    for (std::size_t i = 0; i < pixels.size(); ++i) {
        // What the network sees is linear in the pixel.
        const float* const of_channel = network_values_.data() + 256 * (i / plane);
        const float share = std::clamp(pixels[i], 0.0F, kWhite) / kWhite;
        pixels[i] = of_channel[0] + share * (of_channel[255] - of_channel[0]);
    }
}

void Augmenter::cut_out(Random stream, std::span<float> output) const {
    const auto begin_of = [&](std::int64_t extent) {
        return static_cast<std::int64_t>(stream.below(static_cast<std::uint64_t>(extent))) -
               augmentation_.cutout / 2;
    };
    const std::int64_t first_row = begin_of(images_.rows);
    const std::int64_t first_column = begin_of(images_.columns);
    const std::int64_t end_row = std::min(images_.rows, first_row + augmentation_.cutout);
    const std::int64_t end_column = std::min(images_.columns, first_column + augmentation_.cutout);
    for (std::int64_t channel = 0; channel < images_.channels; ++channel) {
        for (std::int64_t row = std::max<std::int64_t>(0, first_row); row < end_row; ++row) {
            for (std::int64_t column = std::max<std::int64_t>(0, first_column); column < end_column;
                 ++column) {
                const std::int64_t at = (channel * images_.rows + row) * images_.columns + column;
                output[static_cast<std::size_t>(at)] = 0.0F;
            }
        }
    }
}

double draw_own_share(double alpha, Random stream) {
    TANDEM_CHECK(alpha > 0.0 && alpha <= 1.0, "a shape for which few draws are thrown away");
    for (;;) {
        const double one = std::pow(stream.uniform(), 1.0 / alpha);
        const double other = std::pow(stream.uniform(), 1.0 / alpha);
        const double sum = one + other;
        if (sum > 0.0 && sum <= 1.0) return std::max(one, other) / sum;
    }
}

} // namespace tandem
