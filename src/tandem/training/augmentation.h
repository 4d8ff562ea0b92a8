// Random changes to training images, so that a network meets none twice. What is drawn depends on seed, epoch
// and image alone, so the order of images and the number of threads never show.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "tandem/core/fields.h"
#include "tandem/core/random.h"
#include "tandem/data/dataset.h"

namespace tandem {

/// What is changed. Of several: moves, rotation, colour, noise, cutout, in this order.
struct Augmentation {
    std::string moves = "crop-flip"; ///< none | crop | crop-flip
    /// Pixels a side of a square that becomes 0 for the network, its centre anywhere (DeVries, Taylor, 2017).
    std::int64_t cutout = 0;
    double rotation = 0.0; ///< degrees to either side, at most; black comes in
    /// Brightness, contrast and saturation are each multiplied by up to this more or less than 1.
    double colour = 0.0;
    double noise = 0.0; ///< standard deviation of normal noise, as a share of the range of pixels

    bool operator==(const Augmentation&) const = default;
};

void describe(Fields& fields, Augmentation& augmentation);

/// Writes changed images of one data set. Calls may run side by side.
class Augmenter {
  public:
    /// `images` must outlive it.
    Augmenter(const Augmentation& augmentation, const Images& images);

    /// Image `image` as floats (C, H, W); `epoch_stream` belongs to one epoch of one job.
    void write(std::int64_t image, const Random& epoch_stream, std::span<float> output) const;

  private:
    bool changes_pixels() const;
    void change_pixels(std::int64_t image, const Random& epoch_stream, std::span<float> pixels) const;
    void cut_out(Random stream, std::span<float> output) const;

    Augmentation augmentation_;
    const Images& images_;
    std::vector<float> network_values_; ///< of every pixel, channel by channel
    std::vector<float> plain_values_;   ///< the pixels themselves
};

/// Turns a plane of pixels about its centre by bilinear interpolation, black coming in.
std::vector<float> rotated(std::span<const float> plane, std::int64_t rows, std::int64_t columns,
                           double radians);

/// How much of a mixed image, and of its label, is its own: the larger of a draw of Beta(alpha, alpha) and
/// what is left of 1 (mixup: Zhang et al., ICLR 2018; drawn as by Joehnk, Metrika 8, 1964). `alpha` above 0,
/// up to 1.
double draw_own_share(double alpha, Random stream);

} // namespace tandem
