// Images for benchmarks of networks, whose time does not depend on what the images show.
#pragma once

#include "tandem/core/random.h"
#include "tandem/data/dataset.h"

namespace tandem::bench {

/// Noise of 3x32x32 in ten classes, as little as training needs.
inline Dataset noise_images() {
    Images images{.channels = 3, .rows = 32, .columns = 32, .pixels = {}, .labels = {}};
    Random random(1);
    images.labels.assign(kHeldOut + 64, 0);
    images.pixels.resize(images.labels.size() * static_cast<std::size_t>(images.elements()));
    for (std::uint8_t& pixel : images.pixels) pixel = static_cast<std::uint8_t>(random.below(256));
    return {
        .name = "noise", .classes = std::vector<std::string>(10, "class"), .train = images, .test = images};
}

} // namespace tandem::bench
