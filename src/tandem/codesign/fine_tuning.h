// What follows a search: a shortlist of its designs is trained by successive halving, and the one that is
// left in full, beside uniform precisions that get the same training. docs/fine-tuning.md has the rules.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tandem/codesign/quantization_search.h"
#include "tandem/codesign/strategy_trainings.h"
#include "tandem/core/progress.h"
#include "tandem/core/result.h"
#include "tandem/search/run_store.h"
#include "tandem/strategy/quantized_network.h"
#include "tandem/training/training.h"

namespace tandem {

/// A design of the search after a round's training.
struct Contestant {
    std::size_t design = 0; ///< place among the run's
    Quality quality;        ///< on the validation images
};

struct HalvingRound {
    std::int64_t epochs = 0;
    std::vector<Contestant> contestants; ///< best first
    std::size_t kept = 0;                ///< as many of them go on
};

/// What was trained in full.
struct FinalStrategy {
    std::string label; ///< "chosen", of a uniform precision "8-bit", of its rivals "below 8-bit (1)"
    Genome genome;
    std::optional<std::size_t> design; ///< place among the run's; none: the search never proposed it
    Quality quality;                   ///< on the validation images
    QuantizedNetwork network;
    std::optional<double> test_accuracy = {}; ///< once the test images were scored
};

struct FineTuned {
    std::vector<HalvingRound> rounds;
    /// The chosen design's, the uniform precisions' as the job lists them, then the rivals of each.
    std::vector<FinalStrategy> finals;
    StrategyTrainings::Account account; ///< of all processes that worked on them

    const FinalStrategy& chosen() const { return finals.front(); }
    /// The training in full of a design, by its place among the run's; null where it had none.
    const FinalStrategy* find(std::size_t design) const;
};

/// The network that a design ends as: as training left it, or where it had none in full (`tuned` may be null)
/// as the search scored it. Errors: a design that was never scored.
[[nodiscard]] Result<QuantizedNetwork> final_network(const QuantizationProblem& problem,
                                                     const std::vector<StoredDesign>& designs,
                                                     std::size_t design, const FineTuned* tuned);

class FineTuning {
  public:
    /// For a job with the section fine_tuning. Errors, before anything is searched: no training plug-in; a
    /// network that comes quantised or has nodes without a trainable form; a uniform precision that cannot be
    /// calibrated.
    [[nodiscard]] static Result<FineTuning> create(const QuantizationProblem& problem);

    /// Trains in `folder`, which keeps what is finished and a checkpoint of what is not, so that a later call
    /// goes on. Test images play no part. Errors: those of select_designs and of training; an interrupt.
    [[nodiscard]] Result<FineTuned> run(const QuantizationProblem& problem,
                                        const std::vector<StoredDesign>& designs,
                                        const std::filesystem::path& folder,
                                        const std::atomic<bool>& interrupted, Progress& progress) const;

  private:
    FineTuning(std::shared_ptr<Trainer> trainer, Network start)
        : trainer_(std::move(trainer)), start_(std::move(start)) {}

    std::shared_ptr<Trainer> trainer_;
    Network start_; ///< in float, as every training finds it
};

} // namespace tandem
