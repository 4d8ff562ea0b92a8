#include "tandem/training/job_package.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "tandem/core/fields.h"
#include "tandem/core/hash.h"
#include "tandem/network/network_files.h"
#include "tandem/network/rewrites/rewrites.h"

namespace tandem {

namespace {

constexpr IntegerRange kExtents{.minimum = 1, .maximum = 4096};
constexpr IntegerRange kCounts{.minimum = 0, .maximum = 1'000'000'000};

/// What the document says of the images.
struct DataContents {
    std::string name;
    std::vector<std::string> classes;
    std::int64_t channels = 1;
    std::int64_t rows = 1;
    std::int64_t columns = 1;
    std::int64_t train_images = 0;
    std::int64_t test_images = 0;
    bool has_people = false;
};

void describe(Fields& fields, DataContents& data) {
    fields.text({"name", "of the data set", Presence::required}, data.name);
    fields.texts({"classes", "in order of label", Presence::required}, data.classes, {});
    fields.integer({"channels", "of each image", Presence::required}, data.channels, kExtents);
    fields.integer({"rows", "of each image", Presence::required}, data.rows, kExtents);
    fields.integer({"columns", "of each image", Presence::required}, data.columns, kExtents);
    fields.integer({"train_images", "in the order of the splits", Presence::required}, data.train_images,
                   kCounts);
    fields.integer({"test_images", "for final figures", Presence::required}, data.test_images, kCounts);
    fields.flag({"has_people", "whether training images belong to people"}, data.has_people);
}

/// job.json, but for what rooms below read themselves.
struct Contents {
    std::string tensors; ///< hash of tensors.bin
    std::int64_t network_bytes = 0;
    TrainJob job;
    Document network;
    DataContents data;
    std::string method; ///< empty: float
    double distillation = 0.0;
    BaseCounts bases;
    Document strategy;
    bool is_supernet = false;
    PrecisionSpace space;
    std::int64_t drawn = 2;
    Document strategies;
};

void describe_quantization(Fields& fields, Contents& contents) {
    fields.choice({"method", "of learning to be quantised", Presence::required}, contents.method,
                  quantization_method_names());
    fields.number({"distillation", "share of the loss"}, contents.distillation, kFraction);
    fields.integer({"weight_bases", "of abc"}, contents.bases.weights,
                   {.minimum = 1, .maximum = kMaximumBases});
    fields.integer({"activation_bases", "of abc"}, contents.bases.activations,
                   {.minimum = 1, .maximum = kMaximumBases});
    fields.any({"strategy", "calibrated", Presence::required}, contents.strategy, "a map");
}

void describe_supernet(Fields& fields, Contents& contents) {
    fields.section({"space", "the widths that it is trained for", Presence::required},
                   [&](Fields& inner) { describe(inner, contents.space); });
    fields.integer({"drawn", "strategies drawn in each step"}, contents.drawn,
                   {.minimum = 0, .maximum = 1000});
    fields.any({"strategies", "uniform ones, calibrated", Presence::required}, contents.strategies, "a list");
}

void describe(Fields& fields, Contents& contents) {
    std::string format = "tandem training job 1";
    fields.choice({"format", "of this file", Presence::required}, format, {format});
    fields.text({"tensors", "hash of tensors.bin", Presence::required}, contents.tensors);
    fields.section({"job", "as its YAML file gives it", Presence::required},
                   [&](Fields& inner) { describe(inner, contents.job); });
    fields.any({"network", "its structure", Presence::required}, contents.network, "a map");
    fields.integer({"network_bytes", "of its parameters, the first of tensors.bin", Presence::required},
                   contents.network_bytes, {.minimum = 0});
    fields.section({"data", "the images, the rest of tensors.bin", Presence::required},
                   [&](Fields& inner) { describe(inner, contents.data); });
    fields.optional_section(
        {"quantization", "left out: float"}, !contents.method.empty(), [] {},
        [&](Fields& inner) { describe_quantization(inner, contents); });
    fields.optional_section(
        {"supernet", "one set of weights for a space"}, contents.is_supernet,
        [&] { contents.is_supernet = true; }, [&](Fields& inner) { describe_supernet(inner, contents); });
}

DataContents contents_of(const Dataset& dataset) {
    return {.name = dataset.name,
            .classes = dataset.classes,
            .channels = dataset.train.channels,
            .rows = dataset.train.rows,
            .columns = dataset.train.columns,
            .train_images = dataset.train.count(),
            .test_images = dataset.test.count(),
            .has_people = !dataset.train_people.empty()};
}

template <class Number> void append(std::string& bytes, const std::vector<Number>& numbers) {
    if (numbers.empty()) return;
    const std::size_t begin = bytes.size();
    bytes.resize(begin + numbers.size() * sizeof(Number));
    std::memcpy(bytes.data() + begin, numbers.data(), numbers.size() * sizeof(Number));
}

/// tensors.bin, which begins with the network's parameters.
std::string bytes_of(std::string parameters, const Dataset& dataset) {
    std::string bytes = std::move(parameters);
    for (const Images* images : {&dataset.train, &dataset.test}) {
        append(bytes, images->pixels);
        append(bytes, images->labels);
    }
    append(bytes, dataset.train_people);
    return bytes;
}

Contents contents_of(const JobPackage& package) {
    Contents contents;
    contents.job = package.job;
    contents.network = to_document(package.network);
    contents.data = contents_of(package.dataset);
    if (const auto* quantized = std::get_if<QuantizationSetup>(&package.setup)) {
        contents.method = quantization_method_names()[static_cast<std::size_t>(quantized->method)];
        contents.distillation = quantized->distillation;
        contents.bases = quantized->bases;
        contents.strategy = to_document(quantized->strategy);
    }
    if (const auto* supernet = std::get_if<SupernetSetup>(&package.setup)) {
        contents.is_supernet = true;
        contents.space = supernet->space;
        contents.drawn = supernet->drawn;
        Document::List strategies;
        for (const Strategy& strategy : supernet->strategies) strategies.push_back(to_document(strategy));
        contents.strategies = std::move(strategies);
    }
    return contents;
}

/// Takes one part after the other off the front of the bytes.
class Bytes {
  public:
    Bytes(std::string_view bytes, std::string file) : bytes_(bytes), file_(std::move(file)) {}

    Result<std::string_view> take(std::int64_t count, const std::string& what) {
        if (count > std::ssize(bytes_)) {
            return bad_input(file_, what, fmt::format("{} bytes", count),
                             fmt::format("at most the {} left of tensors.bin", bytes_.size()));
        }
        const std::string_view taken = bytes_.substr(0, static_cast<std::size_t>(count));
        bytes_.remove_prefix(static_cast<std::size_t>(count));
        return taken;
    }

    template <class Number> Result<std::vector<Number>> numbers(std::int64_t count, const std::string& what) {
        const std::string_view taken =
            TANDEM_TRY(take(count * static_cast<std::int64_t>(sizeof(Number)), what));
        std::vector<Number> numbers(static_cast<std::size_t>(count));
        if (count > 0) std::memcpy(numbers.data(), taken.data(), taken.size());
        return numbers;
    }

    Result<Images> images(const DataContents& data, std::int64_t count, const std::string& what) {
        Images images{.channels = data.channels,
                      .rows = data.rows,
                      .columns = data.columns,
                      .pixels = {},
                      .labels = {}};
        // Extents and counts as described multiply below 2^63 where the bytes hold what is asked for.
        const std::int64_t most = std::ssize(bytes_) / images.elements();
        if (count > most) {
            return bad_input(file_, what, fmt::format("{} images", count),
                             fmt::format("at most the {} that tensors.bin holds", most));
        }
        images.pixels = TANDEM_TRY(numbers<std::uint8_t>(count * images.elements(), what));
        images.labels = TANDEM_TRY(numbers<std::uint16_t>(count, what));
        return images;
    }

    Result<void> end() const {
        if (bytes_.empty()) return {};
        return bad_input(file_, "", fmt::format("{} bytes too many in tensors.bin", bytes_.size()),
                         "those of the network and the images alone");
    }

  private:
    std::string_view bytes_;
    std::string file_;
};

Result<Dataset> parse_dataset(const Contents& contents, Bytes& bytes, const std::string& file) {
    const DataContents& data = contents.data;
    Dataset dataset{.name = data.name, .classes = data.classes, .train = {}, .test = {}};
    dataset.train = TANDEM_TRY(bytes.images(data, data.train_images, "data.train_images"));
    dataset.test = TANDEM_TRY(bytes.images(data, data.test_images, "data.test_images"));
    if (data.has_people) {
        dataset.train_people = TANDEM_TRY(bytes.numbers<std::int32_t>(data.train_images, "data.has_people"));
    }
    TANDEM_TRY(bytes.end());
    for (Images* images : {&dataset.train, &dataset.test}) {
        images->normalization = contents.job.normalization;
        TANDEM_TRY(check_normalization(images->normalization, images->channels));
        const auto beyond = std::find_if(images->labels.begin(), images->labels.end(),
                                         [&](auto label) { return label >= dataset.classes.size(); });
        if (beyond != images->labels.end()) {
            return bad_input(file, "data", fmt::format("label {}", *beyond),
                             fmt::format("labels below {}, the number of classes", dataset.classes.size()));
        }
    }
    return dataset;
}

/// Formats for what trains; `prepared` is its network, prepared for deployment.
Result<Strategy> parse_calibrated(const Document& document, const Network& prepared,
                                  const std::string& file) {
    Strategy strategy = TANDEM_TRY(parse_strategy(document, file));
    if (!strategy.calibrated) return bad_input(file, "strategy", "no formats", "a calibrated strategy");
    TANDEM_TRY(validate(strategy, prepared, file));
    return strategy;
}

Result<SupernetSetup> parse_supernet_setup(const Contents& contents, const Network& prepared,
                                           const std::string& file) {
    if (!has_rising_widths(contents.space)) {
        return bad_input(file, "supernet.space", "widths that do not rise, or none",
                         "each width once, the smallest first");
    }
    SupernetSetup setup{.space = contents.space, .strategies = {}, .drawn = contents.drawn};
    const std::vector<Strategy> expected = uniform_strategies(setup.space, prepared);
    const auto* list = contents.strategies.get_if<Document::List>();
    if (list == nullptr || list->size() != expected.size()) {
        return bad_input(file, "supernet.strategies", summarize(contents.strategies),
                         fmt::format("{} strategies, one a width", expected.size()));
    }
    for (std::size_t i = 0; i < expected.size(); ++i) {
        setup.strategies.push_back(TANDEM_TRY(parse_calibrated((*list)[i], prepared, file)));
        if (setup.strategies[i].layers == expected[i].layers) continue;
        return bad_input(file, fmt::format("supernet.strategies[{}]", i), "other widths",
                         "those of the space");
    }
    return setup;
}

Result<TrainingSetup> parse_setup(const Contents& contents, const Network& network, const std::string& file) {
    const Network prepared = prepare_for_deployment(network);
    if (contents.is_supernet) return parse_supernet_setup(contents, prepared, file);
    if (contents.method.empty()) return TrainingSetup{};
    return QuantizationSetup{.method = TANDEM_TRY(parse_quantization_method(contents.method)),
                             .strategy = TANDEM_TRY(parse_calibrated(contents.strategy, prepared, file)),
                             .bases = contents.bases,
                             .distillation = contents.distillation};
}

} // namespace

Result<void> write_job_package(const std::filesystem::path& folder, const JobPackage& package,
                               Existing existing) {
    const std::filesystem::path file = folder / "job.json";
    TANDEM_TRY(check_replaceable(file, existing));
    TANDEM_TRY(make_folder(folder));
    Contents contents = contents_of(package);
    std::string parameters = parameter_bytes(package.network);
    contents.network_bytes = std::ssize(parameters);
    const std::string bytes = bytes_of(std::move(parameters), package.dataset);
    contents.tensors = to_string(Hasher().add(bytes).finish());
    const Document document = write_fields([&](Fields& fields) { describe(fields, contents); });
    // The document last: a folder that has it is whole, and tensors without it are nobody's.
    TANDEM_TRY(write_file(folder / "tensors.bin", bytes, Existing::replace));
    return write_file(file, to_json(document, JsonLayout::indented) + "\n", existing);
}

Result<JobPackage> load_job_package(const std::filesystem::path& folder) {
    const std::string file = (folder / "job.json").string();
    const Document document = TANDEM_TRY(load_json(file));
    const std::string bytes = TANDEM_TRY(read_file(folder / "tensors.bin"));
    return parse_job_package(document, bytes, file);
}

Result<JobPackage> parse_job_package(const Document& document, std::string_view bytes,
                                     const std::string& file) {
    Contents contents;
    TANDEM_TRY(read_fields(document, file, "", [&](Fields& fields) { describe(fields, contents); }));
    if (const std::string hash = to_string(Hasher().add(bytes).finish()); hash != contents.tensors) {
        return bad_input(file, "tensors", fmt::format("hash {} of tensors.bin", hash), contents.tensors);
    }
    TANDEM_TRY(validate(contents.job, file));
    JobPackage package{.job = contents.job, .setup = {}, .network = {}, .dataset = {}};
    Bytes parts(bytes, file);
    const std::string_view parameters = TANDEM_TRY(parts.take(contents.network_bytes, "network_bytes"));
    package.network = TANDEM_TRY(parse_network(contents.network, parameters, file));
    package.dataset = TANDEM_TRY(parse_dataset(contents, parts, file));
    TANDEM_TRY(check_suits(package.network, package.dataset, file));
    package.setup = TANDEM_TRY(parse_setup(contents, package.network, file));
    return package;
}

std::filesystem::path checkpoint_in(const std::filesystem::path& folder) { return folder / "checkpoint"; }

} // namespace tandem
