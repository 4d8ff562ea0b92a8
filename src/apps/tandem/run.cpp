// `tandem run`: the main job. Loads everything before it touches the disk, searches, then writes
// the front, the chosen design as proven C, and the report. Under mpirun rank 0 does so, and the other ranks
// evaluate for it.

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include <fmt/format.h>

#include "command.h"
#include "compress.h"
#include "run_iterative.h"
#include "run_outputs.h"
#include "run_search.h"
#include "run_variants.h"
#include "tandem/codesign/comparison.h"
#include "tandem/codesign/quantization_search.h"
#include "tandem/codesign/run_directory.h"
#include "tandem/codesign/run_record.h"
#include "tandem/codesign/warm_start.h"
#include "tandem/core/files.h"
#include "tandem/core/interrupt.h"
#include "tandem/core/parallel.h"
#include "tandem/core/process.h"
#include "tandem/report/methods_page.h"
#include "tandem/search/mpi/mpi_world.h"

namespace tandem::app {

namespace {

struct Options {
    std::string job;
    std::string out;
    std::string resume;
    std::string warm_start;
    std::string data_root;
    std::optional<std::int64_t> seed;
    std::int64_t seeds = 1;
    std::vector<std::string> algorithms;
    double evaluation_timeout_seconds = 0.0;
    bool force = false;
    bool watch = false;
    int port = 0;
    std::optional<std::int64_t> memory_mebibytes;
    CommonOptions common;

    bool is_comparison() const { return seeds > 1 || !algorithms.empty(); }
    Bytes memory() const {
        return memory_mebibytes ? Bytes(*memory_mebibytes << 20) : QuantizationProblem::kActivationMemory;
    }
};

/// The job that this command line asks for, wherever it is written.
Result<Job> asked_job(const Options& options) {
    if (!options.resume.empty()) return load_job(RunPaths{options.resume}.job().string());
    Job job = TANDEM_TRY(load_job(options.job));
    if (options.seed) job.search.seed = *options.seed;
    if (!options.data_root.empty()) {
        // The run's own copy of the job says where its data were found.
        job.data.root = options.data_root;
        job.data.directory = data_folder(job.data);
        job.data.root.clear();
    }
    return job;
}

std::string output_directory(const Options& options, const Job& job) {
    return options.out.empty() ? "runs/" + job.name : options.out;
}

SeveralRuns several_runs(const Options& options, const Job& job) {
    return {.job_file = options.job,
            .out = output_directory(options, job),
            .existing = options.force ? Existing::replace : Existing::refuse,
            .memory = options.memory(),
            .common = options.common};
}

Result<std::vector<Genome>> first_guesses(const Options& options, const QuantizationProblem& problem) {
    if (options.warm_start.empty()) return std::vector<Genome>{};
    return warm_start_guesses(options.warm_start, problem);
}

/// Listens there for a moment: whether the page of the run can be served.
Result<void> check_port(int port) {
    (void)TANDEM_TRY(LiveServer::start(port, {}));
    return {};
}

/// Also prepares what the job fine-tunes.
Result<Opened> open_run(const Options& options, std::optional<FineTuning>& tuning) {
    if (!options.resume.empty()) {
        RunDirectory run = TANDEM_TRY(resume_run(options.resume));
        QuantizationProblem problem =
            TANDEM_TRY(load_problem(run.job, run.paths.job().string(), options.memory()));
        tuning = TANDEM_TRY(prepare_fine_tuning(problem));
        return open_store_of(std::move(run), std::move(problem), {});
    }
    const Job job = TANDEM_TRY(asked_job(options));
    // Bad input must leave nothing behind, so the folder comes last.
    QuantizationProblem problem = TANDEM_TRY(load_problem(job, options.job, options.memory()));
    const std::vector<Genome> guesses = TANDEM_TRY(first_guesses(options, problem));
    tuning = TANDEM_TRY(prepare_fine_tuning(problem));
    if (options.watch) TANDEM_TRY(check_port(options.port));
    RunDirectory run = TANDEM_TRY(create_run(output_directory(options, job), job,
                                             options.force ? Existing::replace : Existing::refuse));
    return open_store_of(std::move(run), std::move(problem), guesses);
}

MpiOptions mpi_options(const Options& options, const Job& job) {
    return {.evaluation_timeout_seconds = options.evaluation_timeout_seconds,
            // Ranks share the machine, so each takes one core unless it is told to take more.
            .slots = std::max<std::int64_t>(static_cast<std::int64_t>(options.common.threads), 1),
            .job = to_yaml(job)};
}

/// One run, on all ranks of the world.
Result<void> run_one(const Options& options, MpiWorld& world, Progress& progress) {
    const auto start = std::chrono::steady_clock::now();
    std::optional<FineTuning> tuning;
    Opened opened = TANDEM_TRY(open_run(options, tuning));
    const std::chrono::duration<double> loading = std::chrono::steady_clock::now() - start;
    const RunPaths& paths = opened.run.paths;
    const QuantizationProblem& problem = opened.problem;
    std::optional<LiveServer> server;
    if (options.watch) {
        server.emplace(TANDEM_TRY(start_watching(problem, paths, options.port)));
        fmt::print(stderr, "watch:   {}\n", server->address());
    }
    auto crew = world.make_crew([&](const Genome& genome) { return problem.evaluate(genome); },
                                mpi_options(options, problem.job()));
    const std::string to_go_on = "tandem run --resume " + paths.directory.string();
    const std::vector<StoredDesign> designs = TANDEM_TRY(search(opened, *crew, to_go_on, progress));
    crew.reset(); // the other ranks are done
    std::optional<FineTuned> tuned = TANDEM_TRY(fine_tune(tuning, opened, designs, to_go_on, progress));
    const double tuning_seconds = tuned ? tuned->account.seconds : 0.0;
    const Phases phases{{"loading and calibration", loading.count()},
                        {"search", TANDEM_TRY(seconds_of_search(opened.store))}};
    const Document front = TANDEM_TRY(write_outputs(problem, designs, opened.store, paths, phases,
                                                    Deployment::proven, std::move(tuned), progress));
    if (options.common.json) return print_json(front);
    return print(format_run(front, paths, tuning_seconds));
}

bool is_seeded(const std::string& algorithm) {
    return std::ranges::find(known_algorithms(), algorithm, &AlgorithmEntry::name)->seeding ==
           Seeding::seeded;
}

/// A run a seed and algorithm, each in its own folder and resumed where one is there already, then what
/// they say together. The problem is loaded once, and nothing is deployed: `tandem run --resume` does that
/// for the run that is wanted.
Result<void> run_comparison(const Options& options, Progress& progress) {
    const Job job = TANDEM_TRY(asked_job(options));
    std::vector<std::string> algorithms = options.algorithms;
    if (algorithms.empty()) algorithms.push_back(job.search.algorithm);
    QuantizationProblem problem = TANDEM_TRY(load_problem(job, options.job, options.memory()));
    const std::vector<Genome> guesses = TANDEM_TRY(first_guesses(options, problem));
    const std::filesystem::path out = output_directory(options, job);
    for (const std::string& algorithm : algorithms) { // all before the first begins
        SearchOptions asked = job.search;
        asked.algorithm = algorithm;
        TANDEM_TRY(validate_search(problem.space(), asked, job.objectives.size(), options.job));
    }
    std::vector<ComparedRun> runs;
    for (const std::string& algorithm : algorithms) {
        // What reads no seed would only do the same again.
        const std::int64_t seeds = is_seeded(algorithm) ? options.seeds : 1;
        for (std::int64_t i = 0; i < seeds; ++i) {
            Job own = job;
            own.search.algorithm = algorithm;
            own.search.seed += i;
            const std::filesystem::path directory = out / algorithm / fmt::format("seed-{}", own.search.seed);
            problem = std::move(problem).searched_by(own.search);
            Opened opened = TANDEM_TRY(
                open_one_of_several(directory, own, several_runs(options, job), std::move(problem), guesses));
            const auto crew =
                make_thread_crew([&](const Genome& genome) { return opened.problem.evaluate(genome); });
            const std::vector<StoredDesign> designs =
                TANDEM_TRY(search(opened, *crew, "the same command again", progress));
            const Phases phases{{"search", TANDEM_TRY(seconds_of_search(opened.store))}};
            TANDEM_TRY(write_outputs(opened.problem, designs, opened.store, opened.run.paths, phases,
                                     Deployment::none, /*tuned=*/std::nullopt, progress));
            runs.push_back(summarize_run(algorithm, own.search.seed, designs,
                                         TANDEM_TRY(opened.store.generations()),
                                         opened.problem.hypervolume_reference()));
            problem = std::move(opened.problem);
        }
    }
    const Document comparison = compare_runs(runs, find_objectives(job.objectives));
    TANDEM_TRY(write_file(out / "comparison.json", to_json(comparison, JsonLayout::indented) + "\n",
                          Existing::replace));
    const std::string title = "Methods over seeds: " + job.name;
    TANDEM_TRY(write_file(out / "comparison.html", emit_methods_html(comparison, title), Existing::replace));
    TANDEM_TRY(write_file(out / "comparison.svg", emit_methods_chart(comparison, CurvePart::whole),
                          Existing::replace));
    TANDEM_TRY(write_file(out / "comparison-top.svg", emit_methods_chart(comparison, CurvePart::top),
                          Existing::replace));
    if (options.common.json) return print_json(comparison);
    return print(format_comparison(runs) + "report:  " + (out / "comparison.html").string() + "\n");
}

/// A rank that evaluates for rank 0.
Result<void> serve(const Options& options, MpiWorld& world) {
    const Job job = TANDEM_TRY(asked_job(options));
    const QuantizationProblem problem = TANDEM_TRY(load_problem(job, options.job, options.memory()));
    return world.serve([&](const Genome& genome) { return problem.evaluate(genome); },
                       mpi_options(options, job));
}

Result<void> check_options(const Options& options) {
    if (options.job.empty() == options.resume.empty()) {
        return bad_input("tandem run", "", options.job.empty() ? "no job" : "a job and --resume",
                         "JOB.yaml, or --resume DIR");
    }
    return {};
}

/// Refuses what only a search understands.
Result<void> check_compression_options(const Options& options) {
    const std::string_view found = options.is_comparison()                    ? "--seeds or --algorithms"
                                   : options.watch                            ? "--watch"
                                   : !options.warm_start.empty()              ? "--warm-start"
                                   : options.evaluation_timeout_seconds > 0.0 ? "--evaluation-timeout"
                                   : options.memory_mebibytes                 ? "--memory"
                                                                              : "";
    if (found.empty()) return {};
    return bad_input(options.job, "compression", std::string(found), "none: it belongs to searches");
}

/// What a job asks for.
enum class RunKind { one, rounds, machines };

/// Runs of several searches are taken up by the same command again; `--resume` takes one of them, a run of
/// its own.
Result<RunKind> asked_kind(const Options& options) {
    if (!options.resume.empty()) return RunKind::one;
    const Job job = TANDEM_TRY(asked_job(options));
    if (!job.machines.empty()) return RunKind::machines;
    return job.hardware && job.hardware->is_iterative() ? RunKind::rounds : RunKind::one;
}

/// Refuses what a run of several searches cannot do.
Result<void> check_several_options(const Options& options, RunKind kind, int processes) {
    const std::string_view found = options.is_comparison()       ? "--seeds or --algorithms"
                                   : options.watch               ? "--watch"
                                   : !options.warm_start.empty() ? "--warm-start"
                                   : processes > 1               ? "several processes"
                                                                 : "";
    if (found.empty() || kind == RunKind::one) return {};
    const bool is_rounds = kind == RunKind::rounds;
    return bad_input(options.job, is_rounds ? "hardware.method" : "machines",
                     fmt::format("{} with {}", is_rounds ? "iterative" : "several", found),
                     is_rounds ? "a run without it, or another method" : "a run without it, or one machine");
}

Result<void> run_several(const Options& options, RunKind kind, Progress& progress) {
    const Job job = TANDEM_TRY(asked_job(options));
    const SeveralRuns several = several_runs(options, job);
    return kind == RunKind::rounds ? run_iterative(job, several, progress)
                                   : run_variants(job, several, progress);
}

Result<void> execute(const Options& options) {
    TANDEM_TRY(check_options(options));
    if (TANDEM_TRY(asks_for_compression(options.job, options.resume))) {
        TANDEM_TRY(check_compression_options(options));
        return compress({.job = options.job,
                         .resume = options.resume,
                         .out = options.out,
                         .data_root = options.data_root,
                         .seed = options.seed,
                         .force = options.force,
                         .common = options.common});
    }
    const std::unique_ptr<MpiWorld> world = TANDEM_TRY(MpiWorld::join());
    std::optional<ThreadLimit> limit;
    if (world->size() > 1) {
        limit.emplace(std::max<std::size_t>(options.common.threads, 1));
    } else if (options.common.threads > 0) {
        limit.emplace(options.common.threads);
    }
    if (options.is_comparison() && options.watch) {
        return bad_input("tandem run", "--watch", "several runs", "one algorithm and one seed");
    }
    if (options.is_comparison() && world->size() > 1) {
        return bad_input("tandem run", "--seeds", "several processes", "one process, or one seed");
    }
    const RunKind kind = TANDEM_TRY(asked_kind(options));
    TANDEM_TRY(check_several_options(options, kind, world->size()));
    if (world->rank() > 0) return serve(options, *world);
    const std::unique_ptr<Progress> progress =
        make_progress(options.common.quiet ? Verbosity::quiet : Verbosity::normal);
    install_interrupt_handler();
    TANDEM_TRY(kind != RunKind::one      ? run_several(options, kind, *progress)
               : options.is_comparison() ? run_comparison(options, *progress)
                                         : run_one(options, *world, *progress));
    if (options.memory_mebibytes && !options.common.quiet) {
        fmt::print(stderr, "memory:  {} MiB at the peak, of which up to {} MiB for activations\n",
                   peak_memory().value >> 20, *options.memory_mebibytes);
    }
    return {};
}

std::vector<std::string> algorithm_names() {
    std::vector<std::string> names;
    for (const AlgorithmEntry& entry : known_algorithms()) names.emplace_back(entry.name);
    return names;
}

} // namespace

void add_run(CLI::App& app, Action& action) {
    const auto options = std::make_shared<Options>();
    app.add_option("JOB", options->job, "job file (YAML)");
    app.add_option("--out", options->out, "run directory; by default runs/<name of the job>");
    CLI::Option* const resume =
        app.add_option("--resume", options->resume, "go on with the run in this directory")
            ->excludes("--out");
    app.add_option("--data-root", options->data_root,
                   "folder that relative folders of data are looked for in")
        ->envname("TANDEM_DATA");
    app.add_option(
           "--memory", options->memory_mebibytes,
           fmt::format("MiB of activations that may be remembered between strategies, {} unless given; "
                       "no result depends on it; also says what the process took at its peak",
                       QuantizationProblem::kActivationMemory.value >> 20))
        ->check(CLI::Range(std::int64_t{0}, std::int64_t{1} << 24));
    app.add_option("--seed", options->seed, "seed of the search, instead of the job's");
    app.add_option("--seeds", options->seeds, "runs with as many seeds from that one on, and compares them")
        ->check(CLI::Range(1, 10'000))
        ->excludes(resume);
    app.add_option("--algorithms", options->algorithms, "compares these algorithms, separated by commas")
        ->delimiter(',')
        ->check(CLI::IsMember(algorithm_names()))
        ->excludes(resume);
    app.add_option("--warm-start", options->warm_start, "begin with the front of the run in this directory")
        ->excludes(resume);
    app.add_option("--evaluation-timeout", options->evaluation_timeout_seconds,
                   "under mpirun: seconds after which an evaluation hangs and another rank gets it; 0: never")
        ->check(CLI::NonNegativeNumber);
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
