// `tandem train`: a training job, a topology or a network in, a trained network as ONNX out.

#include <filesystem>
#include <functional>
#include <memory>
#include <sstream>
#include <string>
#include <type_traits>
#include <vector>

#include <fmt/format.h>

#include "command.h"
#include "tandem/codesign/experiment.h"
#include "tandem/core/files.h"
#include "tandem/core/interrupt.h"
#include "tandem/network/onnx/onnx.h"
#include "tandem/training/job_package.h"
#include "tandem/training/training.h"
#include "training_start.h"

namespace tandem::app {

namespace fs = std::filesystem;

namespace {

struct Options {
    std::string input; ///< a job file, or an ONNX file to train further
    DataOptions data;
    bool has_data = false;          ///< --data or --dataset was given
    bool has_normalization = false; ///< --scale, --mean or --std was
    StartOptions start;
    std::vector<std::function<void(TrainJob&)>> changes; ///< what other options say of the job, in order
    std::string out;
    std::string export_job; ///< a folder for another machine to train, in place of training
    bool force = false;
    std::string resume; ///< the --out of an interrupted run; alone
    std::string record; ///< all options as given, from which such a run is taken up
    CommonOptions common;
};

/// Whether a run begins, or goes on by the record of its options.
enum class Begin { anew, by_record };

Existing existing(const Options& options) { return options.force ? Existing::replace : Existing::refuse; }

/// Beside what a run writes, until it is done.
fs::path checkpoint_of(const std::string& out) {
    return fs::path(out).lexically_normal().string() + ".checkpoint";
}
fs::path record_of(const std::string& out) { return fs::path(out).lexically_normal().string() + ".options"; }

/// The job file, if there is one, under what the options change.
Result<TrainJob> make_job(const Options& options) {
    const bool is_network = options.input.ends_with(".onnx");
    TrainJob job;
    if (!options.input.empty() && !is_network) job = TANDEM_TRY(load_train_job(options.input));
    if (is_network) job.network = options.input;
    if (options.has_data) {
        job.dataset = options.data.dataset;
        job.dataset_directory = options.data.directory;
    }
    if (options.has_normalization) job.normalization = options.data.normalization;
    for (const auto& change : options.changes) change(job);
    if (options.common.threads > 0) job.threads = static_cast<std::int64_t>(options.common.threads);
    TANDEM_TRY(validate_changed(job, "train"));
    return job;
}

Result<Dataset> load_training_data(const TrainJob& job, const Options& options) {
    DataOptions place = options.data;
    place.dataset = job.dataset;
    place.directory = job.dataset_directory;
    Dataset dataset = TANDEM_TRY(load_dataset(job.dataset, data_folder(place)));
    if (dataset.train.count() == 0) {
        return bad_input(options.input, "dataset", job.dataset + ", images to score on alone",
                         "training images");
    }
    dataset.train.normalization = job.normalization;
    dataset.test.normalization = job.normalization;
    return dataset;
}

Document to_document(const TrainResult& result, const Options& options, const TrainJob& job) {
    Document::List epochs;
    for (const EpochRecord& epoch : result.epochs) {
        epochs.push_back(Document::Map{{"epoch", epoch.epoch},
                                       {"learning_rate", epoch.learning_rate},
                                       {"training_loss", epoch.training_loss},
                                       {"training_accuracy", epoch.training_accuracy},
                                       {"validation_accuracy", epoch.validation_accuracy},
                                       {"seconds", epoch.seconds}});
    }
    return Document::Map{
        {"network", options.out},
        {"job", write_fields([copy = job](Fields& fields) mutable { describe(fields, copy); })},
        {"epochs", std::move(epochs)},
        {"best_epoch", result.best_epoch},
        {"test_accuracy", result.test_accuracy}};
}

std::string to_table(const TrainResult& result, const Options& options) {
    std::string text = "epoch  learning rate    loss  training  validation  seconds\n";
    for (const EpochRecord& epoch : result.epochs) {
        text += fmt::format("{:5}  {:13.5f}  {:6.4f}  {:6.2f} %    {:6.2f} %  {:7.0f}\n", epoch.epoch,
                            epoch.learning_rate, epoch.training_loss, 100.0 * epoch.training_accuracy,
                            100.0 * epoch.validation_accuracy, epoch.seconds);
    }
    return text +
           fmt::format("{}: {:.2f} % of the test images right\n", options.out, 100.0 * result.test_accuracy);
}

/// Refuses now what writing would refuse after the hours that training may take.
Result<void> check_target(const Options& options) {
    const fs::path folder = fs::absolute(options.out).parent_path();
    TANDEM_TRY(check_replaceable(options.out, existing(options)));
    if (!fs::is_directory(folder)) return bad_input(folder.string(), "", "no such folder", "an existing one");
    return {};
}

/// Refuses to train here from the start what another machine was given.
Result<void> check_came_back(const Options& options) {
    const fs::path checkpoint = checkpoint_in(options.export_job);
    if (fs::exists(checkpoint)) return {};
    return bad_input(checkpoint.string(), "", "no such file",
                     "what tandem-trainer leaves in the folder; take it back to its place first");
}

/// Network and strategy, so that `tandem eval` takes both.
Result<void> write_folder(const Options& options, const QuantizedTraining& training) {
    const fs::path folder = options.out;
    TANDEM_TRY(make_folder(folder));
    TANDEM_TRY(write_file(folder / "network.onnx", emit_onnx(training.result.network), Existing::replace));
    return write_file(folder / "strategy.json",
                      to_json(to_document(training.strategy), JsonLayout::indented) + "\n",
                      Existing::replace);
}

/// Trains what the options ask for and writes it.
Result<TrainResult> train_and_write(const Options& options, const TrainJob& job, const TrainingStart& start,
                                    const Dataset& dataset, const fs::path& checkpoint) {
    const std::shared_ptr<Trainer> trainer = TANDEM_TRY(load_trainer());
    const std::unique_ptr<Progress> progress =
        make_progress(options.common.quiet ? Verbosity::quiet : Verbosity::normal);
    install_interrupt_handler();
    // Bad input must leave nothing behind, so this comes last.
    TANDEM_TRY(write_file(record_of(options.out), options.record, Existing::replace));
    if (const auto* setup = std::get_if<SupernetSetup>(&start.setup)) {
        SupernetTraining training = TANDEM_TRY(trainer->train_supernet(
            job, *setup, start.network, dataset, checkpoint, interrupt_flag(), *progress));
        TANDEM_TRY(make_folder(options.out));
        TANDEM_TRY(save_supernet(options.out, training.supernet, Existing::replace));
        return std::move(training.result);
    }
    if (const auto* setup = std::get_if<QuantizationSetup>(&start.setup)) {
        QuantizedTraining training = TANDEM_TRY(trainer->train_quantized(
            job, *setup, start.network, dataset, checkpoint, {}, interrupt_flag(), *progress));
        TANDEM_TRY(write_folder(options, training));
        return std::move(training.result);
    }
    TrainResult result =
        TANDEM_TRY(trainer->train(job, start.network, dataset, checkpoint, {}, interrupt_flag(), *progress));
    TANDEM_TRY(write_file(options.out, emit_onnx(result.network), existing(options)));
    return result;
}

/// Writes the training for another machine, in place of it.
Result<void> export_job(const Options& options, const TrainJob& job, TrainingStart start, Dataset dataset) {
    const JobPackage package{.job = job,
                             .setup = std::move(start.setup),
                             .network = std::move(start.network),
                             .dataset = std::move(dataset)};
    TANDEM_TRY(write_job_package(options.export_job, package, existing(options)));
    TANDEM_TRY(write_file(record_of(options.out), options.record, Existing::replace));
    return print(fmt::format("{0}: train it by tandem-trainer {0}, then run tandem train --resume {1}\n",
                             options.export_job, options.out));
}

Result<void> execute(const Options& options, Begin begin) {
    TANDEM_TRY(check_target(options));
    const bool is_exported = !options.export_job.empty();
    if (is_exported && begin == Begin::by_record) TANDEM_TRY(check_came_back(options));
    const TrainJob job = TANDEM_TRY(make_job(options));
    Dataset dataset = TANDEM_TRY(load_training_data(job, options));
    const Network initial = TANDEM_TRY(load_starting_network(job, dataset));
    TrainingStart start = TANDEM_TRY(make_training_start(options.start, initial, dataset));
    if (is_exported && begin == Begin::anew) {
        return export_job(options, job, std::move(start), std::move(dataset));
    }
    const fs::path checkpoint = is_exported ? checkpoint_in(options.export_job) : checkpoint_of(options.out);
    const TrainResult result = TANDEM_TRY(train_and_write(options, job, start, dataset, checkpoint));
    std::error_code ignored; // what is left behind does no harm
    fs::remove(checkpoint, ignored);
    fs::remove(record_of(options.out), ignored);
    if (options.common.json) return print_json(to_document(result, options, job));
    return print(to_table(result, options));
}

void add_options(CLI::App& app, Action& action, Begin begin);

/// Goes on with an interrupted run by the options that it was begun with.
Result<void> resume(const std::string& out) {
    const std::string file = record_of(out).string();
    if (!fs::exists(file)) {
        return bad_input(file, "", "no such file",
                         "the --out of a training that was begun and has not ended");
    }
    std::istringstream record(TANDEM_TRY(read_file(file)));
    CLI::App app;
    Action action;
    add_options(app, action, Begin::by_record);
    try {
        app.parse_from_stream(record);
    } catch (const CLI::ParseError& error) {
        return bad_input(file, "", error.what(), "the options of a training, as they were written");
    }
    return action();
}

/// An option that changes one field of the job; the field's range and words are checked with the job.
template <class Field> void add_change(CLI::App& app, const std::shared_ptr<Options>& options,
                                       const std::string& name, Field field, const std::string& meaning) {
    using Value = std::remove_cvref_t<std::invoke_result_t<Field, TrainJob&>>;
    app.add_option_function<Value>(
        name,
        [options, field](const Value& value) {
            options->changes.push_back([field, value](TrainJob& job) { std::invoke(field, job) = value; });
        },
        meaning);
}

/// The same of a field of the job's augmentation.
template <class Value> auto augmentation_field(Value Augmentation::*field) {
    return [field](TrainJob& job) -> Value& { return job.augmentation.*field; };
}

void add_options(CLI::App& app, Action& action, Begin begin) {
    const auto options = std::make_shared<Options>();
    app.add_option("INPUT", options->input, "training job file (YAML), or network to train further (ONNX)");
    add_data_options(app, options->data);
    add_change(app, options, "--topology", &TrainJob::topology,
               "generator of the network to train from scratch");
    add_change(app, options, "--epochs", &TrainJob::epochs, "passes over the training images");
    add_change(app, options, "--batch-size", &TrainJob::batch_size, "images a step");
    add_change(app, options, "--optimizer", &TrainJob::optimizer, "sgd, adam or adamw");
    add_change(app, options, "--schedule", &TrainJob::schedule, "constant, cosine, one-cycle or step");
    add_change(app, options, "--learning-rate", &TrainJob::learning_rate, "peak of the schedule");
    add_change(app, options, "--weight-decay", &TrainJob::weight_decay, "pull of weights towards zero");
    add_change(app, options, "--label-smoothing", &TrainJob::label_smoothing,
               "share of the target spread over all classes");
    add_change(app, options, "--patience", &TrainJob::patience,
               "epochs without a better one before it stops and gives the best back; 0: never");
    add_change(app, options, "--statistics-batches", &TrainJob::statistics_batches,
               "batches that set the statistics of batch normalisation anew at the end");
    add_change(app, options, "--averaging", &TrainJob::averaging,
               "share that moving averages of the parameters keep a step; they come back; 0: none");
    add_change(app, options, "--augmentation", augmentation_field(&Augmentation::moves),
               "none, crop or crop-flip");
    add_change(app, options, "--cutout", augmentation_field(&Augmentation::cutout),
               "pixels a side of a square that is taken out of every image");
    add_change(app, options, "--rotation", augmentation_field(&Augmentation::rotation),
               "degrees that images turn either way, at most");
    add_change(app, options, "--colour", augmentation_field(&Augmentation::colour),
               "by how much brightness, contrast and saturation vary");
    add_change(app, options, "--noise", augmentation_field(&Augmentation::noise),
               "standard deviation of noise, as a share of the range of pixels");
    add_change(app, options, "--mixup", &TrainJob::mixup,
               "alpha by which pairs of images are mixed, up to 1");
    add_change(app, options, "--adversarial-epsilon", &TrainJob::adversarial_epsilon,
               "share of the range of pixels by which images turn against the network before it learns");
    add_change(app, options, "--seed", &TrainJob::seed, "of first parameters, order and augmentation");
    add_change(app, options, "--device", &TrainJob::device, "auto, cpu or cuda");
    add_change(app, options, "--precision", &TrainJob::precision, "auto, float32 or bfloat16");
    add_start_options(app, options->start);
    app.add_option("-o,--out", options->out,
                   "ONNX file to write; with a strategy the folder of network.onnx and strategy.json, of a "
                   "supernet that of network.onnx and supernet.json");
    app.add_option("--export-job", options->export_job,
                   "write a folder that tandem-trainer trains on another machine; --resume takes it back");
    app.add_option("--resume", options->resume,
                   "go on with the interrupted run of this --out, by the options that it was begun with")
        ->configurable(false);
    app.add_flag("--force", options->force, "replace a file that is there already");
    add_work_options(app, options->common);
    add_json_option(app, options->common);
    app.callback([options, begin, &app, &action] {
        options->has_data = app.count("--data") + app.count("--dataset") + app.count("--data-directory") > 0;
        options->has_normalization = app.count("--scale") + app.count("--mean") + app.count("--std") > 0;
        if (!options->resume.empty()) {
            action = [options, given = app.count_all()] {
                return given > 2 ? bad_input("--resume", "", "other options beside it", "it alone")
                                 : resume(options->resume);
            };
            return;
        }
        if (options->out.empty()) throw CLI::RequiredError("--out");
        options->record = app.config_to_str();
        action = [options, begin] { return execute(*options, begin); };
    });
}

} // namespace

void add_train(CLI::App& app, Action& action) { add_options(app, action, Begin::anew); }

} // namespace tandem::app
