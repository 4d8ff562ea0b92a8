#include "tandem/training/plugin/training_loop.h"

#include <chrono>
#include <numeric>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "tandem/core/document.h"
#include "tandem/core/hash.h"
#include "tandem/core/log.h"
#include "tandem/core/parallel.h"
#include "tandem/training/checkpoint.h"
#include "tandem/training/plugin/device.h"
#include "tandem/training/plugin/run_state.h"
#include "tandem/training/plugin/training_run.h"
#include "tandem/training/schedule.h"

namespace tandem {

namespace {

/// Who a checkpoint belongs to. The number of threads does not change the result and may differ; on another
/// device a run goes on from what it has.
ContentHash identity_of(TrainJob job, const TrainingSetup& setup, const Network& initial,
                        const Dataset& dataset) {
    job.threads = 0;
    job.device = TrainJob{}.device;
    const Document fields = write_fields([&](Fields& visitor) { describe(visitor, job); });
    const std::span<const std::uint8_t> pixels = dataset.train.pixels;
    const std::span<const std::uint16_t> labels = dataset.train.labels;
    Hasher hasher;
    if (const auto* quantized = std::get_if<QuantizationSetup>(&setup)) {
        hasher.add(std::string_view(quantization_method_names()[static_cast<std::size_t>(quantized->method)]))
            .add(content_hash(quantized->strategy))
            .add(quantized->distillation);
        if (quantized->bases != BaseCounts{}) {
            hasher.add(quantized->bases.weights).add(quantized->bases.activations);
        }
    }
    if (const auto* supernet = std::get_if<SupernetSetup>(&setup)) {
        hasher.add(std::string_view("supernet")).add(supernet->drawn);
        for (const int bits : supernet->space.weight_bits) hasher.add(bits);
        for (const int bits : supernet->space.activation_bits) hasher.add(bits);
        for (const Strategy& strategy : supernet->strategies) hasher.add(content_hash(strategy));
    }
    return hasher.add(to_json(fields, JsonLayout::compact))
        .add(content_hash(initial))
        .add(pixels)
        .add(labels)
        .finish();
}

std::vector<std::int64_t> all_of(const Images& images) {
    std::vector<std::int64_t> indices(static_cast<std::size_t>(images.count()));
    std::iota(indices.begin(), indices.end(), std::int64_t{0});
    return indices;
}

tl::unexpected<Error> interruption(const std::filesystem::path& checkpoint, std::size_t done,
                                   std::int64_t epochs) {
    const std::string place = fmt::format("interrupted after epoch {} of {}", done, epochs);
    const std::string remedy = checkpoint.empty() ? "no interrupt: there is no checkpoint to go on from"
                                                  : "the same command again, which goes on from here";
    return tl::unexpected(Error{ErrorKind::interrupted, {{checkpoint.string(), place, "", remedy}}});
}

/// The loop's own state between epochs, and what it asks of the run.
class Loop {
  public:
    Loop(const TrainJob& job, TrainingRun& run, const EpochHook& hook) : job_(job), run_(run), hook_(hook) {}

    /// From a checkpoint's contents.
    Result<void> resume(const std::string& contents) {
        state_ = load_state(contents, run_.module(), run_.optimizer());
        TANDEM_TRY(run_.mask(state_.decision));
        run_.set_averages(std::exchange(state_.averages, {}));
        return {};
    }

    /// What the hook says before the first epoch.
    Result<void> begin() { return decide({}); }

    bool is_done() const {
        const auto done = static_cast<std::int64_t>(state_.epochs.size());
        const bool has_lost_patience =
            job_.patience > 0 && state_.best && done - state_.best->epoch >= job_.patience;
        return done >= job_.epochs || state_.decision.stops || has_lost_patience;
    }

    std::int64_t next_epoch() const { return static_cast<std::int64_t>(state_.epochs.size()); }

    Result<void> end_epoch(const EpochRecord& record) {
        state_.epochs.push_back(record);
        const std::map<std::string, std::vector<std::uint8_t>> masks = state_.decision.masks;
        TANDEM_TRY(decide(record));
        const EpochDecision& decision = state_.decision;
        const bool was_changed = decision.masks != masks || (!decision.holds_masks && !masks.empty());
        // What was measured is not what is there now.
        if (was_changed) {
            state_.best.reset();
        } else if (job_.patience > 0 &&
                   (!state_.best || record.validation_accuracy > state_.best->accuracy)) {
            state_.best = BestEpoch{
                .epoch = record.epoch, .accuracy = record.validation_accuracy, .tensors = run_.outcome()};
        }
        return {};
    }

    std::string contents() {
        state_.averages = run_.averages();
        return save_state(state_, run_.module(), run_.optimizer());
    }

    TrainResult finish(std::span<const std::int64_t> order) {
        TrainResult result;
        result.epochs = state_.epochs;
        result.best_epoch = next_epoch();
        if (state_.best) result.best_epoch = state_.best->epoch;
        restore(state_.best ? state_.best->tensors : run_.outcome(), run_.module());
        run_.set_averages({});
        if (job_.statistics_batches > 0) run_.estimate_statistics(order, job_.statistics_batches);
        result.network = run_.module().to_network();
        return result;
    }

  private:
    Result<void> decide(const EpochRecord& record) {
        if (!hook_) return {};
        state_.decision = TANDEM_TRY(hook_(record, run_.module().to_network()));
        return run_.mask(state_.decision);
    }

    const TrainJob& job_;
    TrainingRun& run_;
    const EpochHook& hook_;
    RunState state_;
};

TrainingRun make_run(const TrainJob& job, const TrainingSetup& setup, const Network& initial,
                     const Dataset& dataset, torch::Device device) {
    const auto shards = static_cast<std::size_t>(job.shards);
    if (const auto* supernet = std::get_if<SupernetSetup>(&setup)) {
        return {job, dataset, device, GraphModule(initial, *supernet, device, shards), {}, *supernet};
    }
    if (const auto* quantized = std::get_if<QuantizationSetup>(&setup)) {
        std::optional<Teacher> teacher;
        if (quantized->distillation > 0.0) {
            teacher.emplace(Teacher{GraphModule(initial, device, 1), quantized->distillation});
        }
        return {job, dataset, device, GraphModule(initial, *quantized, device, shards), std::move(teacher),
                {}};
    }
    return {job, dataset, device, GraphModule(initial, device, shards), {}, {}};
}

Result<std::optional<EpochRecord>> run_epoch(const TrainJob& job, TrainingRun& run, std::int64_t epoch,
                                             const Split& split, const Dataset& dataset,
                                             const std::atomic<bool>& interrupted, Progress& progress) {
    const auto begin = std::chrono::steady_clock::now();
    const std::optional<Sums> sums = TANDEM_TRY(run.train_epoch(epoch, split.train, interrupted, progress));
    if (!sums) return std::nullopt;
    const std::int64_t steps = run.steps_per_epoch(split.train.size());
    const double validation = run.evaluate(dataset.train, split.validation);
    const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - begin;
    log_info(fmt::format("epoch {}/{}: loss {:.4f}, training accuracy {:.4f}, validation accuracy {:.4f}, "
                         "{:.0f} s, {:.1f} % of "
                         "the steps waiting for images",
                         epoch + 1, job.epochs, sums->mean_loss(), sums->accuracy(), validation,
                         elapsed.count(), 100.0 * run.data_wait()));
    return EpochRecord{
        .epoch = epoch + 1,
        .learning_rate = learning_rate_at(job.schedule, epoch * steps, job.epochs * steps, job.learning_rate),
        .training_loss = sums->mean_loss(),
        .training_accuracy = sums->accuracy(),
        .validation_accuracy = validation,
        .seconds = elapsed.count()};
}

} // namespace

Result<TrainedModule> train_network(const TrainJob& job, const TrainingSetup& setup, const Network& initial,
                                    const Dataset& dataset, const std::filesystem::path& checkpoint,
                                    const EpochHook& hook, const std::atomic<bool>& interrupted,
                                    Progress& progress) {
    TANDEM_TRY(validate(job, ""));
    TANDEM_TRY(check_trainable(initial));
    const Split split = TANDEM_TRY(split_pools(dataset));
    const torch::Device device = TANDEM_TRY(choose_device(job.device));
    const ThreadLimit limit(job.threads == 0 ? available_threads() : static_cast<std::size_t>(job.threads));
    TrainingRun run = make_run(job, setup, initial, dataset, device);
    Loop loop(job, run, hook);
    const ContentHash identity = identity_of(job, setup, initial, dataset);
    std::optional<std::string> state;
    if (!checkpoint.empty()) state = TANDEM_TRY(load_checkpoint(checkpoint, identity));
    TANDEM_TRY(state ? loop.resume(*state) : loop.begin());
    while (!loop.is_done()) {
        const std::optional<EpochRecord> record =
            TANDEM_TRY(run_epoch(job, run, loop.next_epoch(), split, dataset, interrupted, progress));
        if (!record) {
            return interruption(checkpoint, static_cast<std::size_t>(loop.next_epoch()), job.epochs);
        }
        TANDEM_TRY(loop.end_epoch(*record));
        if (!checkpoint.empty()) TANDEM_TRY(write_checkpoint(checkpoint, identity, loop.contents()));
    }
    TrainResult result = loop.finish(split.train);
    if (dataset.test.count() > 0) result.test_accuracy = run.evaluate(dataset.test, all_of(dataset.test));
    return TrainedModule{.result = std::move(result), .module = std::move(run.module())};
}

} // namespace tandem
