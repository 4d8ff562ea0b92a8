// The trainings that follow a search: a strategy for a number of epochs, once whoever asks, kept in a folder.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <map>

#include "tandem/codesign/quantization_search.h"
#include "tandem/codesign/quantized_training.h"
#include "tandem/core/fields.h"
#include "tandem/core/progress.h"
#include "tandem/core/result.h"
#include "tandem/strategy/quantized_network.h"
#include "tandem/training/training.h"

namespace tandem {

/// A training that has ended, as its file keeps it.
struct TrainingRecord {
    double accuracy = 0.0;      ///< share of the validation images
    double kl_divergence = 0.0; ///< nats
    std::int64_t samples = 0;   ///< validation images
    std::int64_t images = 0;    ///< that training saw
    double seconds = 0.0;
};
void describe(Fields& fields, TrainingRecord& record);

/// What a genome's widths are, for the network that trains.
Strategy widths_of(const QuantizationProblem& problem, const Genome& genome);

/// What training the widths starts from. Errors: widths that cannot be calibrated.
[[nodiscard]] Result<QuantizedStart> start_training(const QuantizationProblem& problem, const Network& start,
                                                    Strategy widths);

class StrategyTrainings {
  public:
    /// What all trainings took.
    struct Account {
        std::int64_t trainings = 0;
        std::int64_t epochs = 0;
        std::int64_t images = 0;
        double seconds = 0.0;
    };

    /// For a job with the section fine_tuning; everything given outlives it. Test images play no part.
    StrategyTrainings(const QuantizationProblem& problem, const Network& start, Trainer& trainer,
                      std::filesystem::path folder, const std::atomic<bool>& interrupted, Progress& progress);

    /// The quality after that many epochs, on the validation images. Errors: those of training, an interrupt.
    [[nodiscard]] Result<Quality> train(const Strategy& widths, std::int64_t epochs);
    /// What training in full left; it has ended. Errors: files that are missing or damaged.
    [[nodiscard]] Result<QuantizedNetwork> network(const Strategy& widths) const;
    Account account() const;

  private:
    std::int64_t final_epochs() const { return problem_.job().fine_tuning->final_epochs; }
    std::filesystem::path place_of(const Strategy& widths, std::int64_t epochs) const;
    Result<TrainingRecord> train_now(const Strategy& widths, std::int64_t epochs,
                                     const std::filesystem::path& place);
    Result<std::int64_t> images_per_epoch(const TrainJob& job) const;

    const QuantizationProblem& problem_;
    const Network& start_;
    Trainer& trainer_;
    Dataset dataset_; ///< without test images
    std::filesystem::path folder_;
    const std::atomic<bool>& interrupted_;
    Progress& progress_;
    std::map<std::filesystem::path, TrainingRecord> records_;
    std::int64_t epochs_ = 0;
};

} // namespace tandem
