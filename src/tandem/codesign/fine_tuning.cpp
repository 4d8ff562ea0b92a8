#include "tandem/codesign/fine_tuning.h"

#include <algorithm>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "tandem/codesign/quantization_space.h"
#include "tandem/codesign/quantized_training.h"
#include "tandem/codesign/run_record.h"
#include "tandem/codesign/strategy_record.h"
#include "tandem/core/check.h"
#include "tandem/core/files.h"
#include "tandem/core/log.h"
#include "tandem/network/onnx/onnx.h"
#include "tandem/network/rewrites/rewrites.h"
#include "tandem/search/shortlist.h"
#include "tandem/strategy/import.h"

namespace tandem {

namespace fs = std::filesystem;

namespace {

/// As the supernets are trained; that of training from scratch pulls harder than few epochs at a low rate
/// make good.
constexpr double kWeightDecay = 1e-4;

/// A training that has ended, as its file keeps it.
struct TrainingRecord {
    double accuracy = 0.0;
    double kl_divergence = 0.0;
    std::int64_t samples = 0;
    std::int64_t images = 0;
    double seconds = 0.0;
};

void describe(Fields& fields, TrainingRecord& record) {
    fields.number({"accuracy", "share of the validation images", Presence::required}, record.accuracy,
                  kFraction);
    fields.number({"kl_divergence", "nats", Presence::required}, record.kl_divergence, {});
    fields.integer({"samples", "validation images", Presence::required}, record.samples, kPositiveInteger);
    fields.integer({"images", "that training saw", Presence::required}, record.images, kNonNegativeInteger);
    fields.number({"seconds", "of training", Presence::required}, record.seconds, kNonNegativeNumber);
}

Strategy widths_of(const QuantizationProblem& problem, const Genome& genome) {
    return decode(genome, problem.experiment().network, problem.job().space);
}

TrainJob train_job(const QuantizationProblem& problem, std::int64_t epochs) {
    const FineTuningOptions& options = *problem.job().fine_tuning;
    const DataOptions& data = problem.job().data;
    TrainJob job;
    job.network = problem.job().network;
    job.dataset = data.dataset;
    job.dataset_directory = data.directory;
    job.normalization = problem.experiment().dataset.train.normalization;
    job.epochs = epochs;
    job.batch_size = options.batch_size;
    job.learning_rate = options.learning_rate;
    job.weight_decay = kWeightDecay;
    job.seed = problem.job().search.seed;
    return job;
}

/// What may be looked at before the end.
Dataset without_test_images(Dataset dataset) {
    dataset.test.pixels.clear();
    dataset.test.labels.clear();
    return dataset;
}

Result<QuantizedStart> start_training(const QuantizationProblem& problem, const Network& start,
                                      Strategy widths) {
    const QuantizationMethod method =
        TANDEM_TRY(parse_quantization_method(problem.job().fine_tuning->method));
    return start_quantized_training(start, std::move(widths), method, problem.experiment().dataset);
}

/// The error with the folder of the training where it names no file, as of a loss that is no number.
Error placed(Error error, const fs::path& place) {
    for (Problem& problem : error.problems) {
        if (problem.file.empty()) problem.file = place.string();
    }
    return error;
}

/// Trains strategies, each for some number of epochs, once.
class Trainings {
  public:
    Trainings(const QuantizationProblem& problem, const Network& start, Trainer& trainer, fs::path folder,
              const std::atomic<bool>& interrupted, Progress& progress)
        : problem_(problem), start_(start), trainer_(trainer),
          dataset_(without_test_images(problem.experiment().dataset)), folder_(std::move(folder)),
          interrupted_(interrupted), progress_(progress) {}

    Result<Quality> train(const Strategy& widths, std::int64_t epochs) {
        const fs::path place = place_of(widths, epochs);
        auto found = records_.find(place);
        if (found == records_.end()) {
            const fs::path file = place / "training.json";
            TrainingRecord record;
            if (fs::exists(file)) {
                TANDEM_TRY(load_strategy_record(file, widths, fields_of(record)));
            } else {
                record = TANDEM_TRY(train_now(widths, epochs, place));
                TANDEM_TRY(write_strategy_record(file, widths, fields_of(record)));
                std::error_code ignored; // a checkpoint left behind does no harm
                fs::remove(place / kCheckpoint, ignored);
            }
            epochs_ += epochs;
            found = records_.emplace(place, record).first;
        }
        const TrainingRecord& record = found->second;
        return Quality{
            .accuracy = record.accuracy, .kl_divergence = record.kl_divergence, .samples = record.samples};
    }

    /// What training in full left; it has ended.
    Result<QuantizedNetwork> network(const Strategy& widths) const {
        const fs::path place = place_of(widths, final_epochs());
        QuantizedNetwork trained{
            .network = prepare_for_deployment(TANDEM_TRY(load_onnx((place / kNetwork).string()))),
            .strategy = TANDEM_TRY(load_strategy((place / kStrategy).string()))};
        TANDEM_TRY(validate(trained.strategy, trained.network, (place / kStrategy).string()));
        return trained;
    }

    void account(FineTuned& result) const {
        result.trainings = std::ssize(records_);
        result.epochs = epochs_;
        for (const auto& [place, record] : records_) {
            result.images += record.images;
            result.seconds += record.seconds;
        }
    }

  private:
    static constexpr const char* kCheckpoint = "checkpoint";
    static constexpr const char* kNetwork = "network.onnx";
    static constexpr const char* kStrategy = "strategy.json";

    std::int64_t final_epochs() const { return problem_.job().fine_tuning->final_epochs; }

    fs::path place_of(const Strategy& widths, std::int64_t epochs) const {
        constexpr std::size_t kDigits = 12; // of 32: enough to tell some hundred strategies apart
        return folder_ /
               fmt::format("{}-{}-epochs", to_string(content_hash(widths)).substr(0, kDigits), epochs);
    }

    Result<TrainingRecord> train_now(const Strategy& widths, std::int64_t epochs, const fs::path& place) {
        TANDEM_TRY(make_folder(place));
        const TrainJob job = train_job(problem_, epochs);
        const QuantizedStart start = TANDEM_TRY(start_training(problem_, start_, widths));
        Result<QuantizedTraining> ended = trainer_.train_quantized(
            job, start.setup, start.network, dataset_, place / kCheckpoint, {}, interrupted_, progress_);
        if (!ended) return tl::unexpected(placed(std::move(ended).error(), place));
        QuantizedTraining training = std::move(*ended);
        const QuantizedNetwork trained{.network = prepare_for_deployment(std::move(training.result.network)),
                                       .strategy = std::move(training.strategy)};
        const Result<IntegerProgram> program = lower_to_integers(trained.network, trained.strategy);
        if (!program) {
            return failed(place.string(), "",
                          "numbers beyond those of integers: " + to_string(program.error().problems.front()),
                          "a smaller fine_tuning.learning_rate");
        }
        const Quality quality = problem_.quality(*program);
        log_info(fmt::format("{}: accuracy {:.4f}", place.filename().string(), quality.accuracy));
        if (epochs == final_epochs()) { // may be deployed
            TANDEM_TRY(write_file(place / kNetwork, emit_onnx(trained.network), Existing::replace));
            TANDEM_TRY(write_file(place / kStrategy,
                                  to_json(to_document(trained.strategy), JsonLayout::indented) + "\n",
                                  Existing::replace));
        }
        TrainingRecord record{.accuracy = quality.accuracy,
                              .kl_divergence = quality.kl_divergence,
                              .samples = quality.samples,
                              .images = epochs * TANDEM_TRY(images_per_epoch(job))};
        for (const EpochRecord& epoch : training.result.epochs) record.seconds += epoch.seconds;
        return record;
    }

    /// The last ones of an epoch that fill no batch are left out.
    Result<std::int64_t> images_per_epoch(const TrainJob& job) const {
        const std::int64_t images = std::ssize(TANDEM_TRY(split_pools(dataset_)).train);
        const std::int64_t batch = std::min(job.batch_size, images);
        return images / batch * batch;
    }

    const QuantizationProblem& problem_;
    const Network& start_;
    Trainer& trainer_;
    Dataset dataset_;
    fs::path folder_;
    const std::atomic<bool>& interrupted_;
    Progress& progress_;
    std::map<fs::path, TrainingRecord> records_;
    std::int64_t epochs_ = 0;
};

/// The rounds in which all but one design of the shortlist drop out.
Result<std::vector<HalvingRound>> halve(const QuantizationProblem& problem,
                                        const std::vector<StoredDesign>& designs,
                                        const std::vector<std::size_t>& shortlist, Trainings& trainings) {
    const FineTuningOptions& options = *problem.job().fine_tuning;
    std::vector<std::size_t> remaining = shortlist;
    std::vector<HalvingRound> rounds;
    std::optional<ObjectiveBox> box; // of the first round, so that one measure serves all
    for (std::int64_t epochs = options.epochs; remaining.size() > 1; epochs *= 2) {
        HalvingRound round{.epochs = std::min(epochs, options.final_epochs),
                           .contestants = {},
                           .kept = (remaining.size() + 1) / 2};
        std::vector<Quality> qualities;
        std::vector<Evaluation> evaluations;
        std::vector<Objectives> points;
        for (const std::size_t design : remaining) {
            const Genome& genome = designs[design].genome;
            qualities.push_back(TANDEM_TRY(trainings.train(widths_of(problem, genome), round.epochs)));
            const Outcome<Cost> cost = problem.cost(genome);
            TANDEM_CHECK(cost.has_value(), "a design on the shortlist was priced before");
            evaluations.push_back(problem.judge(qualities.back(), *cost));
            points.push_back(evaluations.back().objectives);
        }
        if (!box) box = box_of(points);
        for (const std::size_t place : order_by_balance(evaluations, *box)) {
            round.contestants.push_back({.design = remaining[place], .quality = qualities[place]});
        }
        remaining.clear();
        for (std::size_t i = 0; i < round.kept; ++i) remaining.push_back(round.contestants[i].design);
        rounds.push_back(std::move(round));
    }
    return rounds;
}

/// The genomes of the uniform precisions that the job names, in its order.
std::vector<UniformGenome> named_uniforms(const QuantizationProblem& problem) {
    const std::vector<UniformGenome> all = uniform_genomes(problem.space(), problem.job().space);
    std::vector<UniformGenome> named;
    for (const std::int64_t bits : problem.job().fine_tuning->uniform) {
        const auto found = std::ranges::find(all, static_cast<int>(bits), &UniformGenome::bits);
        TANDEM_CHECK(found != all.end(), "a job's uniform precisions are of its space");
        named.push_back(*found);
    }
    return named;
}

/// What the machine charges for a design, as a search minimises it.
std::vector<double> costs_of(const QuantizationProblem& problem, const Cost& cost) {
    std::vector<double> costs;
    for (const Objective* const objective : find_objectives(problem.job().objectives)) {
        if (is_cost(*objective)) costs.push_back(to_minimized(*objective, objective->value({}, cost)));
    }
    return costs;
}

/// The acceptable designs that cost less than the genome by every measure, the most accurate first as the
/// search has them. None where the genome does not fit, or costs are no objective.
std::vector<std::size_t> designs_below(const QuantizationProblem& problem, const Genome& genome,
                                       const std::vector<StoredDesign>& designs) {
    const Outcome<Cost> bar = problem.cost(genome);
    if (!bar) return {};
    const std::vector<double> limits = costs_of(problem, *bar);
    std::vector<std::size_t> below;
    std::vector<double> accuracies(designs.size());
    for (std::size_t i = 0; i < designs.size() && !limits.empty(); ++i) {
        const Evaluation& evaluation = designs[i].evaluation;
        if (evaluation.infeasible || evaluation.violation > 0.0) continue;
        const Outcome<Cost> cost = problem.cost(designs[i].genome);
        TANDEM_CHECK(cost.has_value(), "a design that fits was priced before");
        const std::vector<double> costs = costs_of(problem, *cost);
        if (!std::ranges::equal(costs, limits, std::ranges::less())) continue;
        accuracies[i] = quality_of(designs[i]).accuracy;
        below.push_back(i);
    }
    std::ranges::stable_sort(below, std::ranges::greater(), [&](std::size_t i) { return accuracies[i]; });
    return below;
}

} // namespace

const FinalStrategy* FineTuned::find(std::size_t design) const {
    const auto found = std::ranges::find(finals, std::optional(design), &FinalStrategy::design);
    return found == finals.end() ? nullptr : &*found;
}

Result<QuantizedNetwork> final_network(const QuantizationProblem& problem,
                                       const std::vector<StoredDesign>& designs, std::size_t design,
                                       const FineTuned* tuned) {
    const FinalStrategy* const trained = tuned != nullptr ? tuned->find(design) : nullptr;
    return trained != nullptr ? trained->network : problem.quantized(designs[design].genome);
}

Result<FineTuning> FineTuning::create(const QuantizationProblem& problem) {
    const Experiment& experiment = problem.experiment();
    const std::string& file = problem.job().network;
    if (experiment.strategy) {
        return bad_input(file, "", "a network that comes quantised",
                         "one in float, which 'fine_tuning' trains");
    }
    std::shared_ptr<Trainer> trainer = TANDEM_TRY(load_trainer());
    // As it was given, batch normalisation in place; what was folded for deployment trains worse.
    Network start =
        experiment.supernet ? experiment.supernet->network() : TANDEM_TRY(import_network(file)).network;
    TANDEM_TRY(trainer->check(start));
    for (const UniformGenome& uniform : named_uniforms(problem)) {
        TANDEM_TRY(start_training(problem, start, widths_of(problem, uniform.genome)));
    }
    return FineTuning(std::move(trainer), std::move(start));
}

Result<FineTuned> FineTuning::run(const QuantizationProblem& problem,
                                  const std::vector<StoredDesign>& designs, const fs::path& folder,
                                  const std::atomic<bool>& interrupted, Progress& progress) const {
    TANDEM_TRY(select_designs(problem, designs)); // or says why there is none
    TANDEM_TRY(make_folder(folder));
    const FineTuningOptions& options = *problem.job().fine_tuning;
    std::vector<Evaluation> evaluations;
    evaluations.reserve(designs.size());
    for (const StoredDesign& design : designs) evaluations.push_back(design.evaluation);
    const auto can_train = [&](std::size_t design) {
        return start_training(problem, start_, widths_of(problem, designs[design].genome)).has_value();
    };
    const std::vector<std::size_t> shortlist =
        pick_shortlist(evaluations, static_cast<std::size_t>(options.shortlist), can_train);
    if (shortlist.empty()) {
        return failed(problem.job().name, "fine_tuning", "no design that can be trained at its widths",
                      "wider widths, or another method");
    }
    Trainings trainings(problem, start_, *trainer_, folder, interrupted, progress);
    FineTuned result;
    result.rounds = TANDEM_TRY(halve(problem, designs, shortlist, trainings));
    const std::size_t chosen =
        result.rounds.empty() ? shortlist.front() : result.rounds.back().contestants.front().design;
    result.finals.push_back({.label = "chosen",
                             .genome = designs[chosen].genome,
                             .design = chosen,
                             .quality = {},
                             .network = {}});
    for (UniformGenome& uniform : named_uniforms(problem)) {
        const std::string label = fmt::format("{}-bit", uniform.bits);
        const std::optional<std::size_t> design = index_of(designs, uniform.genome);
        const std::vector<std::size_t> below = designs_below(problem, uniform.genome, designs);
        result.finals.push_back({.label = label,
                                 .genome = std::move(uniform.genome),
                                 .design = design,
                                 .quality = {},
                                 .network = {}});
        std::int64_t rivals = 0;
        for (std::size_t i = 0; i < below.size() && rivals < options.rivals; ++i) {
            if (result.find(below[i]) != nullptr || !can_train(below[i])) continue;
            ++rivals;
            result.finals.push_back({.label = fmt::format("below {} ({})", label, rivals),
                                     .genome = designs[below[i]].genome,
                                     .design = below[i],
                                     .quality = {},
                                     .network = {}});
        }
    }
    for (FinalStrategy& final_strategy : result.finals) {
        const Strategy widths = widths_of(problem, final_strategy.genome);
        final_strategy.quality = TANDEM_TRY(trainings.train(widths, options.final_epochs));
        final_strategy.network = TANDEM_TRY(trainings.network(widths));
    }
    trainings.account(result);
    return result;
}

} // namespace tandem
