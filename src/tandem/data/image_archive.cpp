#include "tandem/data/image_archive.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <filesystem>
#include <map>
#include <optional>
#include <set>

#include <fmt/format.h>

#include "tandem/core/files.h"
#include "tandem/data/archive.h"
#include "tandem/data/pictures.h"

namespace tandem {

namespace {

constexpr std::size_t kMostBytes = std::size_t{1} << 28U; // of one picture's file
constexpr std::int64_t kMostClasses = 65'536;

bool is_jpeg(const std::string& name) {
    std::string suffix = std::filesystem::path(name).extension().string();
    std::transform(suffix.begin(), suffix.end(), suffix.begin(),
                   [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
    return suffix == ".jpg" || suffix == ".jpeg";
}

/// The number before the first underscore of a file's name.
std::optional<std::int64_t> leading_number(const std::string& name) {
    const std::string file = std::filesystem::path(name).filename().string();
    const std::size_t end = file.find('_');
    std::int64_t number = 0;
    if (end == std::string::npos) return std::nullopt;
    const auto [rest, error] = std::from_chars(file.data(), file.data() + end, number);
    if (error != std::errc() || rest != file.data() + end || number < 0) return std::nullopt;
    return number;
}

class Collector {
  public:
    explicit Collector(std::string path) : path_(std::move(path)) {}

    Result<void> add(const ArchiveEntry& entry) {
        const std::string place = fmt::format("{}: {}", path_, entry.name);
        const std::optional<std::int64_t> number = leading_number(entry.name);
        const std::string folder = std::filesystem::path(entry.name).parent_path().filename().string();
        if (number ? *number >= kMostClasses : folder.empty()) {
            return bad_input(place, "", "no class in the name",
                             fmt::format("a number below {} and an underscore, or a folder", kMostClasses));
        }
        const Picture picture = TANDEM_TRY(decode_jpeg(entry.bytes, place));
        if (labels_.empty()) {
            images_.rows = picture.rows;
            images_.columns = picture.columns;
        } else if (picture.rows != images_.rows || picture.columns != images_.columns) {
            return bad_input(place, "", fmt::format("{}x{} pixels", picture.rows, picture.columns),
                             fmt::format("{}x{}, as the first picture has", images_.rows, images_.columns));
        }
        labels_.push_back(number ? fmt::format("{:05}", *number) : folder);
        are_numbered_ = are_numbered_ && number.has_value();
        for (std::size_t channel = 0; channel < 3; ++channel) {
            for (std::size_t at = channel; at < picture.pixels.size(); at += 3) {
                images_.pixels.push_back(picture.pixels[at]);
            }
        }
        return {};
    }

    Result<Dataset> finish() && {
        if (labels_.empty()) return bad_input(path_, "", "no picture", "files that end in .jpg or .jpeg");
        // Numbers count classes that no picture shows too; names of folders are all there is.
        Dataset dataset{.name = "imagenet-tar", .classes = {}, .train = {}, .test = {}};
        const std::set<std::string> names(labels_.begin(), labels_.end());
        std::map<std::string, std::uint16_t> label_of;
        dataset.may_have_more_classes = are_numbered_;
        if (are_numbered_) {
            const std::int64_t count = std::stoll(*names.rbegin()) + 1;
            for (std::int64_t label = 0; label < count; ++label) {
                dataset.classes.push_back(fmt::format("{:05}", label));
            }
        } else {
            dataset.classes.assign(names.begin(), names.end());
        }
        for (std::size_t label = 0; label < dataset.classes.size(); ++label) {
            label_of[dataset.classes[label]] = static_cast<std::uint16_t>(label);
        }
        images_.labels.reserve(labels_.size());
        for (const std::string& name : labels_) images_.labels.push_back(label_of.at(name));
        dataset.test = std::move(images_);
        return dataset;
    }

  private:
    std::string path_;
    Images images_{.channels = 3, .rows = 0, .columns = 0, .pixels = {}, .labels = {}, .normalization = {}};
    std::vector<std::string> labels_; ///< numbers of five digits, so that they sort, or folders
    bool are_numbered_ = true;
};

} // namespace

Result<Dataset> parse_image_archive(std::string_view bytes, const std::string& file) {
    Collector collector(file);
    TANDEM_TRY(read_archive(bytes, ArchiveFormat::tar, file, kMostBytes, is_jpeg,
                            [&](const ArchiveEntry& entry) { return collector.add(entry); }));
    return std::move(collector).finish();
}

Result<Dataset> load_image_archive(const std::string& path) {
    if (path.empty()) return bad_input("imagenet-tar", "", "no file", "imagenet-tar:FILE");
    const std::string bytes = TANDEM_TRY(read_file(path));
    return parse_image_archive(bytes, path);
}

} // namespace tandem
