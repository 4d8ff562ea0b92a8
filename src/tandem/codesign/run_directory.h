// A run's folder: job.yaml (the resolved job), run.sqlite (every design), and once the search is
// over front.json, timings.json, report.html and chosen/. One process at a time works in it.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "tandem/codesign/job.h"
#include "tandem/core/files.h"
#include "tandem/core/result.h"
#include "tandem/search/run_store.h"

namespace tandem {

/// The names of the parts.
struct RunPaths {
    std::filesystem::path directory;

    std::filesystem::path job() const { return directory / "job.yaml"; }
    std::filesystem::path store() const { return directory / "run.sqlite"; }
    std::filesystem::path front() const { return directory / "front.json"; }
    std::filesystem::path report() const { return directory / "report.html"; }
    /// Seconds by phase: what depends on the clock and is no part of front.json.
    std::filesystem::path timings() const { return directory / "timings.json"; }
    std::filesystem::path chosen() const { return directory / "chosen"; }
    /// What training after the search has finished or begun.
    std::filesystem::path fine_tuning() const { return directory / "fine-tuning"; }
};

/// A run directory that this process works in.
struct RunDirectory {
    RunPaths paths;
    DirectoryLock lock;
    Job job;
};

/// Makes the folder (and its parents) and writes the job into it. A folder that holds a run is refused,
/// or emptied of it with Existing::replace. Errors: in use, not writable, no room.
[[nodiscard]] Result<RunDirectory> create_run(const std::filesystem::path& directory, const Job& job,
                                              Existing existing);

/// Takes hold of a run to go on with it, finished or not. Errors: no run there, in use.
[[nodiscard]] Result<RunDirectory> resume_run(const std::filesystem::path& directory);

/// The run's store: the one that is there, or a new one, with these first guesses, where the run was
/// killed before it had any. Errors: a store of another job, network or version; the store's own.
[[nodiscard]] Result<RunStore> open_store(const RunDirectory& run, const std::vector<std::string>& gene_names,
                                          const std::vector<Genome>& first_guesses);

} // namespace tandem
