// Precision supernets, trained and judged by training strategies of their own: hours of work, so every epoch
// and every strategy is kept in the context's folder.
#include <cmath>
#include <memory>

#include "tandem/codesign/experiment.h"
#include "tandem/codesign/quantized_training.h"
#include "tandem/codesign/reproductions/reproductions.h"
#include "tandem/codesign/supernet_agreement.h"
#include "tandem/core/interrupt.h"

namespace tandem::reproductions {

namespace {

namespace fs = std::filesystem;

const PrecisionSpace kEightWidths{.weight_bits = {1, 2, 3, 4, 5, 6, 7, 8},
                                  .activation_bits = {1, 2, 3, 4, 5, 6, 7, 8},
                                  .first_last_bits = 8};
/// And 16 bits, so that one training serves the searches on vectorised machines as well.
const PrecisionSpace kNineWidths{.weight_bits = {1, 2, 3, 4, 5, 6, 7, 8, 16},
                                 .activation_bits = {1, 2, 3, 4, 5, 6, 7, 8, 16},
                                 .first_last_bits = 8};
constexpr double kLeastTau = 0.7;
constexpr double kLargestGapPoints = 1.5;

/// The supernet in the folder, trained first where it is not there. Every epoch is kept.
Result<PrecisionSupernet> trained_supernet(const TrainJob& job, const PrecisionSpace& space,
                                           const Dataset& dataset, const fs::path& folder, Trainer& trainer,
                                           Progress& progress) {
    if (is_supernet(folder)) return load_supernet(folder);
    const Network initial = TANDEM_TRY(load_starting_network(job, dataset));
    const SupernetStart start = TANDEM_TRY(start_supernet(initial, space, dataset));
    TANDEM_TRY(make_folder(folder));
    SupernetTraining training = TANDEM_TRY(trainer.train_supernet(
        job, start.setup, start.network, dataset, folder / "checkpoint", interrupt_flag(), progress));
    TANDEM_TRY(save_supernet(folder, training.supernet, Existing::replace));
    return std::move(training.supernet);
}

/// `job` trains the supernet of the space; `tuning_epochs` train each strategy, which are drawn from 1 to 8
/// bits.
Result<std::vector<ReproducedFigure>> judge(const ReproductionContext& context, TrainJob job,
                                            const PrecisionSpace& space, std::int64_t tuning_epochs,
                                            Progress& progress) {
    install_interrupt_handler();
    job.seed = static_cast<std::int64_t>(context.seed);
    job.threads = static_cast<std::int64_t>(context.threads);
    DataOptions data;
    data.dataset = job.dataset;
    data.root = context.data_root.string();
    Dataset dataset = TANDEM_TRY(load_dataset(job.dataset, data_folder(data)));
    dataset.train.normalization = dataset.test.normalization = job.normalization;
    const std::shared_ptr<Trainer> trainer = TANDEM_TRY(load_trainer());
    const PrecisionSupernet supernet =
        TANDEM_TRY(trained_supernet(job, space, dataset, context.folder / "supernet", *trainer, progress));
    AgreementOptions options{
        .space = kEightWidths, .fine_tuning = job, .folder = context.folder / "strategies"};
    options.fine_tuning.epochs = tuning_epochs;
    options.fine_tuning.learning_rate = 0.01;
    options.fine_tuning.statistics_batches = 0;
    const std::vector<StrategyAgreement> agreements =
        TANDEM_TRY(measure_agreement(supernet, dataset, options, *trainer, interrupt_flag(), progress));
    std::vector<double> said;
    std::vector<double> reached;
    double gap = 0.0;
    for (const StrategyAgreement& agreement : agreements) {
        said.push_back(agreement.supernet_accuracy);
        reached.push_back(agreement.trained_accuracy);
        gap += 100.0 * agreement.gap() / static_cast<double>(agreements.size());
    }
    return std::vector<ReproducedFigure>{
        {.what = "Kendall tau-b of 24 strategies, supernet against training of their own",
         .unit = "",
         .published = kLeastTau,
         .ours = kendall_tau(said, reached),
         .bar = Bar::at_least,
         .note = ""},
        {.what = "mean distance of their accuracies on the test images",
         .unit = "points",
         .published = kLargestGapPoints,
         .ours = gap,
         .bar = Bar::at_most,
         .note = ""}};
}

} // namespace

Result<std::vector<ReproducedFigure>> reproduce_supernet_resnet20(const ReproductionContext& context,
                                                                  Progress& progress) {
    TrainJob job;
    job.network = (context.data_root / "cifar10_models" / "resnet20.onnx").string();
    job.dataset = "cifar10";
    job.normalization = {
        .scale = 1.0F / 255.0F, .mean = {0.485F, 0.456F, 0.406F}, .deviation = {0.229F, 0.224F, 0.225F}};
    job.epochs = 10; // of four passes: 35 times 50,000 images forward and back
    job.learning_rate = 0.02;
    job.weight_decay = 1e-4;
    job.statistics_batches = 400;
    return judge(context, job, kNineWidths, /*tuning_epochs=*/2, progress);
}

Result<std::vector<ReproducedFigure>> reproduce_supernet_resnet8(const ReproductionContext& context,
                                                                 Progress& progress) {
    TrainJob job;
    job.network = "networks/resnet8-fashion.onnx";
    job.epochs = 8;
    job.learning_rate = 0.02;
    job.weight_decay = 1e-4;
    job.statistics_batches = 200;
    return judge(context, job, kEightWidths, /*tuning_epochs=*/1, progress);
}

} // namespace tandem::reproductions
