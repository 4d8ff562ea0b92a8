#include "tandem/codesign/run_directory.h"

#include "tandem/codesign/quantization_space.h"
#include "tandem/core/version.h"

namespace tandem {

namespace fs = std::filesystem;

namespace {

Result<void> make_folder(const fs::path& directory) {
    std::error_code code;
    fs::create_directories(directory, code);
    if (code) return failed(directory.string(), "", code.message(), "a folder that can be made");
    return {};
}

/// Removes what a run left, and nothing else that may lie in the folder.
Result<void> remove_run(const RunPaths& paths) {
    std::error_code code;
    const fs::path store = paths.store();
    for (const fs::path& part :
         {paths.front(), paths.report(), paths.chosen(), store, fs::path(store.string() + "-wal"),
          fs::path(store.string() + "-shm"), paths.job()}) {
        fs::remove_all(part, code);
        if (code) return failed(part.string(), "", code.message(), "a run that can be replaced");
    }
    return {};
}

} // namespace

RunHeader run_header(const Job& job) {
    return {.job = to_yaml(job),
            .version = std::string(kVersion),
            .gene_names = {},
            .objective_names = job.objectives};
}

Result<RunDirectory> create_run(const fs::path& directory, const Job& job, Existing existing) {
    const RunPaths paths{directory};
    TANDEM_TRY(make_folder(directory));
    DirectoryLock lock = TANDEM_TRY(DirectoryLock::acquire(directory));
    if (fs::exists(paths.job()) || fs::exists(paths.store())) {
        if (existing == Existing::refuse) {
            return bad_input(directory.string(), "", "a run that is there already",
                             "a new folder; or --resume to go on with it, --force to replace it");
        }
        TANDEM_TRY(remove_run(paths));
    }
    TANDEM_TRY(write_file(paths.job(), to_yaml(job), Existing::refuse));
    RunStore store = TANDEM_TRY(RunStore::create(paths.store(), run_header(job)));
    return RunDirectory{.paths = paths, .lock = std::move(lock), .job = job, .store = std::move(store)};
}

Result<RunDirectory> resume_run(const fs::path& directory) {
    const RunPaths paths{directory};
    if (!fs::exists(paths.job())) {
        return bad_input(directory.string(), "", "no run", "a folder that 'tandem run JOB --out' made");
    }
    DirectoryLock lock = TANDEM_TRY(DirectoryLock::acquire(directory));
    const Job job = TANDEM_TRY(load_job(paths.job().string()));
    // The job is written before the store, so a run killed in between starts afresh.
    if (!fs::exists(paths.store())) {
        RunStore store = TANDEM_TRY(RunStore::create(paths.store(), run_header(job)));
        return RunDirectory{.paths = paths, .lock = std::move(lock), .job = job, .store = std::move(store)};
    }
    RunStore store = TANDEM_TRY(RunStore::open(paths.store()));
    const RunHeader header = TANDEM_TRY(store.header());
    if (header.job != to_yaml(job)) {
        return bad_input(paths.job().string(), "", "a job other than the one the run began with",
                         "the job in run.sqlite; start a new run for a changed job");
    }
    return RunDirectory{.paths = paths, .lock = std::move(lock), .job = job, .store = std::move(store)};
}

} // namespace tandem
