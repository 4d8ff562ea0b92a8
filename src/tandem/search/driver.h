// The one driver: proposes, evaluates in parallel, remembers, stores, shows progress, resumes. Every
// algorithm runs under it.
#pragma once

#include <atomic>
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
    std::vector<double> hypervolume_reference; ///< objective values that count as worst
    /// Set from a signal handler; the driver stops after the generation in progress is dropped.
    const std::atomic<bool>* interrupted = nullptr;
};

/// Runs the algorithm to its end, or goes on where the store's last generation ended by replaying
/// the stored reports. Same seed, same designs, whatever the thread count and wherever it was
/// killed. Errors: the store's, and ErrorKind::interrupted.
[[nodiscard]] Result<std::vector<StoredDesign>> drive(SearchAlgorithm& algorithm,
                                                      const EvaluateGenome& evaluate, RunStore& store,
                                                      const DriverOptions& options, Progress& progress);

} // namespace tandem
