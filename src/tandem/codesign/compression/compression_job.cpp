#include "tandem/codesign/compression/compression_job.h"

#include <filesystem>

#include "tandem/codesign/job.h"
#include "tandem/data/dataset.h"
#include "tandem/numerics/number_format.h"

namespace tandem {

namespace {

constexpr double kMostCompression = 1000.0;

void describe(Fields& fields, FineTuning& options) {
    fields.integer({"epochs", "passes over the training images at most"}, options.epochs,
                   {.minimum = 1, .maximum = 10'000});
    fields.number({"learning_rate", "peak of the schedule"}, options.learning_rate,
                  {.minimum = 1e-9, .maximum = 100.0});
    fields.integer({"patience", "epochs without a better one before it stops; 0: never"}, options.patience,
                   {.minimum = 0, .maximum = 10'000});
}

void describe(Fields& fields, EastOptions& options) {
    fields.numbers({"compressions", "float bytes of all weights over encoded bytes, a training each"},
                   options.compressions, {.minimum = 1.0, .maximum = kMostCompression});
    fields.number({"pace", "epochs of the published schedule that one epoch stands for"}, options.pace,
                  {.minimum = 1.0, .maximum = 1000.0});
    fields.integer({"largest_group", "weights, beyond which groups do not grow"}, options.largest_group,
                   kPositiveInteger);
    fields.section({"frozen", "training once the weights fit and their mask stays"},
                   [&](Fields& inner) { describe(inner, options.frozen); });
    fields.flag({"compares", "whether plain magnitude pruning is trained beside it"}, options.compares);
}

void describe(Fields& fields, PaqOptions& options) {
    fields.integers({"targets_kibibytes", "memory for weights and activations to fit into"},
                    options.targets_kibibytes, kPositiveInteger);
    fields.integers({"bits", "widths of weights and activations"}, options.bits,
                    {.minimum = 2, .maximum = kMaximumBits});
    fields.section({"pruned", "training in float after pruning"},
                   [&](Fields& inner) { describe(inner, options.pruned); });
    fields.section({"quantized", "training in fixed point after quantising"},
                   [&](Fields& inner) { describe(inner, options.quantized); });
}

} // namespace

void describe(Fields& fields, CompressionJob& job) {
    fields.text({"name", "title of the run; the job file's name unless it is given"}, job.name);
    fields.choice({"compression", "the method", Presence::required}, job.compression, {"east", "paq"});
    fields.section({"train", "the float network and how it trains"},
                   [&](Fields& inner) { describe(inner, job.train); });
    fields.integer({"calibration", "images that place the radix points"}, job.calibration,
                   {.minimum = 1, .maximum = kCalibrationPool});
    if (job.compression == "east") {
        fields.section({"east", "encoding-aware sparse training"},
                       [&](Fields& inner) { describe(inner, job.east); });
    } else {
        fields.section({"paq", "prune and quantise"}, [&](Fields& inner) { describe(inner, job.paq); });
    }
}

bool is_compression_job(const Document& document) { return document.find("compression") != nullptr; }

Result<CompressionJob> parse_compression_job(const Document& document, const std::string& file) {
    CompressionJob job;
    TANDEM_TRY(read_fields(document, file, "", [&](Fields& fields) { describe(fields, job); }));
    TANDEM_TRY(validate(job.train, file));
    std::vector<Problem> problems;
    const auto require_some = [&](bool has_some, std::string place) {
        if (!has_some) problems.push_back({file, std::move(place), "an empty list", "at least one"});
    };
    if (job.compression == "east") {
        require_some(!job.east.compressions.empty(), "east.compressions");
    } else {
        require_some(!job.paq.targets_kibibytes.empty(), "paq.targets_kibibytes");
        require_some(!job.paq.bits.empty(), "paq.bits");
    }
    if (!problems.empty()) return bad_input(std::move(problems));
    if (job.name.empty()) job.name = std::filesystem::path(file).stem().string();
    if (!job.train.network.empty()) job.train.network = resolve_path(job.train.network, file);
    return job;
}

Result<CompressionJob> load_compression_job(const std::string& path) {
    return parse_compression_job(TANDEM_TRY(load_yaml(path)), path);
}

std::string to_yaml(CompressionJob job) {
    return to_yaml(write_fields([&](Fields& fields) { describe(fields, job); }));
}

} // namespace tandem
