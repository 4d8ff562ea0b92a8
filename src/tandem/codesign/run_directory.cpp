#include "tandem/codesign/run_directory.h"

#include "tandem/core/version.h"

namespace tandem {

namespace fs = std::filesystem;

namespace {

/// Removes what a run left, and nothing else that may lie in the folder.
Result<void> remove_run(const RunPaths& paths) {
    std::error_code code;
    const fs::path store = paths.store();
    for (const fs::path& part :
         {paths.front(), paths.report(), paths.timings(), paths.chosen(), paths.fine_tuning(), store,
          fs::path(store.string() + "-wal"), fs::path(store.string() + "-shm"), paths.job()}) {
        fs::remove_all(part, code);
        if (code) return failed(part.string(), "", code.message(), "a run that can be replaced");
    }
    return {};
}

} // namespace

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
    return RunDirectory{.paths = paths, .lock = std::move(lock), .job = job};
}

Result<RunDirectory> resume_run(const fs::path& directory) {
    const RunPaths paths{directory};
    if (!fs::exists(paths.job())) {
        return bad_input(directory.string(), "", "no run", "a folder that 'tandem run JOB --out' made");
    }
    DirectoryLock lock = TANDEM_TRY(DirectoryLock::acquire(directory));
    Job job = TANDEM_TRY(load_job(paths.job().string()));
    return RunDirectory{.paths = paths, .lock = std::move(lock), .job = std::move(job)};
}

Result<RunStore> open_store(const RunDirectory& run, const std::vector<std::string>& gene_names,
                            const std::vector<Genome>& first_guesses) {
    const RunHeader expected{.job = to_yaml(run.job),
                             .version = std::string(kVersion),
                             .gene_names = gene_names,
                             .objective_names = run.job.objectives,
                             .first_guesses = first_guesses};
    // The job is written before the store, so a run killed in between starts afresh.
    if (!fs::exists(run.paths.store())) return RunStore::create(run.paths.store(), expected);
    RunStore store = TANDEM_TRY(RunStore::open(run.paths.store()));
    const RunHeader header = TANDEM_TRY(store.header());
    const std::string file = run.paths.store().string();
    if (header.version != expected.version) {
        return bad_input(file, "", "a run of version " + header.version,
                         "version " + expected.version + ", so that all designs come from one program");
    }
    // Compared as jobs: an older text may lack fields that have been added since, with their defaults.
    const Result<Document> text = parse_yaml(header.job, file);
    const Result<Job> stored = text ? parse_job(*text, file) : tl::unexpected(text.error());
    if (!stored || *stored != run.job || header.gene_names != expected.gene_names ||
        header.objective_names != expected.objective_names) {
        return bad_input(run.paths.job().string(), "", "a job or network other than the run began with",
                         "those in run.sqlite; start a new run for a changed job");
    }
    return store;
}

} // namespace tandem
