// Every data set with its loader; dataset.cpp is what holds for all of them.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "tandem/data/cifar10.h"
#include "tandem/data/dataset.h"
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
         .description =
             "features of spoken words in 12 classes, 49x10 bytes each; with a table of speakers also "
             "to train on",
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

} // namespace tandem
