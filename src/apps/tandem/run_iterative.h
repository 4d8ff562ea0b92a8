// `tandem run` of a job whose hardware.method is iterative: a run a round, each in its own folder.
#pragma once

#include "run_search.h"
#include "tandem/codesign/job.h"
#include "tandem/core/progress.h"

namespace tandem::app {

/// Widths on the machine, the array for the chosen ones, widths on that array, and so on until nothing
/// changes. Folders OUT/round-N are runs that are resumed where they are there; each holds the array found
/// for its chosen design as machine.yaml. The last round's design is deployed. Writes OUT/iterations.json.
[[nodiscard]] Result<void> run_iterative(const Job& job, const SeveralRuns& options, Progress& progress);

} // namespace tandem::app
