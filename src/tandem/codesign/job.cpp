#include "tandem/codesign/job.h"

#include <algorithm>
#include <filesystem>
#include <limits>

#include <fmt/format.h>

#include "tandem/codesign/objectives.h"
#include "tandem/data/dataset.h"
#include "tandem/numerics/number_format.h"
#include "tandem/training/quantization.h"

namespace tandem {

namespace fs = std::filesystem;

namespace {

void describe(Fields& fields, SpaceOptions& options, bool says_tie) {
    const IntegerRange width{.minimum = 1, .maximum = kMaximumBits};
    fields.integers({"weight_bits", "widths a layer's weights may take"}, options.weight_bits, width);
    fields.integers({"activation_bits", "widths a layer's input may take"}, options.activation_bits, width);
    if (says_tie) {
        fields.flag({"tie", "whether weights and activations of a layer share one width"}, options.tie);
    }
    fields.optional_integer({"first_last_bits", "width of the first and the last layer, instead of a choice"},
                            options.first_last_bits, width);
}

void describe(Fields& fields, HardwareOptions& options) {
    fields.choice({"method", "how the array of a design is found: exact, nsga2 as AnaCoNGA did, joint, as "
                             "genes beside those of layers, iterative, in turns with the widths, or fixed, "
                             "the machine's own"},
                  options.method, {"exact", "fixed", "iterative", "joint", "nsga2"});
    fields.integer({"population", "arrays a generation of nsga2"}, options.population,
                   {.minimum = 2, .maximum = 10'000});
    fields.integer({"generations", "generations of nsga2"}, options.generations,
                   {.minimum = 1, .maximum = 10'000});
    fields.integer({"rounds", "of iterative, at most: widths, then the array for them"}, options.rounds,
                   {.minimum = 1, .maximum = 100});
    fields.section({"space", "extents to choose from, rising"},
                   [&](Fields& inner) { describe(inner, options.space); });
    fields.section({"targets", "what no array may exceed"},
                   [&](Fields& inner) { describe(inner, options.targets); });
}

void describe(Fields& fields, ConstraintOptions& options) {
    fields.number({"accuracy_drop", "largest loss of accuracy against the float network, as a share"},
                  options.accuracy_drop, {.minimum = 0.0, .maximum = 1.0});
    const IntegerRange memory{.minimum = 1, .maximum = std::numeric_limits<std::int32_t>::max()};
    fields.optional_integer({"flash_bytes", "most flash of a board that the image may take"},
                            options.flash_bytes, memory);
    fields.optional_integer({"ram_bytes", "most RAM of a board that the image may take, stack included"},
                            options.ram_bytes, memory);
    fields.optional_integer({"instructions", "most instructions of an inference on a board, as estimated"},
                            options.instructions,
                            {.minimum = 1, .maximum = std::numeric_limits<std::int64_t>::max()});
}

constexpr IntegerRange kImagesAtATime{.minimum = 1, .maximum = 1 << 16};

void describe(Fields& fields, MachineVariant& variant) {
    fields.text({"machine", "YAML file of the machine", Presence::required}, variant.machine);
    fields.text({"dataflow", "of the machine, in place of its file's"}, variant.dataflow);
    fields.integer({"batch", "images that the machine takes at a time, in place of the job's"}, variant.batch,
                   kImagesAtATime);
}

void describe(Fields& fields, FineTuningOptions& options) {
    fields.integer({"shortlist", "designs of the search that begin"}, options.shortlist,
                   {.minimum = 1, .maximum = 1024});
    fields.integer(
        {"epochs", "passes over the training images in the first round, twice as many in each next"},
        options.epochs, {.minimum = 1, .maximum = 10'000});
    fields.integer({"final_epochs", "of the design that is left and of the uniform precisions"},
                   options.final_epochs, {.minimum = 1, .maximum = 10'000});
    fields.number({"learning_rate", "peak of the schedule of every training"}, options.learning_rate,
                  {.minimum = 1e-9, .maximum = 100.0});
    fields.integer({"batch_size", "images a step"}, options.batch_size, {.minimum = 4, .maximum = 65'536});
    fields.choice({"method", "of learning to be quantised"}, options.method, layerwise_method_names());
    fields.number(
        {"distillation", "share of the loss that is the divergence from what the network says in float"},
        options.distillation, kFraction);
    fields.integers({"uniform", "widths of uniform precisions that are trained in full beside the design"},
                    options.uniform, {.minimum = 1, .maximum = kMaximumBits});
    fields.integers({"rivals",
                     "how many of each of them: designs of the search, the best that undercut every cost, "
                     "trained in full too"},
                    options.rivals, {.minimum = 0, .maximum = 64});
}

/// Sorted, without repeats: the order of alleles is the order of widths.
void normalize(std::vector<std::int64_t>& widths) {
    std::sort(widths.begin(), widths.end());
    widths.erase(std::unique(widths.begin(), widths.end()), widths.end());
}

/// What a job fine-tunes must be of its space, which a supernet is asked for too.
std::vector<Problem> check_fine_tuning(const Job& job, const std::string& file) {
    std::vector<Problem> problems;
    const FineTuningOptions& options = *job.fine_tuning;
    if (options.epochs > options.final_epochs) {
        problems.push_back({file, "fine_tuning.epochs", fmt::format("{}", options.epochs),
                            fmt::format("at most final_epochs, {}", options.final_epochs)});
    }
    if (!options.rivals.empty() && options.rivals.size() != options.uniform.size()) {
        problems.push_back(
            {file, "fine_tuning.rivals", fmt::format("{} numbers", options.rivals.size()),
             fmt::format("one for each of the {} uniform precisions", options.uniform.size())});
    }
    for (std::size_t i = 0; i < options.uniform.size(); ++i) {
        const std::int64_t bits = options.uniform[i];
        const auto has = [&](const std::vector<std::int64_t>& widths) {
            return std::ranges::find(widths, bits) != widths.end();
        };
        const std::string place = fmt::format("fine_tuning.uniform[{}]", i);
        if (!has(job.space.weight_bits) || !has(job.space.activation_bits)) {
            problems.push_back({file, place, fmt::format("{}", bits),
                                "a width of space.weight_bits and space.activation_bits"});
        } else if (std::ranges::count(options.uniform, bits) > 1) {
            problems.push_back({file, place, fmt::format("{} twice", bits), "each width once"});
        }
    }
    return problems;
}

std::vector<Problem> check_across_fields(const Job& job, const std::string& file) {
    std::vector<Problem> problems;
    const auto require = [&](bool holds, std::string place, std::string found, std::string expected) {
        if (!holds) problems.push_back({file, std::move(place), std::move(found), std::move(expected)});
    };
    require(!job.space.weight_bits.empty(), "space.weight_bits", "an empty list", "at least one width");
    require(!job.space.activation_bits.empty(), "space.activation_bits", "an empty list",
            "at least one width");
    require(!job.space.tie || job.space.weight_bits == job.space.activation_bits, "space.tie",
            "true with different widths for weights and activations", "equal lists, or tie: false");
    require(!job.objectives.empty(), "objectives", "an empty list", "at least one objective");
    for (std::size_t i = 0; i < job.objectives.size(); ++i) {
        const auto first = std::find(job.objectives.begin(), job.objectives.end(), job.objectives[i]);
        require(first - job.objectives.begin() == static_cast<std::ptrdiff_t>(i),
                fmt::format("objectives[{}]", i), job.objectives[i] + " twice", "each objective once");
    }
    require(!job.refine || !job.hardware, "refine", "together with hardware", "hardware.targets instead");
    require(!job.refine || *job.refine != RefineTargets{}, "refine.targets", "no target",
            "cycles, energy or dram_bytes");
    if (job.hardware) {
        for (Problem& problem : find_problems(job.hardware->space, file, "hardware.space")) {
            problems.push_back(std::move(problem));
        }
    }
    const bool has_machines = !job.machines.empty();
    require(!job.machine.empty() || has_machines, "machine", "neither machine nor machines",
            "one of the two");
    require(job.machine.empty() || !has_machines, "machine", "both machine and machines", "one of the two");
    require(!job.hardware || !has_machines, "machines", "together with hardware",
            "the machine to begin with");
    const auto is_one_by_one = [](const MachineVariant& variant) { return variant.batch == 1; };
    require((!job.hardware && !job.refine) ||
                (job.batch == 1 && std::ranges::all_of(job.machines, is_one_by_one)),
            "batch", "more than 1 together with hardware or refine", "1: their targets are of one image");
    if (job.fine_tuning) {
        for (Problem& problem : check_fine_tuning(job, file)) problems.push_back(std::move(problem));
    }
    return problems;
}

} // namespace

void describe(Fields& fields, DataOptions& options) {
    fields.choice({"dataset", "data set to calibrate and score on"}, options.dataset, dataset_names());
    fields.text({"directory", "where its files are; empty: where its package puts them"}, options.directory);
    fields.integer({"calibration", "images that place the radix points"}, options.calibration,
                   {.minimum = 1, .maximum = kCalibrationPool});
    fields.optional_integer(
        {"validation", "images that score a design; 2,000 unless given, or all there are"},
        options.validation, {.minimum = 1, .maximum = kHeldOut - kCalibrationPool});
    describe(fields, options.normalization);
}

void describe(Fields& fields, Job& job) {
    fields.text({"name", "title of the run; the job file's name unless it is given"}, job.name);
    fields.text({"network", "ONNX file of the trained network, or folder of a supernet", Presence::required},
                job.network);
    fields.integer({"batch", "images that the machine takes at a time; costs are those of one of them"},
                   job.batch, kImagesAtATime);
    fields.section({"data", "which images calibrate and score"},
                   [&](Fields& inner) { describe(inner, job.data); });
    fields.text({"machine", "YAML file of the machine"}, job.machine);
    fields.sections(
        {"machines", "several to compare, in place of machine"}, job.machines.size(),
        [&](std::size_t count) {
            job.machines.resize(count, {.machine = {}, .dataflow = {}, .batch = job.batch});
        },
        [&](Fields& inner, std::size_t i) { describe(inner, job.machines[i]); });
    fields.optional_section(
        {"hardware", "the array is chosen for each design; the machine must be of the family bitserial"},
        job.hardware.has_value(), [&] { job.hardware.emplace(); },
        [&](Fields& inner) { describe(inner, *job.hardware); });
    fields.optional_section(
        {"refine", "targets that each design is tried against from the coarse level to the fine one"},
        job.refine.has_value(), [&] { job.refine.emplace(); },
        [&](Fields& inner) {
            inner.section({"targets", "what no design may exceed"},
                          [&](Fields& targets) { describe(targets, *job.refine); });
        });
    fields.section({"space", "what the search may choose"},
                   [&](Fields& inner) { describe(inner, job.space, job.says_tie); });
    fields.section({"search", "how it searches"}, [&](Fields& inner) { describe(inner, job.search); });
    fields.optional_section(
        {"fine_tuning", "what the search found is trained before it is deployed; needs LibTorch"},
        job.fine_tuning.has_value(), [&] { job.fine_tuning.emplace(); },
        [&](Fields& inner) { describe(inner, *job.fine_tuning); });
    fields.texts({"objectives", "what is optimised together"}, job.objectives, objective_names());
    fields.section({"constraints", "what a design must keep"},
                   [&](Fields& inner) { describe(inner, job.constraints); });
}

std::string resolve_path(const std::string& path, const std::string& job_file) {
    const fs::path beside = fs::path(job_file).parent_path() / path;
    for (const fs::path& candidate : {fs::path(path), beside}) {
        std::error_code code;
        if (fs::exists(candidate, code)) return fs::weakly_canonical(candidate, code).string();
    }
    return path;
}

Result<Job> parse_job(const Document& document, const std::string& file) {
    Job job;
    TANDEM_TRY(read_fields(document, file, "", [&](Fields& fields) { describe(fields, job); }));
    const Document* const space = document.find("space");
    job.says_tie = job.machines.empty() || (space != nullptr && space->find("tie") != nullptr);
    normalize(job.space.weight_bits);
    normalize(job.space.activation_bits);
    std::vector<Problem> problems = check_across_fields(job, file);
    if (!problems.empty()) return bad_input(std::move(problems));
    if (job.name.empty()) job.name = fs::path(file).stem().string();
    job.network = resolve_path(job.network, file);
    job.machine = resolve_path(job.machine, file);
    for (MachineVariant& variant : job.machines) variant.machine = resolve_path(variant.machine, file);
    return job;
}

Result<Job> load_job(const std::string& path) { return parse_job(TANDEM_TRY(load_yaml(path)), path); }

std::string to_yaml(const Job& job) {
    Job copy = job;
    return to_yaml(write_fields([&](Fields& fields) { describe(fields, copy); }));
}

} // namespace tandem
