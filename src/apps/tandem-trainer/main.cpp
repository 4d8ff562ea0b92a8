// `tandem-trainer FOLDER`: trains what `tandem train --export-job FOLDER` wrote, on a machine that has
// LibTorch and little else. Its checkpoint in the folder is what comes back.

#include <csignal>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "tandem/core/files.h"
#include "tandem/core/interrupt.h"
#include "tandem/core/progress.h"
#include "tandem/core/version.h"
#include "tandem/training/job_package.h"
#include "tandem/training/plugin/door.h"

namespace tandem {

namespace {

struct Options {
    std::string folder;
    std::optional<std::string> device;
    std::optional<std::int64_t> threads;
    bool quiet = false;
};

void add_options(CLI::App& app, Options& options) {
    app.add_option("FOLDER", options.folder, "what --export-job wrote")->required();
    app.add_option("--device", options.device, "auto, cpu or cuda; as the job says if left out");
    app.add_option("--threads", options.threads, "threads to use; 0 means all; does not change the result");
    app.add_flag("--quiet", options.quiet, "no progress");
    app.set_version_flag("--version", [] {
        return fmt::format("tandem-trainer {}, {}", kVersion,
                           std::unique_ptr<Trainer>(tandem_training_make())->describe());
    });
    app.footer(
        "Then take FOLDER back to its place and run `tandem train --resume OUT`, OUT being the --out of the "
        "export.\n\nExample:\n  tandem-trainer fashion-job --device cuda --threads 8");
}

Result<TrainResult> train(Trainer& trainer, const JobPackage& package,
                          const std::filesystem::path& checkpoint, Progress& progress) {
    const auto& [job, setup, network, dataset] = package;
    if (const auto* supernet = std::get_if<SupernetSetup>(&setup)) {
        return TANDEM_TRY(trainer.train_supernet(job, *supernet, network, dataset, checkpoint,
                                                 interrupt_flag(), progress))
            .result;
    }
    if (const auto* quantized = std::get_if<QuantizationSetup>(&setup)) {
        return TANDEM_TRY(trainer.train_quantized(job, *quantized, network, dataset, checkpoint, {},
                                                  interrupt_flag(), progress))
            .result;
    }
    return trainer.train(job, network, dataset, checkpoint, {}, interrupt_flag(), progress);
}

Result<void> train(const Options& options) {
    JobPackage package = TANDEM_TRY(load_job_package(options.folder));
    const DirectoryLock lock = TANDEM_TRY(DirectoryLock::acquire(options.folder));
    if (options.device) package.job.device = *options.device;
    if (options.threads) package.job.threads = *options.threads;
    TANDEM_TRY(validate_changed(package.job, "tandem-trainer"));
    install_interrupt_handler();
    const std::unique_ptr<Progress> progress =
        make_progress(options.quiet ? Verbosity::quiet : Verbosity::normal);
    const std::unique_ptr<Trainer> trainer(tandem_training_make());
    const TrainResult trained =
        TANDEM_TRY(train(*trainer, package, checkpoint_in(options.folder), *progress));
    for (const EpochRecord& epoch : trained.epochs) {
        fmt::print("epoch {}: loss {:.4f}, training {:.2f} %, validation {:.2f} %, {:.0f} s\n", epoch.epoch,
                   epoch.training_loss, 100.0 * epoch.training_accuracy, 100.0 * epoch.validation_accuracy,
                   epoch.seconds);
    }
    fmt::print("{}: {:.2f} % of the test images right; take the folder back and run tandem train --resume\n",
               options.folder, 100.0 * trained.test_accuracy);
    return {};
}

int status_of(ErrorKind kind) {
    switch (kind) {
    case ErrorKind::bad_input: return 2;
    case ErrorKind::failed: return 1;
    case ErrorKind::interrupted: return 130;
    }
    return 3;
}

int run(int argc, char** argv) {
    Options options;
    CLI::App app{
        "Trains a job that `tandem train --export-job FOLDER` wrote, and goes on where it was interrupted.",
        "tandem-trainer"};
    add_options(app, options);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        if (error.get_exit_code() == 0) return app.exit(error); // --help and --version
        fmt::print(stderr, "tandem-trainer: {}\n", error.what());
        return status_of(ErrorKind::bad_input);
    }
    const Result<void> result = train(options);
    if (result) return 0;
    fmt::print(stderr, "{}\n", to_string(result.error()));
    return status_of(result.error().kind);
}

} // namespace

} // namespace tandem

int main(int argc, char** argv) {
    std::signal(SIGPIPE, SIG_IGN);
    try {
        return tandem::run(argc, argv);
    } catch (const std::exception& error) {
        fmt::print(stderr, "internal error: {}\n", error.what());
        return 3;
    }
}
