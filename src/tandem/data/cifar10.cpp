#include "tandem/data/cifar10.h"

#include <filesystem>
#include <iterator>
#include <optional>
#include <system_error>

#include <fmt/format.h>

#include "tandem/core/files.h"
#include "tandem/data/compression.h"

namespace tandem {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kExtent = 32;
constexpr std::size_t kPixels = 3 * kExtent * kExtent;
constexpr std::size_t kRecord = 1 + kPixels;
constexpr std::size_t kMostRecords = 10'000; // in one file of the original
constexpr std::size_t kClasses = 10;

/// The file under its name or with a suffix; nothing when there is none.
std::optional<fs::path> find(const fs::path& directory, const std::string& name) {
    for (const char* suffix : {"", ".gz", ".xz"}) {
        std::error_code ignored;
        const fs::path path = directory / (name + suffix);
        if (fs::exists(path, ignored)) return path;
    }
    return std::nullopt;
}

class Loader {
  public:
    explicit Loader(fs::path directory) : directory_(std::move(directory)) {}

    /// Appends the records of a batch, if it is there; says whether it is.
    bool append(const std::string& name, Images& images) {
        const std::optional<fs::path> path = find(directory_, name);
        if (!path) return false;
        Result<std::string> bytes = read_file(*path);
        Result<Images> batch =
            bytes ? parse_cifar10(std::move(*bytes), path->string()) : tl::unexpected(bytes.error());
        if (!batch) {
            problems_.insert(problems_.end(), batch.error().problems.begin(), batch.error().problems.end());
            return true;
        }
        images.pixels.insert(images.pixels.end(), batch->pixels.begin(), batch->pixels.end());
        images.labels.insert(images.labels.end(), batch->labels.begin(), batch->labels.end());
        return true;
    }

    void miss(const std::string& name) {
        problems_.push_back({(directory_ / name).string(), "", "no such file, nor one with .gz or .xz",
                             std::string(kCifar10Remedy)});
    }

    std::vector<Problem> problems() && { return std::move(problems_); }

  private:
    fs::path directory_;
    std::vector<Problem> problems_;
};

Images no_images() {
    return {
        .channels = 3, .rows = kExtent, .columns = kExtent, .pixels = {}, .labels = {}, .normalization = {}};
}

} // namespace

Result<Images> parse_cifar10(std::string bytes, const std::string& file) {
    constexpr std::size_t kMostBytes = kMostRecords * kRecord;
    const std::string records = TANDEM_TRY(decompressed(std::move(bytes), kMostBytes + 1, file));
    if (records.empty() || records.size() % kRecord != 0 || records.size() > kMostBytes) {
        return bad_input(file, "",
                         records.size() > kMostBytes ? std::string("more bytes than that")
                                                     : fmt::format("{} bytes", records.size()),
                         fmt::format("1 to {} records of {} bytes", kMostRecords, kRecord));
    }
    Images images = no_images();
    for (std::size_t at = 0; at < records.size(); at += kRecord) {
        const auto label = static_cast<unsigned char>(records[at]);
        if (label >= kClasses) {
            return bad_input(file, fmt::format("record {}", at / kRecord), fmt::format("label {}", label),
                             "0 to 9");
        }
        images.labels.push_back(label);
        const auto pixels = records.begin() + static_cast<std::ptrdiff_t>(at) + 1;
        images.pixels.insert(images.pixels.end(), pixels, pixels + kPixels);
    }
    return images;
}

Result<Dataset> load_cifar10(const std::string& directory) {
    std::error_code ignored;
    if (!fs::is_directory(directory, ignored)) {
        return bad_input(directory.empty() ? "cifar10" : directory, "", "no such folder",
                         fmt::format("a folder with {}", kCifar10Remedy));
    }
    Dataset dataset{
        .name = "cifar10",
        .classes = {"airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"},
        .train = no_images(),
        .test = no_images()};
    Loader loader(directory);
    bool has_training = false;
    for (int batch = 1; batch <= 5; ++batch) {
        has_training = loader.append(fmt::format("data_batch_{}.bin", batch), dataset.train) || has_training;
    }
    if (!has_training) loader.miss("data_batch_1.bin");
    if (!loader.append("test_batch.bin", dataset.test)) loader.miss("test_batch.bin");
    if (std::vector<Problem> problems = std::move(loader).problems(); !problems.empty()) {
        return bad_input(std::move(problems));
    }
    return dataset;
}

} // namespace tandem
