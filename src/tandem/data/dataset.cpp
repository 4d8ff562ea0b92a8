#include "tandem/data/dataset.h"

#include <algorithm>
#include <map>
#include <numeric>

#include <fmt/format.h>

#include "tandem/core/check.h"
#include "tandem/core/random.h"

namespace tandem {

const std::vector<std::string>& dataset_names() {
    static const std::vector<std::string> kNames{"cifar10", "fashion-mnist", "imagenet-tar", "npz",
                                                 "speech-commands"};
    return kNames;
}

namespace {

/// Of people's images, in parts of the whole.
constexpr double kCalibrationShare = 0.1;
constexpr double kValidationShare = 0.2;

/// Whole people into one part after the other, each until it has its share.
Result<Split> split_people(const Dataset& dataset) {
    const std::vector<std::int32_t>& owners = dataset.train_people;
    TANDEM_CHECK(std::ssize(owners) == dataset.train.count(), "a person for each training image");
    std::map<std::int32_t, std::vector<std::int64_t>> images;
    for (std::size_t i = 0; i < owners.size(); ++i) {
        images[owners[i]].push_back(static_cast<std::int64_t>(i));
    }
    std::vector<std::int32_t> people;
    people.reserve(images.size());
    for (const auto& [person, own] : images) people.push_back(person);
    Random(kSplitSeed).shuffle(std::span(people));
    const auto total = static_cast<double>(owners.size());
    Split split;
    for (const std::int32_t person : people) {
        const std::vector<std::int64_t>& own = images[person];
        std::vector<std::int64_t>& part =
            static_cast<double>(split.calibration.size()) < kCalibrationShare * total ? split.calibration
            : static_cast<double>(split.validation.size()) < kValidationShare * total ? split.validation
                                                                                      : split.train;
        part.insert(part.end(), own.begin(), own.end());
    }
    if (split.train.empty()) {
        return bad_input(dataset.name, "", fmt::format("training images of {} people", people.size()),
                         "enough for three parts that share nobody");
    }
    return split;
}

} // namespace

Result<Split> split_pools(const Dataset& dataset) {
    if (!dataset.train_people.empty()) return split_people(dataset);
    if (dataset.train.count() <= kHeldOut) {
        return bad_input(dataset.name, "", fmt::format("{} training images", dataset.train.count()),
                         fmt::format("more than the {} that are held out", kHeldOut));
    }
    std::vector<std::int64_t> order(static_cast<std::size_t>(dataset.train.count()));
    std::iota(order.begin(), order.end(), std::int64_t{0});
    Random(kSplitSeed).shuffle(std::span(order));
    const auto validation_begin = order.begin() + kCalibrationPool;
    const auto train_begin = order.begin() + kHeldOut;
    return Split{.calibration = {order.begin(), validation_begin},
                 .validation = {validation_begin, train_begin},
                 .train = {train_begin, order.end()}};
}

Result<Split> split_dataset(const Dataset& dataset, std::int64_t calibration,
                            std::optional<std::int64_t> validation) {
    Split split = TANDEM_TRY(split_pools(dataset));
    std::vector<Problem> problems;
    const auto keep_first = [&](const char* place, std::int64_t count, std::vector<std::int64_t>& pool) {
        if (count >= 0 && count <= std::ssize(pool)) {
            pool.resize(static_cast<std::size_t>(count));
            return;
        }
        problems.push_back({.file = "",
                            .place = place,
                            .found = fmt::format("{} images", count),
                            .expected = fmt::format("0 to {}, the images held out for it", pool.size())});
    };
    keep_first("calibration", calibration, split.calibration);
    keep_first("validation", validation.value_or(std::min(kUsualValidation, std::ssize(split.validation))),
               split.validation);
    if (!problems.empty()) return bad_input(std::move(problems));
    return split;
}

Split split_scored(const Dataset& dataset, std::int64_t calibration, std::optional<std::int64_t> validation) {
    std::vector<std::int64_t> order(static_cast<std::size_t>(dataset.test.count()));
    std::iota(order.begin(), order.end(), std::int64_t{0});
    Random(kSplitSeed).shuffle(std::span(order));
    const std::int64_t calibrating = std::clamp(calibration, std::int64_t{0}, std::ssize(order) / 2);
    const std::int64_t validating =
        std::clamp(validation.value_or(kUsualValidation), std::int64_t{0}, std::ssize(order) - calibrating);
    const auto seam = order.begin() + calibrating;
    return Split{.calibration = {order.begin(), seam}, .validation = {seam, seam + validating}, .train = {}};
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
