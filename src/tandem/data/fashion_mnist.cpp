#include "tandem/data/fashion_mnist.h"

#include <filesystem>
#include <iterator>
#include <optional>
#include <system_error>

#include <fmt/format.h>

#include "tandem/data/idx.h"

namespace tandem {

namespace fs = std::filesystem;

namespace {

/// A folder that may not be read counts as empty.
bool is_present(const fs::path& path) {
    std::error_code ignored;
    return fs::exists(path, ignored);
}

/// Problems of all four files, so that the user sees them in one go.
class Loader {
  public:
    explicit Loader(fs::path directory) : directory_(std::move(directory)) {}

    /// Images and labels of one half, or nothing when a problem was found.
    std::optional<Images> load(const std::string& images_name, const std::string& labels_name,
                               std::size_t classes) {
        std::optional<IdxArray> pixels = load_array(images_name, 3);
        std::optional<IdxArray> labels = load_array(labels_name, 1);
        if (!pixels || !labels) return std::nullopt;
        const std::string images_file = path_of(images_name).string();
        const std::string labels_file = path_of(labels_name).string();
        if (labels->shape[0] != pixels->shape[0]) {
            add(labels_file, "", fmt::format("{} labels", labels->shape[0]),
                fmt::format("{}, one for each image of {}", pixels->shape[0], images_file));
            return std::nullopt;
        }
        if (pixels->values.empty()) {
            add(images_file, "", "no pixels", "at least one image of at least one pixel");
            return std::nullopt;
        }
        for (std::size_t i = 0; i < labels->values.size(); ++i) {
            if (labels->values[i] < classes) continue;
            add(labels_file, fmt::format("label {}", i), std::to_string(labels->values[i]),
                fmt::format("0 to {}", classes - 1));
            return std::nullopt;
        }
        return Images{.channels = 1,
                      .rows = pixels->shape[1],
                      .columns = pixels->shape[2],
                      .pixels = std::move(pixels->values),
                      .labels = {labels->values.begin(), labels->values.end()}};
    }

    void add(std::string file, std::string place, std::string found, std::string expected) {
        problems_.push_back({std::move(file), std::move(place), std::move(found), std::move(expected)});
    }

    std::vector<Problem> problems() && { return std::move(problems_); }

  private:
    /// The plain file where there is one, else the gzipped one.
    fs::path path_of(const std::string& name) const {
        const fs::path plain = directory_ / name;
        return is_present(plain) ? plain : fs::path(plain.string() + ".gz");
    }

    std::optional<IdxArray> load_array(const std::string& name, std::size_t extents) {
        const fs::path path = path_of(name);
        if (!is_present(path)) {
            add((directory_ / name).string(), "", "no such file, nor one with .gz",
                fmt::format("the files of Fashion-MNIST ({})", kFashionMnistRemedy));
            return std::nullopt;
        }
        Result<IdxArray> array = load_idx(path.string());
        if (!array) {
            std::vector<Problem>& found = array.error().problems;
            problems_.insert(problems_.end(), std::make_move_iterator(found.begin()),
                             std::make_move_iterator(found.end()));
            return std::nullopt;
        }
        if (array->shape.size() != extents) {
            add(path.string(), "byte 3", fmt::format("{} extents", array->shape.size()),
                fmt::format("{} extents", extents));
            return std::nullopt;
        }
        return std::move(array).value();
    }

    fs::path directory_;
    std::vector<Problem> problems_;
};

} // namespace

Result<Dataset> load_fashion_mnist(const std::string& directory) {
    std::error_code ignored;
    if (!fs::is_directory(directory, ignored)) {
        return bad_input(directory, "", "no such folder",
                         fmt::format("the folder of Fashion-MNIST ({})", kFashionMnistRemedy));
    }
    Dataset dataset{.name = "fashion-mnist",
                    .classes = {"T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt",
                                "Sneaker", "Bag", "Ankle boot"},
                    .train = {},
                    .test = {}};
    Loader loader(directory);
    std::optional<Images> train =
        loader.load("train-images-idx3-ubyte", "train-labels-idx1-ubyte", dataset.classes.size());
    std::optional<Images> test =
        loader.load("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte", dataset.classes.size());
    if (train && test && (train->rows != test->rows || train->columns != test->columns)) {
        loader.add(directory, "t10k-images-idx3-ubyte",
                   fmt::format("images of {}x{}", test->rows, test->columns),
                   fmt::format("{}x{}, as the training images", train->rows, train->columns));
    }
    if (std::vector<Problem> problems = std::move(loader).problems(); !problems.empty()) {
        return bad_input(std::move(problems));
    }
    dataset.train = std::move(*train);
    dataset.test = std::move(*test);
    return dataset;
}

} // namespace tandem
