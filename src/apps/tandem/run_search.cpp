#include "run_search.h"

#include <utility>

#include "tandem/core/interrupt.h"

namespace tandem::app {

Result<Opened> open_store_of(RunDirectory run, QuantizationProblem problem,
                             const std::vector<Genome>& first_guesses) {
    RunStore store = TANDEM_TRY(open_store(run, problem.space().gene_names, first_guesses));
    return Opened{std::move(run), std::move(problem), std::move(store)};
}

Result<QuantizationProblem> load_problem(const Job& job, const std::string& file, Bytes memory) {
    Experiment experiment = TANDEM_TRY(load_experiment(job.network, job.data));
    MachinePointer machine = TANDEM_TRY(load_machine(job.machine));
    QuantizationProblem problem =
        TANDEM_TRY(QuantizationProblem::create(job, std::move(experiment), std::move(machine), memory));
    TANDEM_TRY(validate_search(problem.space(), job.search, job.objectives.size(), file));
    return problem;
}

Result<std::vector<StoredDesign>> search(Opened& opened, Crew& crew, const std::string& to_go_on,
                                         Progress& progress) {
    auto designs = search_quantization(opened.problem, crew, opened.store, &interrupt_flag(), progress);
    if (!designs && designs.error().kind == ErrorKind::interrupted) {
        Error error = std::move(designs).error();
        error.problems = {{opened.run.paths.directory.string(), "",
                           "an interrupt; every finished generation is kept", "to go on: " + to_go_on}};
        return tl::unexpected(std::move(error));
    }
    return designs;
}

Result<double> seconds_of_search(const RunStore& store) {
    double seconds = 0.0;
    for (const GenerationRecord& generation : TANDEM_TRY(store.generations())) seconds += generation.seconds;
    return seconds;
}

} // namespace tandem::app
