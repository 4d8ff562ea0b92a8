// How well a precision supernet says what individual training would reach: rank correlation and gap over
// strategies spread over its space.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

#include "tandem/core/fields.h"
#include "tandem/core/progress.h"
#include "tandem/core/result.h"
#include "tandem/data/dataset.h"
#include "tandem/strategy/strategy.h"
#include "tandem/training/training.h"

namespace tandem {

/// One strategy, by the supernet and after training of its own. Shares of the test images.
struct StrategyAgreement {
    Strategy widths;
    double supernet_accuracy = 0.0;
    double trained_accuracy = 0.0;

    double gap() const;
};

/// All but the widths.
void describe(Fields& fields, StrategyAgreement& agreement);

/// What is asked.
struct AgreementOptions {
    std::int64_t strategies = 24;
    PrecisionSpace space;         ///< they are drawn from, within that of the supernet
    TrainJob fine_tuning;         ///< of each strategy, from the supernet's weights, by lsq
    std::filesystem::path folder; ///< of one file a finished strategy, by which a later call goes on
};

/// Draws the strategies by the job's seed, scores each on the test images, trains it and scores it again.
/// Errors: those of training; a folder that cannot be written; an interrupt, by which finished strategies are
/// kept.
[[nodiscard]] Result<std::vector<StrategyAgreement>>
measure_agreement(const PrecisionSupernet& supernet, const Dataset& dataset, const AgreementOptions& options,
                  Trainer& trainer, const std::atomic<bool>& interrupted, Progress& progress);

/// Kendall's tau-b (Kendall, Biometrika 33, 1945): pairs in one order less pairs in opposite orders, over the
/// geometric mean of the pairs that either side does not tie. 0 where a side ties all. Both of one length.
double kendall_tau(std::span<const double> one, std::span<const double> other);

} // namespace tandem
