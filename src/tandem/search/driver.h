// The one driver: proposes, has a crew evaluate, remembers, stores, shows progress, keeps to its budget,
// resumes. Every algorithm runs under it.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <vector>

#include "tandem/core/progress.h"
#include "tandem/core/result.h"
#include "tandem/search/crew.h"
#include "tandem/search/run_store.h"
#include "tandem/search/search.h"

namespace tandem {

struct DriverOptions {
    /// Objective values that count as worst; empty: no hypervolume, 0 is recorded.
    std::vector<double> hypervolume_reference;
    /// What ends the run before the algorithm does.
    SearchBudget budget;
    /// Population times generations, for the progress bar alone; 0: unknown.
    std::int64_t expected_evaluations = 0;
    /// What evaluating worked out since the last call, for the store; empty: nothing is kept.
    std::function<std::vector<StoredResult>()> take_results{};
    /// Set from a signal handler; the driver stops after the generation in progress is dropped.
    const std::atomic<bool>* interrupted = nullptr;
};

/// Runs the algorithm to its end or the budget's, or goes on where the store's last generation ended by
/// replaying the stored reports; then marks the store finished. A finished store is only replayed.
/// `algorithm` comes fresh. Each distinct genome is evaluated once a run. Same seed, same designs (all but
/// when, where and how long), whatever the crew and wherever it was killed; a budget in seconds is the one
/// exception, which the store remembers. A budget in evaluations is met exactly: the last generation is
/// cut. Errors: the store's and the crew's, ErrorKind::interrupted, and bad_input when the stored
/// proposals are not this algorithm's. An exception of an evaluation passes through; the generations
/// stored before it stay.
[[nodiscard]] Result<std::vector<StoredDesign>> drive(SearchAlgorithm& algorithm, Crew& crew, RunStore& store,
                                                      const DriverOptions& options, Progress& progress);

/// The same with the threads of this process.
[[nodiscard]] Result<std::vector<StoredDesign>> drive(SearchAlgorithm& algorithm,
                                                      const EvaluateGenome& evaluate, RunStore& store,
                                                      const DriverOptions& options, Progress& progress);

} // namespace tandem
