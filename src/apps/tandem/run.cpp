// `tandem run`: the main job. Loads everything before it touches the disk, searches, then writes
// the front, the chosen design as proven C, and the report.

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include <fmt/format.h>

#include "command.h"
#include "run_outputs.h"
#include "tandem/codesign/quantization_search.h"
#include "tandem/codesign/run_directory.h"
#include "tandem/codesign/run_record.h"
#include "tandem/core/interrupt.h"
#include "tandem/core/parallel.h"

namespace tandem::app {

namespace {

struct Options {
    std::string job;
    std::string out;
    std::string resume;
    std::optional<std::int64_t> seed;
    bool force = false;
    bool watch = false;
    int port = 0;
    CommonOptions common;
};

struct Opened {
    RunDirectory run;
    QuantizationProblem problem;
    RunStore store;
};

Result<Opened> open_store_of(RunDirectory run, QuantizationProblem problem) {
    RunStore store = TANDEM_TRY(open_store(run, problem.space().gene_names));
    return Opened{std::move(run), std::move(problem), std::move(store)};
}

Result<QuantizationProblem> load_problem(const Job& job) {
    Experiment experiment = TANDEM_TRY(load_experiment(job.network, job.data));
    MachinePointer machine = TANDEM_TRY(load_machine(job.machine));
    return QuantizationProblem::create(job, std::move(experiment), std::move(machine));
}

Result<Opened> open_run(const Options& options) {
    if (!options.resume.empty()) {
        RunDirectory run = TANDEM_TRY(resume_run(options.resume));
        QuantizationProblem problem = TANDEM_TRY(load_problem(run.job));
        return open_store_of(std::move(run), std::move(problem));
    }
    Job job = TANDEM_TRY(load_job(options.job));
    if (options.seed) job.search.seed = *options.seed;
    // Bad input must leave nothing behind, so the folder comes last.
    QuantizationProblem problem = TANDEM_TRY(load_problem(job));
    const std::string out = options.out.empty() ? "runs/" + job.name : options.out;
    RunDirectory run = TANDEM_TRY(create_run(out, job, options.force ? Existing::replace : Existing::refuse));
    return open_store_of(std::move(run), std::move(problem));
}

Result<void> execute(const Options& options) {
    if (options.job.empty() == options.resume.empty()) {
        return bad_input("tandem run", "", options.job.empty() ? "no job" : "a job and --resume",
                         "JOB.yaml, or --resume DIR");
    }
    std::optional<ThreadLimit> limit;
    if (options.common.threads > 0) limit.emplace(options.common.threads);
    const std::unique_ptr<Progress> progress =
        make_progress(options.common.quiet ? Verbosity::quiet : Verbosity::normal);
    install_interrupt_handler();

    const auto start = std::chrono::steady_clock::now();
    Opened opened = TANDEM_TRY(open_run(options));
    const std::chrono::duration<double> loading = std::chrono::steady_clock::now() - start;
    const RunPaths& paths = opened.run.paths;
    std::optional<LiveServer> server;
    if (options.watch) {
        server.emplace(TANDEM_TRY(start_watching(opened.problem, paths, options.port)));
        fmt::print(stderr, "watch:   {}\n", server->address());
    }
    auto designs = search_quantization(opened.problem, opened.store, &interrupt_flag(), *progress);
    if (!designs) {
        Error error = std::move(designs).error();
        if (error.kind == ErrorKind::interrupted) {
            error.problems = {{paths.directory.string(), "",
                               "an interrupt; every finished generation is kept",
                               "to go on: tandem run --resume " + paths.directory.string()}};
        }
        return tl::unexpected(std::move(error));
    }
    double searching = 0.0; // in every process that worked on the run
    for (const GenerationRecord& generation : TANDEM_TRY(opened.store.generations())) {
        searching += generation.seconds;
    }
    const Phases phases{{"loading and calibration", loading.count()}, {"search", searching}};
    const Document front =
        TANDEM_TRY(write_outputs(opened.problem, *designs, opened.store, paths, phases, *progress));
    if (options.common.json) return print_json(front);
    return print(format_run(front, paths));
}

} // namespace

void add_run(CLI::App& app, Action& action) {
    const auto options = std::make_shared<Options>();
    app.add_option("JOB", options->job, "job file (YAML)");
    app.add_option("--out", options->out, "run directory; by default runs/<name of the job>");
    app.add_option("--resume", options->resume, "go on with the run in this directory")->excludes("--out");
    app.add_option("--seed", options->seed, "seed of the search, instead of the job's");
    app.add_flag("--force", options->force, "replace a run that is there already");
    app.add_flag("--watch", options->watch, "serve the report of the run so far, to this machine alone");
    app.add_option("--port", options->port, "where to serve it on 127.0.0.1; 0 takes any free port")
        ->check(CLI::Range(0, 65535))
        ->needs("--watch");
    add_work_options(app, options->common);
    add_json_option(app, options->common);
    app.callback([options, &action] { action = [options] { return execute(*options); }; });
}

} // namespace tandem::app
