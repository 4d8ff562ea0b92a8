#include "tandem/data/dataset.h"

#include <algorithm>
#include <numeric>

#include <fmt/format.h>

#include "tandem/core/check.h"
#include "tandem/core/random.h"
#include "tandem/data/cifar10.h"
#include "tandem/data/fashion_mnist.h"
#include "tandem/data/image_archive.h"
#include "tandem/data/npz.h"
#include "tandem/data/speech_commands.h"

namespace tandem {

/// Every data set Tandem knows. Keep it sorted.
const std::vector<DatasetSource>& known_datasets() {
    static const std::vector<DatasetSource> kSources = {
        {.name = "cifar10",
         .description = "50,000 + 10,000 colour 32x32 images in 10 classes",
         .remedy = kCifar10Remedy,
         .load = load_cifar10,
         .default_directory = "cifar10"},
        {.name = "fashion-mnist",
         .description = "60,000 + 10,000 grey 28x28 images of clothing in 10 classes",
         .remedy = kFashionMnistRemedy,
         .load = load_fashion_mnist,
         .default_directory = "/usr/share/datasets/fashion-mnist"},
        {.name = "imagenet-tar",
         .description = "labelled JPEG pictures in a tar file, to score on",
         .remedy = "a file of yours: imagenet-tar:FILE",
         .load = load_image_archive,
         .default_directory = ""},
        {.name = "npz",
         .description = "arrays images and labels in a NumPy file",
         .remedy = "a file of yours: npz:FILE",
         .load = load_npz,
         .default_directory = ""},
        {.name = "speech-commands",
         .description = "features of spoken words in 12 classes, 49x10 bytes each, to score on",
         .remedy = kSpeechCommandsRemedy,
         .load = load_speech_commands,
         .default_directory = ""},
    };
    return kSources;
}

Result<Dataset> load_dataset(const std::string& name, const std::string& directory) {
    std::vector<std::string> names;
    for (const DatasetSource& source : known_datasets()) {
        if (source.name == name) {
            return source.load(directory.empty() ? std::string(source.default_directory) : directory);
        }
        names.emplace_back(source.name);
    }
    return bad_input("", "data set", with_suggestion(name, names),
                     fmt::format("one of: {}", fmt::join(names, ", ")));
}

Result<Split> split_dataset(const Dataset& dataset, std::int64_t calibration, std::int64_t validation) {
    constexpr std::int64_t kValidationPool = kHeldOut - kCalibrationPool;
    std::vector<Problem> problems;
    const auto require = [&](const char* place, std::int64_t count, std::int64_t pool) {
        if (count >= 0 && count <= pool) return;
        problems.push_back({.file = "",
                            .place = place,
                            .found = fmt::format("{} images", count),
                            .expected = fmt::format("0 to {}, the images held out for it", pool)});
    };
    require("calibration", calibration, kCalibrationPool);
    require("validation", validation, kValidationPool);
    if (dataset.train.count() <= kHeldOut) {
        problems.push_back({.file = dataset.name,
                            .place = "",
                            .found = fmt::format("{} training images", dataset.train.count()),
                            .expected = fmt::format("more than the {} that are held out", kHeldOut)});
    }
    if (!problems.empty()) return bad_input(std::move(problems));

    std::vector<std::int64_t> order(static_cast<std::size_t>(dataset.train.count()));
    std::iota(order.begin(), order.end(), std::int64_t{0});
    Random(kSplitSeed).shuffle(std::span(order));
    const auto calibration_begin = order.begin();
    const auto validation_begin = order.begin() + kCalibrationPool;
    return Split{.calibration = {calibration_begin, calibration_begin + calibration},
                 .validation = {validation_begin, validation_begin + validation},
                 .train = {order.begin() + kHeldOut, order.end()}};
}

namespace {

float of_channel(const std::vector<float>& entries, std::int64_t channel, float otherwise) {
    if (entries.empty()) return otherwise;
    const std::size_t place = entries.size() == 1 ? 0 : static_cast<std::size_t>(channel);
    TANDEM_CHECK(place < entries.size(), "an entry for each channel");
    return entries[place];
}

} // namespace

std::vector<float> to_floats(const Images& images, std::span<const std::int64_t> indices) {
    const Normalization& norm = images.normalization;
    std::vector<float> floats;
    floats.reserve(indices.size() * static_cast<std::size_t>(images.elements()));
    for (const std::int64_t index : indices) {
        TANDEM_CHECK(index >= 0 && index < images.count(), "an image of the data set");
        const auto begin = images.pixels.begin() + index * images.elements();
        for (std::int64_t channel = 0; channel < images.channels; ++channel) {
            const auto plane = begin + channel * images.rows * images.columns;
            const float mean = of_channel(norm.mean, channel, 0.0F);
            const float deviation = of_channel(norm.deviation, channel, 1.0F);
            std::transform(plane, plane + images.rows * images.columns, std::back_inserter(floats),
                           [&](std::uint8_t pixel) {
                               return (static_cast<float>(pixel) * norm.scale - mean) / deviation;
                           });
        }
    }
    return floats;
}

PixelRange pixel_range(const Images& images) {
    const Normalization& norm = images.normalization;
    PixelRange range;
    for (std::int64_t channel = 0; channel < images.channels; ++channel) {
        const float mean = of_channel(norm.mean, channel, 0.0F);
        const float deviation = of_channel(norm.deviation, channel, 1.0F);
        range.black.push_back((0.0F * norm.scale - mean) / deviation);
        range.white.push_back((255.0F * norm.scale - mean) / deviation);
    }
    return range;
}

std::vector<std::int32_t> labels_of(const Images& images, std::span<const std::int64_t> indices) {
    std::vector<std::int32_t> labels;
    labels.reserve(indices.size());
    for (const std::int64_t index : indices) {
        TANDEM_CHECK(index >= 0 && index < images.count(), "an image of the data set");
        labels.push_back(images.labels[static_cast<std::size_t>(index)]);
    }
    return labels;
}

} // namespace tandem
