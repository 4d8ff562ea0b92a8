// Random crops and flips. What is drawn depends on seed, epoch and image alone, so the order of
// images and the number of threads never show.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "tandem/core/random.h"
#include "tandem/data/dataset.h"

namespace tandem {

/// How one image is moved: by `rows` down and `columns` to the right, black coming in, after it
/// was mirrored left to right if `mirrors`.
struct Shift {
    std::int64_t rows = 0;
    std::int64_t columns = 0;
    bool mirrors = false;

    bool operator==(const Shift&) const = default;
};

/// Images move by up to this many pixels each way: the usual 4 of 32 would push a 28-pixel shoe
/// that fills its frame out of it.
inline constexpr std::int64_t kCropPadding = 2;

/// The shift of one image. `moves` is none, crop or crop-flip; `epoch_stream` belongs to one epoch of one
/// job.
Shift draw_shift(const std::string& moves, const Random& epoch_stream, std::int64_t image);

/// What a network sees of each of the 256 values of a pixel, channel by channel: a table for write_shifted.
std::vector<float> pixel_values(const Images& images);

/// Writes image `image`, shifted, as floats (C, H, W); `values` are pixel_values(images).
void write_shifted(const Images& images, std::span<const float> values, std::int64_t image,
                   const Shift& shift, std::span<float> output);

} // namespace tandem
