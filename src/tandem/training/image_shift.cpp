#include "tandem/training/image_shift.h"

#include <algorithm>
#include <array>

#include "tandem/core/check.h"

namespace tandem {

namespace {

std::int64_t draw_offset(Random& random) {
    return static_cast<std::int64_t>(random.below(2 * kCropPadding + 1)) - kCropPadding;
}

} // namespace

Shift draw_shift(const std::string& moves, const Random& epoch_stream, std::int64_t image) {
    if (moves == "none") return {};
    Random random = epoch_stream.fork("augmentation", static_cast<std::uint64_t>(image));
    Shift shift;
    shift.rows = draw_offset(random);
    shift.columns = draw_offset(random);
    shift.mirrors = moves == "crop-flip" && random.below(2) == 1;
    return shift;
}

std::vector<float> pixel_values(const Images& images) {
    Images every_pixel{.channels = images.channels, .rows = 1, .columns = 256, .pixels = {}, .labels = {0}};
    for (std::int64_t channel = 0; channel < images.channels; ++channel) {
        for (int pixel = 0; pixel < 256; ++pixel) {
            every_pixel.pixels.push_back(static_cast<std::uint8_t>(pixel));
        }
    }
    every_pixel.normalization = images.normalization;
    constexpr std::array<std::int64_t, 1> kFirst{0};
    return to_floats(every_pixel, kFirst);
}

void write_shifted(const Images& images, std::span<const float> values, std::int64_t image,
                   const Shift& shift, std::span<float> output) {
    TANDEM_CHECK(static_cast<std::int64_t>(output.size()) == images.elements(), "room for one image");
    const std::int64_t first_row = std::max<std::int64_t>(0, shift.rows);
    const std::int64_t end_row = std::min(images.rows, images.rows + shift.rows);
    const std::int64_t first_column = std::max<std::int64_t>(0, shift.columns);
    const std::int64_t end_column = std::min(images.columns, images.columns + shift.columns);
    const std::int64_t plane = images.rows * images.columns;
    const std::uint8_t* const pixels = images.pixels.data() + image * images.elements();
    for (std::int64_t channel = 0; channel < images.channels; ++channel) {
        const float* const of_pixel = values.data() + channel * 256;
        std::fill_n(output.data() + channel * plane, plane, of_pixel[0]);
        for (std::int64_t row = first_row; row < end_row; ++row) {
            const std::uint8_t* const source =
                pixels + (channel * images.rows + row - shift.rows) * images.columns;
            float* const target = output.data() + (channel * images.rows + row) * images.columns;
            for (std::int64_t column = first_column; column < end_column; ++column) {
                const std::int64_t from = column - shift.columns;
                const std::int64_t mirrored = shift.mirrors ? images.columns - 1 - from : from;
                target[column] = of_pixel[source[mirrored]];
            }
        }
    }
}

} // namespace tandem
