#include "tandem/codesign/strategy_trainings.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "tandem/codesign/quantization_space.h"
#include "tandem/codesign/strategy_record.h"
#include "tandem/core/files.h"
#include "tandem/core/log.h"
#include "tandem/network/onnx/onnx.h"
#include "tandem/network/rewrites/rewrites.h"

namespace tandem {

namespace fs = std::filesystem;

namespace {

constexpr const char* kCheckpoint = "checkpoint";
constexpr const char* kNetwork = "network.onnx";
constexpr const char* kStrategy = "strategy.json";

/// As the supernets are trained; that of training from scratch pulls harder than few epochs at a low rate
/// make good.
constexpr double kWeightDecay = 1e-4;
/// From which normalisation takes its statistics at the end, in place of moving averages of the last steps
/// (docs/results.md has what ResNet-20 gains).
constexpr std::int64_t kStatisticsBatches = 100;

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
    job.statistics_batches = kStatisticsBatches;
    job.seed = problem.job().search.seed;
    return job;
}

/// What may be looked at before the end.
Dataset without_test_images(Dataset dataset) {
    dataset.test.pixels.clear();
    dataset.test.labels.clear();
    return dataset;
}

/// The error with the folder of the training where it names no file, as of a loss that is no number.
Error placed(Error error, const fs::path& place) {
    for (Problem& problem : error.problems) {
        if (problem.file.empty()) problem.file = place.string();
    }
    return error;
}

} // namespace

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

Result<QuantizedStart> start_training(const QuantizationProblem& problem, const Network& start,
                                      Strategy widths) {
    const QuantizationMethod method =
        TANDEM_TRY(parse_quantization_method(problem.job().fine_tuning->method));
    QuantizedStart started =
        TANDEM_TRY(start_quantized_training(start, std::move(widths), method, problem.experiment().dataset));
    started.setup.distillation = problem.job().fine_tuning->distillation;
    return started;
}

StrategyTrainings::StrategyTrainings(const QuantizationProblem& problem, const Network& start,
                                     Trainer& trainer, fs::path folder, const std::atomic<bool>& interrupted,
                                     Progress& progress)
    : problem_(problem), start_(start), trainer_(trainer),
      dataset_(without_test_images(problem.experiment().dataset)), folder_(std::move(folder)),
      interrupted_(interrupted), progress_(progress) {}

Result<Quality> StrategyTrainings::train(const Strategy& widths, std::int64_t epochs) {
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

Result<QuantizedNetwork> StrategyTrainings::network(const Strategy& widths) const {
    const fs::path place = place_of(widths, final_epochs());
    QuantizedNetwork trained{.network =
                                 prepare_for_deployment(TANDEM_TRY(load_onnx((place / kNetwork).string()))),
                             .strategy = TANDEM_TRY(load_strategy((place / kStrategy).string()))};
    TANDEM_TRY(validate(trained.strategy, trained.network, (place / kStrategy).string()));
    return trained;
}

StrategyTrainings::Account StrategyTrainings::account() const {
    Account account{.trainings = std::ssize(records_), .epochs = epochs_};
    for (const auto& [place, record] : records_) {
        account.images += record.images;
        account.seconds += record.seconds;
    }
    return account;
}

fs::path StrategyTrainings::place_of(const Strategy& widths, std::int64_t epochs) const {
    constexpr std::size_t kDigits = 12; // of 32: enough to tell some hundred strategies apart
    return folder_ / fmt::format("{}-{}-epochs", to_string(content_hash(widths)).substr(0, kDigits), epochs);
}

Result<TrainingRecord> StrategyTrainings::train_now(const Strategy& widths, std::int64_t epochs,
                                                    const fs::path& place) {
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
Result<std::int64_t> StrategyTrainings::images_per_epoch(const TrainJob& job) const {
    const std::int64_t images = std::ssize(TANDEM_TRY(split_pools(dataset_)).train);
    const std::int64_t batch = std::min(job.batch_size, images);
    return images / batch * batch;
}

} // namespace tandem
