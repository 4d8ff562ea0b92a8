#include "tandem/codesign/supernet_agreement.h"

#include <cmath>
#include <numeric>

#include <fmt/format.h>

#include "tandem/codesign/quantized_training.h"
#include "tandem/codesign/strategy_record.h"
#include "tandem/core/check.h"
#include "tandem/core/files.h"
#include "tandem/core/log.h"
#include "tandem/engine/evaluator.h"

namespace tandem {

namespace {

namespace fs = std::filesystem;

/// The share of the test images that the integer program gets right.
Result<double> score(const Subnetworks& subnetworks, const Strategy& widths, const Dataset& dataset) {
    const auto [network, strategy] = TANDEM_TRY(subnetworks.subnetwork(widths));
    const IntegerProgram program = TANDEM_TRY(lower_to_integers(network, strategy));
    std::vector<std::int64_t> all(static_cast<std::size_t>(dataset.test.count()));
    std::iota(all.begin(), all.end(), std::int64_t{0});
    const Evaluator evaluator(
        {.samples = to_floats(dataset.test, all), .labels = labels_of(dataset.test, all), .logits = {}},
        Bytes(0));
    const std::vector<std::int32_t> outputs = evaluator.outputs(program);
    const std::size_t classes = outputs.size() / all.size();
    std::int64_t correct = 0;
    for (std::size_t i = 0; i < all.size(); ++i) {
        const std::int32_t predicted = predicted_class(std::span(outputs).subspan(i * classes, classes));
        correct += predicted == evaluator.labels()[i] ? 1 : 0;
    }
    return static_cast<double>(correct) / static_cast<double>(all.size());
}

} // namespace

void describe(Fields& fields, StrategyAgreement& agreement) {
    fields.number({"supernet_accuracy", "share of the test images", Presence::required},
                  agreement.supernet_accuracy, kFraction);
    fields.number({"trained_accuracy", "share of the test images", Presence::required},
                  agreement.trained_accuracy, kFraction);
}

double StrategyAgreement::gap() const { return std::abs(trained_accuracy - supernet_accuracy); }

Result<std::vector<StrategyAgreement>>
measure_agreement(const PrecisionSupernet& supernet, const Dataset& dataset, const AgreementOptions& options,
                  Trainer& trainer, const std::atomic<bool>& interrupted, Progress& progress) {
    TANDEM_TRY(make_folder(options.folder));
    const Subnetworks subnetworks(supernet);
    Random random = Random(static_cast<std::uint64_t>(options.fine_tuning.seed)).fork("agreement");
    std::vector<StrategyAgreement> agreements;
    for (std::int64_t i = 0; i < options.strategies; ++i) {
        const Strategy widths = draw_strategy(options.space, supernet.network, random);
        const fs::path file = options.folder / fmt::format("strategy-{:02}.json", i + 1);
        if (fs::exists(file)) {
            StrategyAgreement& finished = agreements.emplace_back(StrategyAgreement{.widths = widths});
            TANDEM_TRY(load_strategy_record(file, widths, fields_of(finished)));
            continue;
        }
        StrategyAgreement agreement{.widths = widths};
        agreement.supernet_accuracy = TANDEM_TRY(score(subnetworks, widths, dataset));
        // Its statistics are those of the widest strategy, so steps start as those of the float network do.
        const QuantizedStart start =
            TANDEM_TRY(start_quantized_training(supernet.network, widths, QuantizationMethod::lsq, dataset));
        const fs::path checkpoint = options.folder / fmt::format("strategy-{:02}.checkpoint", i + 1);
        const QuantizedTraining training = TANDEM_TRY(trainer.train_quantized(
            options.fine_tuning, start.setup, start.network, dataset, checkpoint, {}, interrupted, progress));
        agreement.trained_accuracy = training.result.test_accuracy;
        TANDEM_TRY(write_strategy_record(file, widths, fields_of(agreement)));
        std::error_code ignored; // a checkpoint left behind does no harm
        fs::remove(checkpoint, ignored);
        log_info(fmt::format("strategy {}: {:.4f} by the supernet, {:.4f} trained", i + 1,
                             agreement.supernet_accuracy, agreement.trained_accuracy));
        agreements.push_back(std::move(agreement));
    }
    return agreements;
}

double kendall_tau(std::span<const double> one, std::span<const double> other) {
    TANDEM_CHECK(one.size() == other.size(), "two lists of one length");
    double agreeing = 0.0; // less those that disagree
    double untied_one = 0.0;
    double untied_other = 0.0;
    for (std::size_t i = 0; i < one.size(); ++i) {
        for (std::size_t j = 0; j < i; ++j) {
            const double order = (one[i] > one[j] ? 1.0 : 0.0) - (one[i] < one[j] ? 1.0 : 0.0);
            const double other_order = (other[i] > other[j] ? 1.0 : 0.0) - (other[i] < other[j] ? 1.0 : 0.0);
            agreeing += order * other_order;
            untied_one += std::abs(order);
            untied_other += std::abs(other_order);
        }
    }
    const double untied = std::sqrt(untied_one * untied_other);
    return untied > 0.0 ? agreeing / untied : 0.0;
}

} // namespace tandem
