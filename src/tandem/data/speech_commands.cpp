#include "tandem/data/speech_commands.h"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "tandem/core/files.h"

namespace tandem {

namespace {

constexpr std::int64_t kFrames = 49;
constexpr std::int64_t kCoefficients = 10;
constexpr std::size_t kElements = kFrames * kCoefficients;
constexpr std::size_t kRecord = 1 + kElements;
constexpr unsigned kOffset = 128; // makes a signed byte unsigned

Images no_images() {
    return {.channels = 1,
            .rows = kFrames,
            .columns = kCoefficients,
            .pixels = {},
            .labels = {},
            .normalization = {}};
}

const std::vector<std::string>& classes() {
    static const std::vector<std::string> kClasses{"down",  "go",   "left", "no",  "off",     "on",
                                                   "right", "stop", "up",   "yes", "silence", "unknown"};
    return kClasses;
}

} // namespace

Result<Images> parse_speech_commands(std::string_view bytes, const std::string& file) {
    if (bytes.empty() || bytes.size() % kRecord != 0) {
        return bad_input(file, "", fmt::format("{} bytes", bytes.size()),
                         fmt::format("records of {} bytes", kRecord));
    }
    Images images = no_images();
    for (std::size_t at = 0; at < bytes.size(); at += kRecord) {
        const auto label = static_cast<unsigned char>(bytes[at]);
        if (label >= classes().size()) {
            return bad_input(file, fmt::format("record {}", at / kRecord), fmt::format("label {}", label),
                             fmt::format("0 to {}", classes().size() - 1));
        }
        images.labels.push_back(label);
        const std::string_view features = bytes.substr(at + 1, kElements);
        std::transform(features.begin(), features.end(), std::back_inserter(images.pixels), [](char feature) {
            return static_cast<std::uint8_t>(static_cast<unsigned char>(feature) + kOffset);
        });
    }
    return images;
}

Result<Dataset> load_speech_commands(const std::string& path) {
    if (path.empty()) {
        return bad_input("speech-commands", "", "no file", std::string(kSpeechCommandsRemedy));
    }
    const std::string bytes = TANDEM_TRY(read_file(path));
    return Dataset{.name = "speech-commands",
                   .classes = classes(),
                   .train = no_images(),
                   .test = TANDEM_TRY(parse_speech_commands(bytes, path))};
}

} // namespace tandem
