// Data sets: labelled images in memory, with the fixed, seeded split every command shares.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tandem/core/fields.h"
#include "tandem/core/result.h"

namespace tandem {

/// The factor between a stored pixel and what a network sees, where nothing else is said.
inline constexpr float kPixelScale = 1.0F / 255.0F;

/// What a network sees of a pixel of channel c: (pixel * scale - mean[c]) / deviation[c]. One entry serves
/// all channels, none means 0 and 1.
struct Normalization {
    float scale = kPixelScale;
    std::vector<float> mean;
    std::vector<float> deviation;

    bool operator==(const Normalization&) const = default;
};
void describe(Fields& fields, Normalization& normalization);
/// Errors: neither one entry nor one a channel; a scale or deviation that is not positive.
[[nodiscard]] Result<void> check_normalization(const Normalization& normalization, std::int64_t channels);

/// Labelled 8-bit images.
struct Images {
    std::int64_t channels = 1;
    std::int64_t rows = 0;
    std::int64_t columns = 0;
    std::vector<std::uint8_t> pixels; ///< (image, channel, row, column)
    std::vector<std::uint16_t> labels;
    Normalization normalization = {};

    std::int64_t count() const { return static_cast<std::int64_t>(labels.size()); }
    std::int64_t elements() const { return channels * rows * columns; }
};

/// What a network sees of a black and of a white pixel, by channel.
struct PixelRange {
    std::vector<float> black;
    std::vector<float> white;
};
PixelRange pixel_range(const Images& images);

struct Dataset {
    std::string name;
    std::vector<std::string> classes;
    Images train; ///< the training files; none in data that are for scoring alone
    Images test;  ///< the test files: for final figures only
    /// By training image, whose it is, where nobody may be in two parts of a split; empty: any image may be
    /// in any part.
    std::vector<std::int32_t> train_people = {};
    bool may_have_more_classes = false; ///< where the largest label is all that says how many there are
};

/// One data set Tandem can load: its name, what it is, where it comes from.
struct DatasetSource {
    std::string_view name;
    std::string_view description;
    std::string_view remedy;                               ///< how to get it when it is missing
    Result<Dataset> (*load)(const std::string& directory); ///< or file, of those that are one
    std::string_view default_directory;                    ///< empty: there is none
};

/// Sorted; known without the loaders, which bring libraries for archives and pictures.
const std::vector<std::string>& dataset_names();
/// Every data set, of these names in this order.
const std::vector<DatasetSource>& known_datasets();
/// By name; `directory` empty means the default one. Errors: unknown name, missing or damaged files.
[[nodiscard]] Result<Dataset> load_dataset(const std::string& name, const std::string& directory);

/// Which training images serve what: disjoint indices into Dataset::train. The first `kHeldOut`
/// of a permutation seeded by `kSplitSeed` never train: calibration comes from its first part,
/// validation from the rest. Every command uses this split, so no figure is measured on images that trained.
/// Where images belong to people, the permutation is one of people, and a tenth of the images calibrates, a
/// fifth validates, as nearly as whole people allow.
inline constexpr std::uint64_t kSplitSeed =
    20170828; // the date of Fashion-MNIST's paper, arbitrary but fixed
inline constexpr std::int64_t kHeldOut = 6000;
inline constexpr std::int64_t kCalibrationPool = 1000;
/// Validation images where nobody says how many: a standard error of 0.6 points at 92 % accuracy.
inline constexpr std::int64_t kUsualValidation = 2000;
struct Split {
    std::vector<std::int64_t> calibration;
    std::vector<std::int64_t> validation;
    std::vector<std::int64_t> train;
};

/// The pools as a whole. Errors: too few training images, or people.
[[nodiscard]] Result<Split> split_pools(const Dataset& dataset);
/// The beginning of the pools; without a number as many validate as usual, or all where there are fewer.
/// Errors when more is asked for than they hold, too.
[[nodiscard]] Result<Split> split_dataset(const Dataset& dataset, std::int64_t calibration,
                                          std::optional<std::int64_t> validation);
/// Of data for scoring alone: disjoint indices into Dataset::test, from a permutation seeded by `kSplitSeed`.
/// As many calibrate as asked for, at most half; of the others as many validate as asked for and there are.
/// None trains.
Split split_scored(const Dataset& dataset, std::int64_t calibration, std::optional<std::int64_t> validation);

/// The chosen images as floats, (N, C, H, W), normalised, and their labels. The normalisation must have no
/// entry, one, or one a channel.
std::vector<float> to_floats(const Images& images, std::span<const std::int64_t> indices);
std::vector<std::int32_t> labels_of(const Images& images, std::span<const std::int64_t> indices);

} // namespace tandem
