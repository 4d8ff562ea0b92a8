// `tandem run` of a job over several machines: a run a machine, each in its own folder.
#pragma once

#include "command.h"
#include "run_search.h"
#include "tandem/codesign/job.h"
#include "tandem/core/progress.h"

namespace tandem::app {

/// Searches for each machine in turn; what is known of a strategy's accuracy is not measured again. Folders
/// OUT/NAME are runs that are resumed where they are there; nothing is deployed, `tandem run --resume` of one
/// of them does that. Writes OUT/machines.json and, of those that found a design, OUT/machines.html. Errors:
/// those of plan_variants; no machine has an acceptable design.
[[nodiscard]] Result<void> run_variants(const Job& job, const SeveralRuns& options, Progress& progress);

} // namespace tandem::app
