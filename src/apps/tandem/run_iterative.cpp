#include "run_iterative.h"

#include <vector>

#include <fmt/format.h>

#include "run_outputs.h"
#include "tandem/codesign/iterative_search.h"
#include "tandem/codesign/quantization_space.h"
#include "tandem/codesign/run_record.h"
#include "tandem/report/fine_tuning_tables.h"

namespace tandem::app {

namespace fs = std::filesystem;

namespace {

fs::path round_folder(const fs::path& out, std::size_t round) { return out / fmt::format("round-{}", round); }

IterationRound round_of(const QuantizationProblem& problem, const StoredDesign& chosen) {
    const Cost cost = problem.cost(chosen.genome).value(); // it was priced before
    const Document details = parse_json(chosen.evaluation.details, "details").value();
    const Machine& machine = problem.machine();
    return {.array = machine.name(),
            .strategy = decode(chosen.genome, problem.experiment().network, problem.job().space),
            .accuracy = *details.find("accuracy")->get_if<double>(),
            .cost = hardware_cost(cost, machine),
            .evaluations = 0,
            .next_array = {},
            .next_cost = {}};
}

} // namespace

Result<void> run_iterative(const Job& job, const SeveralRuns& options, Progress& progress) {
    std::vector<IterationRound> rounds;
    std::vector<Genome> guesses; // the design of the round before: it fits the array that was found for it
    std::string machine_file = job.machine;
    std::string end;
    std::optional<FineTuning> tuning;
    std::string trained; // of the last round
    while (end.empty()) {
        const fs::path folder = round_folder(options.out, rounds.size() + 1);
        const Job own = round_job(job, machine_file);
        QuantizationProblem problem = TANDEM_TRY(load_problem(own, options.job_file, options.memory));
        if (rounds.empty()) tuning = TANDEM_TRY(prepare_fine_tuning(problem)); // the same for every round
        Opened opened = TANDEM_TRY(open_one_of_several(folder, own, options, std::move(problem), guesses));
        const auto crew =
            make_thread_crew([&](const Genome& genome) { return opened.problem.evaluate(genome); });
        const std::vector<StoredDesign> designs =
            TANDEM_TRY(search(opened, *crew, "the same command again", progress));
        const Selection selection = TANDEM_TRY(select_designs(opened.problem, designs));
        const StoredDesign& chosen = designs[selection.chosen];
        IterationRound& round = rounds.emplace_back(round_of(opened.problem, chosen));
        round.evaluations = designs.size();
        const Outcome<NextArray> next = next_array(opened.problem, chosen.genome);
        if (next) {
            round.next_array = next->machine->name();
            round.next_cost = next->cost;
            machine_file = fs::weakly_canonical(folder / "machine.yaml").string();
            TANDEM_TRY(write_file(machine_file, to_yaml(next->machine->describe()), Existing::replace));
            end = end_of_iteration(rounds, job.hardware->rounds);
        } else { // the space lacks the machine's own array, which does meet the targets
            round.next_array = round.array;
            round.next_cost = round.cost;
            end = "no array of the space meets the targets: " + next.error().reason;
        }
        const Phases phases{{"search", TANDEM_TRY(seconds_of_search(opened.store))}};
        std::optional<FineTuned> tuned;
        if (!end.empty()) {
            tuned = TANDEM_TRY(fine_tune(tuning, opened, designs, "the same command again", progress));
        }
        const double tuning_seconds = tuned ? tuned->account.seconds : 0.0;
        const Document front = TANDEM_TRY(
            write_outputs(opened.problem, designs, opened.store, opened.run.paths, phases,
                          end.empty() ? Deployment::none : Deployment::proven, std::move(tuned), progress));
        trained = format_fine_tuning(front, tuning_seconds);
        guesses = {chosen.genome};
    }
    const Document document = to_document(rounds, end);
    TANDEM_TRY(write_file(options.out / "iterations.json", to_json(document, JsonLayout::indented) + "\n",
                          Existing::replace));
    if (options.common.json) return print_json(document);
    return print(
        format_iterations(rounds, end) + trained +
        fmt::format("chosen:  {}\n", (round_folder(options.out, rounds.size()) / "chosen").string()));
}

} // namespace tandem::app
