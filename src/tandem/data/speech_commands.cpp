#include "tandem/data/speech_commands.h"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <map>
#include <set>
#include <span>

#include <fmt/format.h>

#include "tandem/core/files.h"
#include "tandem/core/random.h"

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

/// The fields between tabs.
std::vector<std::string_view> fields_of(std::string_view line) {
    std::vector<std::string_view> fields;
    for (std::size_t end = 0; end != std::string_view::npos;) {
        end = line.find('\t');
        fields.push_back(line.substr(0, end));
        if (end != std::string_view::npos) line.remove_prefix(end + 1);
    }
    return fields;
}

/// The lines of a text that ends in one.
std::vector<std::string_view> lines_of(std::string_view text) {
    std::vector<std::string_view> lines;
    while (!text.empty()) {
        const std::size_t end = text.find('\n');
        std::string_view line = text.substr(0, end);
        if (line.ends_with('\r')) line.remove_suffix(1);
        lines.push_back(line);
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    }
    return lines;
}

void append(const Images& from, std::size_t image, Images& to) {
    const auto begin = from.pixels.begin() + static_cast<std::ptrdiff_t>(image * kElements);
    to.pixels.insert(to.pixels.end(), begin, begin + static_cast<std::ptrdiff_t>(kElements));
    to.labels.push_back(from.labels[image]);
}

/// The clips of a fifth of the speakers become the test files.
Dataset split_by_speaker(const Images& clips, const std::vector<std::int32_t>& speakers) {
    std::vector<std::int32_t> everybody = speakers;
    std::sort(everybody.begin(), everybody.end());
    everybody.erase(std::unique(everybody.begin(), everybody.end()), everybody.end());
    Random(kSplitSeed).fork("test speakers").shuffle(std::span(everybody));
    everybody.resize(everybody.size() / 5);
    const std::set<std::int32_t> tested(everybody.begin(), everybody.end());
    Dataset dataset{
        .name = "speech-commands", .classes = classes(), .train = no_images(), .test = no_images()};
    for (std::size_t clip = 0; clip < speakers.size(); ++clip) {
        if (tested.contains(speakers[clip])) {
            append(clips, clip, dataset.test);
        } else {
            append(clips, clip, dataset.train);
            dataset.train_people.push_back(speakers[clip]);
        }
    }
    return dataset;
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

Result<std::vector<std::int32_t>> parse_clip_speakers(std::string_view table, const std::string& file,
                                                      const Images& clips) {
    const std::vector<std::string_view> lines = lines_of(table);
    const std::vector<std::string_view> head =
        lines.empty() ? std::vector<std::string_view>() : fields_of(lines.front());
    const auto label_column = std::find(head.begin(), head.end(), "class") - head.begin();
    const auto speaker_column = std::find(head.begin(), head.end(), "speaker") - head.begin();
    if (std::max(label_column, speaker_column) == std::ssize(head)) {
        return bad_input(file, "line 1", "other columns", "columns 'class' and 'speaker' between tabs");
    }
    if (std::ssize(lines) - 1 != clips.count()) {
        return bad_input(file, "", fmt::format("{} clips", std::ssize(lines) - 1),
                         fmt::format("{}, one a record", clips.count()));
    }
    std::vector<std::int32_t> speakers;
    std::map<std::string_view, std::int32_t> numbers;
    std::int32_t next = 0;
    for (std::size_t clip = 0; clip + 1 < lines.size(); ++clip) {
        const std::vector<std::string_view> fields = fields_of(lines[clip + 1]);
        const std::string place = fmt::format("line {}", clip + 2);
        if (fields.size() != head.size()) {
            return bad_input(file, place, fmt::format("{} columns", fields.size()),
                             fmt::format("{}", head.size()));
        }
        const std::string_view label = fields[static_cast<std::size_t>(label_column)];
        if (label != std::to_string(clips.labels[clip])) {
            return bad_input(file, place, "another class",
                             fmt::format("{}, the label of its record", clips.labels[clip]));
        }
        const std::string_view speaker = fields[static_cast<std::size_t>(speaker_column)];
        const auto [known, is_new] = numbers.try_emplace(speaker, next);
        speakers.push_back(speaker == "-" ? next : known->second);
        if (is_new || speaker == "-") ++next;
    }
    return speakers;
}

Result<Dataset> load_speech_commands(const std::string& path) {
    if (path.empty()) {
        return bad_input("speech-commands", "", "no file", std::string(kSpeechCommandsRemedy));
    }
    std::error_code code;
    if (std::filesystem::is_directory(path, code)) {
        const std::string records = (std::filesystem::path(path) / kSpeechRecordsFile).string();
        const std::string table = (std::filesystem::path(path) / kSpeechClipsFile).string();
        const std::string bytes = TANDEM_TRY(read_file(records));
        const std::string text = TANDEM_TRY(read_file(table));
        const Images clips = TANDEM_TRY(parse_speech_commands(bytes, records));
        return split_by_speaker(clips, TANDEM_TRY(parse_clip_speakers(text, table, clips)));
    }
    const std::string bytes = TANDEM_TRY(read_file(path));
    return Dataset{.name = "speech-commands",
                   .classes = classes(),
                   .train = no_images(),
                   .test = TANDEM_TRY(parse_speech_commands(bytes, path))};
}

} // namespace tandem
