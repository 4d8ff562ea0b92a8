#include "run_search.h"

#include <utility>

#include "tandem/core/interrupt.h"

namespace tandem::app {

namespace {

/// Of an interrupt: what is kept, and how to go on.
Error say_how_to_go_on(Error error, const Opened& opened, const std::string& kept,
                       const std::string& to_go_on) {
    if (error.kind != ErrorKind::interrupted) return error;
    error.problems = {{opened.run.paths.directory.string(), "",
                       "an interrupt; every finished " + kept + " is kept", "to go on: " + to_go_on}};
    return error;
}

} // namespace

Result<Opened> open_store_of(RunDirectory run, QuantizationProblem problem,
                             const std::vector<Genome>& first_guesses) {
    RunStore store = TANDEM_TRY(open_store(run, problem.space().gene_names, first_guesses));
    return Opened{std::move(run), std::move(problem), std::move(store)};
}

Result<QuantizationProblem> load_problem(const Job& job, const std::string& file, Bytes memory) {
    return load_problem(job, file, TANDEM_TRY(load_machine(job.machine)), memory);
}

Result<QuantizationProblem> load_problem(const Job& job, const std::string& file, MachinePointer machine,
                                         Bytes memory) {
    Experiment experiment = TANDEM_TRY(load_experiment(job.network, job.data));
    QuantizationProblem problem =
        TANDEM_TRY(QuantizationProblem::create(job, std::move(experiment), std::move(machine), memory));
    TANDEM_TRY(validate_search(problem.space(), job.search, job.objectives.size(), file));
    return problem;
}

Result<Opened> open_one_of_several(const std::filesystem::path& folder, const Job& job,
                                   const SeveralRuns& options, QuantizationProblem problem,
                                   const std::vector<Genome>& first_guesses) {
    const bool goes_on =
        options.existing == Existing::refuse && std::filesystem::exists(RunPaths{folder}.job());
    RunDirectory run = TANDEM_TRY(goes_on ? resume_run(folder) : create_run(folder, job, options.existing));
    if (run.job != job) {
        return bad_input(folder.string(), "", "a run of another job",
                         "the job it was begun with, another --out, or --force to replace it");
    }
    return open_store_of(std::move(run), std::move(problem), first_guesses);
}

Result<std::vector<StoredDesign>> search(Opened& opened, Crew& crew, const std::string& to_go_on,
                                         Progress& progress) {
    auto designs = search_quantization(opened.problem, crew, opened.store, &interrupt_flag(), progress);
    if (designs) return designs;
    return tl::unexpected(say_how_to_go_on(std::move(designs).error(), opened, "generation", to_go_on));
}

Result<std::optional<FineTuning>> prepare_fine_tuning(const QuantizationProblem& problem) {
    if (!problem.job().fine_tuning) return std::nullopt;
    return TANDEM_TRY(FineTuning::create(problem));
}

Result<std::optional<FineTuned>> fine_tune(const std::optional<FineTuning>& tuning, const Opened& opened,
                                           const std::vector<StoredDesign>& designs,
                                           const std::string& to_go_on, Progress& progress) {
    if (!tuning) return std::nullopt;
    auto tuned =
        tuning->run(opened.problem, designs, opened.run.paths.fine_tuning(), interrupt_flag(), progress);
    if (tuned) return std::move(*tuned);
    return tl::unexpected(say_how_to_go_on(std::move(tuned).error(), opened, "epoch", to_go_on));
}

Result<double> seconds_of_search(const RunStore& store) {
    double seconds = 0.0;
    for (const GenerationRecord& generation : TANDEM_TRY(store.generations())) seconds += generation.seconds;
    return seconds;
}

} // namespace tandem::app
