#include "tandem/codesign/compression/compression_run.h"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "tandem/codesign/compression/east.h"
#include "tandem/codesign/compression/filter_pruning.h"
#include "tandem/codesign/compression/weight_encoding.h"
#include "tandem/codesign/experiment.h"
#include "tandem/codesign/quantized_training.h"
#include "tandem/core/log.h"
#include "tandem/network/onnx/onnx.h"
#include "tandem/network/rewrites/rewrites.h"
#include "tandem/network/trained_parameters.h"
#include "tandem/workload/resident_memory.h"

namespace tandem {

namespace fs = std::filesystem;

namespace {

constexpr int kEncodedBits = 8; ///< of weights that are encoded, and of the activations beside them

/// What a point is before it is scored.
struct Trained {
    Network network;   ///< as trained, batch normalisation in place
    Strategy strategy; ///< calibrated for the network prepared for deployment
};

/// Says of every phase which point it is of.
class PointProgress final : public Progress {
  public:
    PointProgress(std::string point, Progress& shown) : point_(std::move(point)), shown_(shown) {}

    void begin(std::string_view phase, std::int64_t total) override {
        shown_.begin(fmt::format("{}, {}", point_, phase), total);
    }
    void update(std::int64_t done, std::string_view note) override { shown_.update(done, note); }
    void end() override { shown_.end(); }

  private:
    std::string point_;
    Progress& shown_;
};

class Runner {
  public:
    Runner(const CompressionRun& run, const CompressionData& data, Trainer& trainer,
           const std::atomic<bool>& interrupted, Progress& progress)
        : run_(run), job_(run.job), data_(data), trainer_(trainer), interrupted_(interrupted),
          progress_(progress) {}

    Result<std::vector<CompressionPoint>> east();
    Result<std::vector<CompressionPoint>> paq();

  private:
    fs::path folder(const std::string& name) const { return run_.paths.points() / name; }
    fs::path part(const std::string& name, const char* file) const { return folder(name) / file; }

    /// The point, if a run before has finished it.
    Result<std::optional<CompressionPoint>> finished(const std::string& name) const;
    /// The float network that a point has trained, kept so that its neighbour can start from it.
    Result<Network> float_network(const std::string& name) const {
        return load_onnx(part(name, "float.onnx").string());
    }

    Result<CompressionPoint> train_east(CompressionPoint point, std::int64_t largest_group);
    Result<Network> train_float_network();
    /// Trains what pruning has left and quantises it.
    Result<CompressionPoint> train_paq(CompressionPoint point, const FilterPruning& pruning);
    /// A point for which nothing more had to go: it is what its neighbour is, whose target is larger.
    Result<CompressionPoint> repeat(CompressionPoint point, const CompressionPoint& neighbour) const;

    Result<TrainResult> train(const TrainJob& job, const Network& initial, const std::string& point,
                              const char* checkpoint, const EpochHook& hook) {
        PointProgress progress(point, progress_);
        return trainer_.train(job, initial, data_.dataset, part(point, checkpoint), hook, interrupted_,
                              progress);
    }
    Result<Trained> quantize(const Network& network, int bits) const;
    Experiment experiment_of(const Network& network) const {
        return {.network = prepare_for_deployment(network),
                .parameters = trained_parameters(network),
                .dataset = data_.dataset,
                .split = data_.split};
    }
    /// Scores the network in integers and keeps it.
    Result<CompressionPoint> finish(CompressionPoint point, const Trained& trained) const;
    /// Keeps a point whose other files are there.
    Result<void> keep(CompressionPoint point) const;

    const CompressionRun& run_;
    const CompressionJob& job_;
    const CompressionData& data_;
    Trainer& trainer_;
    const std::atomic<bool>& interrupted_;
    Progress& progress_;
};

Result<std::optional<CompressionPoint>> Runner::finished(const std::string& name) const {
    const fs::path file = part(name, "point.json");
    if (!fs::exists(file)) return std::optional<CompressionPoint>{};
    const Document document = TANDEM_TRY(load_json(file.string()));
    CompressionPoint point;
    TANDEM_TRY(read_fields(document, file.string(), "", fields_of(point)));
    return std::optional(std::move(point));
}

Result<Trained> Runner::quantize(const Network& network, int bits) const {
    const Experiment experiment = experiment_of(network);
    const Calibration calibration = TANDEM_TRY(calibrate(experiment, {bits, kOutputBits}));
    return Trained{.network = network,
                   .strategy = apply_calibration(uniform_strategy(experiment.network, bits, bits),
                                                 experiment.network, calibration)};
}

Result<CompressionPoint> Runner::finish(CompressionPoint point, const Trained& trained) const {
    const Experiment experiment = experiment_of(trained.network);
    const IntegerProgram program = TANDEM_TRY(lower_to_integers(experiment.network, trained.strategy));
    ReferenceSamples test = TANDEM_TRY(reference_samples(experiment, Portion::test));
    point.float_test_accuracy = float_accuracy(test);
    point.test_accuracy = Evaluator(std::move(test), Bytes(0)).evaluate(program).accuracy;
    ReferenceSamples validation = TANDEM_TRY(reference_samples(experiment, Portion::validation));
    point.validation_accuracy = Evaluator(std::move(validation), Bytes(0)).evaluate(program).accuracy;
    const WeightEncoding encoding = weight_encoding(trained.network);
    const ResidentElements elements = resident_elements(experiment.network);
    point.parameters = elements.parameters;
    point.sparsity = encoding.sparsity;
    point.float_weight_bytes = encoding.float32.value;
    point.encoded_weight_bytes = encoding.optimal.value;
    point.standard_encoded_weight_bytes = encoding.standard.value;
    point.resident_kibibytes = resident_kibibytes(elements, static_cast<int>(point.bits));
    TANDEM_TRY(write_file(part(point.name, "network.onnx"), emit_onnx(trained.network), Existing::replace));
    TANDEM_TRY(write_file(part(point.name, "strategy.json"),
                          to_json(to_document(trained.strategy), JsonLayout::indented) + "\n",
                          Existing::replace));
    TANDEM_TRY(keep(point));
    return point;
}

Result<void> Runner::keep(CompressionPoint point) const {
    // Last, because it is what says that the point is finished.
    TANDEM_TRY(write_file(part(point.name, "point.json"),
                          to_json(write_fields(fields_of(point)), JsonLayout::indented) + "\n",
                          Existing::replace));
    log_info(fmt::format("{}: {:.2f} % of the test images, {} KiB resident, weights 1/{:.1f}", point.name,
                         100.0 * point.test_accuracy, point.resident_kibibytes, point.compression()));
    return {};
}

TrainJob fine_tuning(TrainJob job, const FineTuning& options) {
    job.epochs = options.epochs;
    job.learning_rate = options.learning_rate;
    job.patience = options.patience;
    return job;
}

Result<CompressionPoint> Runner::train_east(CompressionPoint point, std::int64_t largest_group) {
    TANDEM_TRY(make_folder(folder(point.name)));
    const std::int64_t float_bytes = weight_encoding(data_.initial).float32.value;
    const Bytes target(static_cast<std::int64_t>(static_cast<double>(float_bytes) / point.target));
    const SparsitySchedule schedule{.pace = job_.east.pace,
                                    .largest_group = static_cast<std::size_t>(largest_group)};
    const TrainResult pruned = TANDEM_TRY(train(job_.train, data_.initial, point.name, "pruned.checkpoint",
                                                make_pruning_hook(schedule, target)));
    point.epochs = std::ssize(pruned.epochs);
    Network network = pruned.network;
    if (encoded_bytes(network) <= target) {
        const EpochHook hook = make_frozen_hook(schedule.group(point.epochs), target);
        const TrainResult frozen = TANDEM_TRY(
            train(fine_tuning(job_.train, job_.east.frozen), network, point.name, "frozen.checkpoint", hook));
        point.epochs += std::ssize(frozen.epochs);
        network = frozen.network;
    }
    point.fits = encoded_bytes(network) <= target;
    return finish(std::move(point), TANDEM_TRY(quantize(network, kEncodedBits)));
}

Result<std::vector<CompressionPoint>> Runner::east() {
    std::vector<CompressionPoint> points;
    for (const double compression : job_.east.compressions) {
        for (const bool grows_groups : {true, false}) {
            if (!grows_groups && !job_.east.compares) continue;
            const std::string method = grows_groups ? "east" : "magnitude";
            const std::string name = fmt::format("{}-{:g}x", method, compression);
            if (std::optional<CompressionPoint> done = TANDEM_TRY(finished(name))) {
                points.push_back(*std::move(done));
                continue;
            }
            log_info("training " + name);
            points.push_back(TANDEM_TRY(
                train_east({.name = name, .method = method, .bits = kEncodedBits, .target = compression},
                           grows_groups ? job_.east.largest_group : 1)));
        }
    }
    return points;
}

Result<Network> Runner::train_float_network() {
    if (!job_.train.network.empty()) return data_.initial;
    const std::string name = "float";
    if (fs::exists(part(name, "float.onnx"))) return float_network(name);
    TANDEM_TRY(make_folder(folder(name)));
    const TrainResult result = TANDEM_TRY(train(job_.train, data_.initial, name, "checkpoint", {}));
    TANDEM_TRY(write_file(part(name, "float.onnx"), emit_onnx(result.network), Existing::replace));
    return result.network;
}

Result<CompressionPoint> Runner::repeat(CompressionPoint point, const CompressionPoint& neighbour) const {
    TANDEM_TRY(make_folder(folder(point.name)));
    for (const char* file : {"float.onnx", "network.onnx", "strategy.json"}) {
        const std::string contents = TANDEM_TRY(read_file(part(neighbour.name, file).string()));
        TANDEM_TRY(write_file(part(point.name, file), contents, Existing::replace));
    }
    CompressionPoint same = neighbour;
    same.name = std::move(point.name);
    same.target = point.target;
    same.epochs = 0;
    TANDEM_TRY(keep(same));
    return same;
}

Result<CompressionPoint> Runner::train_paq(CompressionPoint point, const FilterPruning& pruning) {
    TANDEM_TRY(make_folder(folder(point.name)));
    const auto bits = static_cast<int>(point.bits);
    point.fits = pruning.fits;
    point.removed_filters = count_filters(data_.initial) - count_filters(pruning.network);
    Network tuned = pruning.network;
    if (pruning.removed_filters > 0) {
        const TrainResult result = TANDEM_TRY(train(fine_tuning(job_.train, job_.paq.pruned), pruning.network,
                                                    point.name, "pruned.checkpoint", {}));
        point.epochs = std::ssize(result.epochs);
        tuned = result.network;
    }
    TANDEM_TRY(write_file(part(point.name, "float.onnx"), emit_onnx(tuned), Existing::replace));
    const Network prepared = prepare_for_deployment(tuned);
    const QuantizedStart start = TANDEM_TRY(start_quantized_training(
        tuned, uniform_strategy(prepared, bits, bits), QuantizationMethod::fixed, data_.dataset));
    PointProgress progress(point.name, progress_);
    const QuantizedTraining quantized = TANDEM_TRY(trainer_.train_quantized(
        fine_tuning(job_.train, job_.paq.quantized), start.setup, start.network, data_.dataset,
        part(point.name, "quantized.checkpoint"), {}, interrupted_, progress));
    point.epochs += std::ssize(quantized.result.epochs);
    return finish(std::move(point), {quantized.result.network, quantized.strategy});
}

Result<std::vector<CompressionPoint>> Runner::paq() {
    const Network network = TANDEM_TRY(train_float_network());
    std::vector<std::int64_t> targets = job_.paq.targets_kibibytes;
    // From much memory to little, so that each starts from what its neighbour has learned.
    std::sort(targets.begin(), targets.end(), std::greater<>());
    std::vector<CompressionPoint> points;
    for (const std::int64_t bits : job_.paq.bits) {
        Network larger = network;
        for (const std::int64_t target : targets) {
            const std::string name = fmt::format("paq-{}k-{}b", target, bits);
            std::optional<CompressionPoint> point = TANDEM_TRY(finished(name));
            if (!point) {
                const CompressionPoint start{
                    .name = name, .method = "paq", .bits = bits, .target = static_cast<double>(target)};
                const FilterPruning pruning =
                    prune_filters(larger, data_.initial, static_cast<int>(bits), target);
                const bool is_first = target == targets.front();
                if (is_first || pruning.removed_filters > 0) {
                    log_info("training " + name);
                    point = TANDEM_TRY(train_paq(start, pruning));
                } else {
                    point = TANDEM_TRY(repeat(start, points.back()));
                }
            }
            larger = TANDEM_TRY(float_network(name));
            points.push_back(*std::move(point));
        }
    }
    return points;
}

} // namespace

Result<CompressionRun> create_compression_run(const fs::path& directory, const CompressionJob& job,
                                              Existing existing) {
    const CompressionPaths paths{directory};
    TANDEM_TRY(make_folder(directory));
    DirectoryLock lock = TANDEM_TRY(DirectoryLock::acquire(directory));
    if (fs::exists(paths.job())) {
        if (existing == Existing::refuse) {
            return bad_input(directory.string(), "", "a run that is there already",
                             "a new folder; or --resume to go on with it, --force to replace it");
        }
        for (const fs::path& part : {paths.summary(), paths.points(), paths.job()}) {
            std::error_code code;
            fs::remove_all(part, code);
            if (code) return failed(part.string(), "", code.message(), "a run that can be replaced");
        }
    }
    TANDEM_TRY(write_file(paths.job(), to_yaml(job), Existing::replace));
    return CompressionRun{.paths = paths, .lock = std::move(lock), .job = job};
}

Result<CompressionRun> resume_compression_run(const fs::path& directory) {
    const CompressionPaths paths{directory};
    DirectoryLock lock = TANDEM_TRY(DirectoryLock::acquire(directory));
    CompressionJob job = TANDEM_TRY(load_compression_job(paths.job().string()));
    return CompressionRun{.paths = paths, .lock = std::move(lock), .job = std::move(job)};
}

Result<CompressionData> load_compression_data(const CompressionJob& job) {
    Dataset dataset = TANDEM_TRY(load_dataset(job.train.dataset, job.train.dataset_directory));
    TANDEM_TRY(check_normalization(job.train.normalization, dataset.test.channels));
    dataset.train.normalization = job.train.normalization;
    dataset.test.normalization = job.train.normalization;
    const std::int64_t validation = std::ssize(TANDEM_TRY(split_pools(dataset)).validation);
    Split split = TANDEM_TRY(split_dataset(dataset, job.calibration, validation));
    Network initial = TANDEM_TRY(load_starting_network(job.train, dataset));
    return CompressionData{
        .dataset = std::move(dataset), .split = std::move(split), .initial = std::move(initial)};
}

Result<std::vector<CompressionPoint>> run_compression(const CompressionRun& run, const CompressionData& data,
                                                      Trainer& trainer, const std::atomic<bool>& interrupted,
                                                      Progress& progress) {
    Runner runner(run, data, trainer, interrupted, progress);
    return run.job.compression == "east" ? runner.east() : runner.paq();
}

} // namespace tandem
