// The one driver: proposes, evaluates in parallel, remembers, stores, shows progress, resumes. Every
// algorithm runs under it.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <vector>

#include "tandem/core/progress.h"
#include "tandem/core/result.h"
#include "tandem/search/run_store.h"
#include "tandem/search/search.h"

namespace tandem {

/// A pure function of a genome: same genome, same evaluation, on any thread.
using EvaluateGenome = std::function<Evaluation(const Genome&)>;

struct DriverOptions {
    /// Objective values that count as worst; empty: no hypervolume, 0 is recorded.
    std::vector<double> hypervolume_reference;
    /// Population times generations, for the progress bar alone; 0: unknown.
    std::int64_t expected_evaluations = 0;
    /// Set from a signal handler; the driver stops after the generation in progress is dropped.
    const std::atomic<bool>* interrupted = nullptr;
};

/// Runs the algorithm to its end, or goes on where the store's last generation ended by replaying
/// the stored reports; then marks the store finished. `algorithm` comes fresh. Each distinct genome
/// is evaluated once a run. Same seed, same designs (all but their seconds), whatever the thread
/// count and wherever it was killed. Errors: the store's, ErrorKind::interrupted, and bad_input when
/// the stored proposals are not this algorithm's. An exception of `evaluate` passes through; the
/// generations stored before it stay.
[[nodiscard]] Result<std::vector<StoredDesign>> drive(SearchAlgorithm& algorithm,
                                                      const EvaluateGenome& evaluate, RunStore& store,
                                                      const DriverOptions& options, Progress& progress);

} // namespace tandem
