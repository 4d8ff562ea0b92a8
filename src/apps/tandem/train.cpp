// `tandem train`: a training job in, a trained network as ONNX out.

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include <fmt/format.h>

#include "command.h"
#include "tandem/core/files.h"
#include "tandem/core/interrupt.h"
#include "tandem/network/onnx/onnx.h"
#include "tandem/training/training.h"

namespace tandem::app {

namespace fs = std::filesystem;

namespace {

struct Options {
    std::string job;
    std::string out;
    std::optional<std::int64_t> seed;
    bool force = false;
    CommonOptions common;
};

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

/// Refuses now what write_file would refuse after the hours that training may take.
Result<void> check_target(const Options& options) {
    const fs::path folder = fs::absolute(options.out).parent_path();
    if (!options.force && fs::exists(options.out)) {
        return bad_input(options.out, "", "a file that exists already",
                         "a new name, or --force to replace it");
    }
    if (!fs::is_directory(folder)) return bad_input(folder.string(), "", "no such folder", "an existing one");
    return {};
}

Result<void> execute(const Options& options) {
    TANDEM_TRY(check_target(options));
    TrainJob job = TANDEM_TRY(load_train_job(options.job));
    if (options.seed) job.seed = *options.seed;
    if (options.common.threads > 0) job.threads = static_cast<std::int64_t>(options.common.threads);
    const Dataset dataset = TANDEM_TRY(load_dataset(job.dataset, job.dataset_directory));
    if (dataset.train.count() == 0) {
        return bad_input(options.job, "dataset", job.dataset + ", images to score on alone",
                         "training images");
    }
    const Network initial = TANDEM_TRY(load_starting_network(job, dataset));
    const std::shared_ptr<Trainer> trainer = TANDEM_TRY(load_trainer());
    const std::unique_ptr<Progress> progress =
        make_progress(options.common.quiet ? Verbosity::quiet : Verbosity::normal);
    const fs::path checkpoint = options.out + ".checkpoint";
    install_interrupt_handler();
    const TrainResult result =
        TANDEM_TRY(trainer->train(job, initial, dataset, checkpoint, interrupt_flag(), *progress));
    TANDEM_TRY(write_file(options.out, emit_onnx(result.network),
                          options.force ? Existing::replace : Existing::refuse));
    std::error_code ignored; // a checkpoint left behind does no harm
    fs::remove(checkpoint, ignored);
    if (options.common.json) return print_json(to_document(result, options, job));
    return print(to_table(result, options));
}

} // namespace

void add_train(CLI::App& app, Action& action) {
    const auto options = std::make_shared<Options>();
    app.add_option("JOB", options->job, "training job file (YAML)")->required();
    app.add_option("--out", options->out, "ONNX file to write")->required();
    app.add_option("--seed", options->seed, "seed, instead of the job's")->check(CLI::NonNegativeNumber);
    app.add_flag("--force", options->force, "replace a file that is there already");
    add_work_options(app, options->common);
    add_json_option(app, options->common);
    app.callback([options, &action] { action = [options] { return execute(*options); }; });
}

} // namespace tandem::app
