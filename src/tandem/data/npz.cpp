#include "tandem/data/npz.h"

#include <algorithm>
#include <cmath>
#include <map>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "tandem/core/files.h"
#include "tandem/data/archive.h"
#include "tandem/data/npy.h"

namespace tandem {

namespace {

constexpr std::size_t kMostBytes = std::size_t{1} << 33U; // of one array, decompressed
constexpr float kMostLabel = 65'535.0F;

bool are_whole(const std::vector<float>& values, float most) {
    return std::all_of(values.begin(), values.end(), [&](float value) {
        return value >= 0.0F && value <= most && value == std::floor(value);
    });
}

class Reader {
  public:
    explicit Reader(std::string path) : path_(std::move(path)) {}

    Result<Dataset> read(std::string_view bytes) {
        const auto is_array = [](const std::string& name) { return name.ends_with(".npy"); };
        const auto keep = [&](const ArchiveEntry& entry) -> Result<void> {
            arrays_[entry.name.substr(0, entry.name.size() - 4)] =
                TANDEM_TRY(parse_npy(entry.bytes, fmt::format("{}: {}", path_, entry.name)));
            return {};
        };
        TANDEM_TRY(read_archive(bytes, ArchiveFormat::zip, path_, kMostBytes, is_array, keep));
        Dataset dataset{.name = "npz", .classes = {}, .train = {}, .test = {}, .may_have_more_classes = true};
        take("images", "labels", dataset.test);
        if (arrays_.contains("train_images") || arrays_.contains("train_labels")) {
            take("train_images", "train_labels", dataset.train);
        }
        if (!problems_.empty()) return bad_input(std::move(problems_));
        if (dataset.train.count() > 0 &&
            (dataset.train.channels != dataset.test.channels || dataset.train.rows != dataset.test.rows ||
             dataset.train.columns != dataset.test.columns)) {
            return bad_input(path_, "train_images", "images of another shape", "that of images");
        }
        std::uint16_t most = 0;
        for (const Images* images : {&dataset.train, &dataset.test}) {
            for (const std::uint16_t label : images->labels) most = std::max(most, label);
        }
        for (int label = 0; label <= most; ++label) dataset.classes.push_back(fmt::format("{}", label));
        return dataset;
    }

  private:
    void refuse(const std::string& array, std::string found, std::string expected) {
        problems_.push_back({path_, array, std::move(found), std::move(expected)});
    }

    static std::string shape_of(const NpyArray& array) {
        return fmt::format("shape {}", fmt::join(array.shape, "x"));
    }

    void take(const std::string& images_name, const std::string& labels_name, Images& images) {
        for (const std::string& name : {images_name, labels_name}) {
            if (!arrays_.contains(name)) refuse(name, "no such array", "one");
        }
        if (!problems_.empty()) return;
        const NpyArray& pixels = arrays_[images_name];
        const NpyArray& labels = arrays_[labels_name];
        const std::size_t rank = pixels.shape.size();
        if ((rank != 3 && rank != 4) || pixels.values.empty()) {
            refuse(images_name, shape_of(pixels),
                   "images, rows, columns; or images, channels, rows, columns");
        } else if (!are_whole(pixels.values, 255.0F)) {
            refuse(images_name, "other values", "whole numbers 0 to 255");
        } else if (labels.shape.size() != 1 || labels.shape[0] != pixels.shape[0]) {
            refuse(labels_name, shape_of(labels), fmt::format("{}, one an image", pixels.shape[0]));
        } else if (!are_whole(labels.values, kMostLabel)) {
            refuse(labels_name, "other values", "whole numbers 0 to 65535");
        } else {
            images.channels = rank == 4 ? pixels.shape[1] : 1;
            images.rows = pixels.shape[rank - 2];
            images.columns = pixels.shape[rank - 1];
            images.pixels.resize(pixels.values.size());
            std::transform(pixels.values.begin(), pixels.values.end(), images.pixels.begin(),
                           [](float value) { return static_cast<std::uint8_t>(value); });
            images.labels.resize(labels.values.size());
            std::transform(labels.values.begin(), labels.values.end(), images.labels.begin(),
                           [](float value) { return static_cast<std::uint16_t>(value); });
        }
        arrays_.erase(images_name);
        arrays_.erase(labels_name);
    }

    std::string path_;
    std::map<std::string, NpyArray> arrays_;
    std::vector<Problem> problems_;
};

} // namespace

Result<Dataset> parse_npz(std::string_view bytes, const std::string& file) {
    return Reader(file).read(bytes);
}

Result<Dataset> load_npz(const std::string& path) {
    if (path.empty()) return bad_input("npz", "", "no file", "npz:FILE");
    const std::string bytes = TANDEM_TRY(read_file(path));
    return parse_npz(bytes, path);
}

} // namespace tandem
