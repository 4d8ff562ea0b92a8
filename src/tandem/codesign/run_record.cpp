#include "tandem/codesign/run_record.h"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "tandem/codesign/design_record.h"
#include "tandem/codesign/fine_tuning_record.h"
#include "tandem/codesign/quantization_space.h"
#include "tandem/core/check.h"
#include "tandem/core/version.h"
#include "tandem/search/front.h"

namespace tandem {

namespace {

std::vector<Evaluation> evaluations_of(const std::vector<StoredDesign>& designs) {
    std::vector<Evaluation> evaluations;
    evaluations.reserve(designs.size());
    for (const StoredDesign& design : designs) evaluations.push_back(design.evaluation);
    return evaluations;
}

/// The error of a run without any acceptable design.
tl::unexpected<Error> nothing_feasible(const Job& job, const std::vector<StoredDesign>& designs) {
    std::map<std::string, int> reasons;
    double least_violation = std::numeric_limits<double>::infinity();
    for (const StoredDesign& design : designs) {
        if (design.evaluation.infeasible) {
            ++reasons[design.evaluation.infeasible->reason];
        } else {
            least_violation = std::min(least_violation, design.evaluation.violation);
        }
    }
    std::string found = fmt::format("no feasible design among {}", designs.size());
    if (!reasons.empty()) {
        const auto commonest =
            std::max_element(reasons.begin(), reasons.end(),
                             [](const auto& left, const auto& right) { return left.second < right.second; });
        found += fmt::format("; {} do not fit: {}", commonest->second, commonest->first);
    } else if (!designs.empty()) {
        found += fmt::format("; the best misses the allowed accuracy drop by {:.4f}", least_violation);
    }
    return failed(job.name, "", found, "a larger machine, a wider space or a looser constraint");
}

Document describe_objectives(const Job& job) {
    Document::List list;
    for (const Objective* objective : find_objectives(job.objectives)) {
        list.push_back(Document::Map{{"key", objective->name},
                                     {"label", objective->label},
                                     {"unit", objective->unit},
                                     {"goal", objective->goal == Goal::maximize ? "maximize" : "minimize"},
                                     {"scale", objective->display_scale}});
    }
    return list;
}

/// What a design must keep, as lines in the units of the objectives' stored values.
Document describe_constraints(const QuantizationProblem& problem) {
    Document::List list;
    const double drop = problem.job().constraints.accuracy_drop;
    if (drop < 1.0) {
        list.push_back(Document::Map{{"objective", "accuracy"},
                                     {"bound", problem.float_accuracy() - drop},
                                     {"label", "lowest allowed accuracy"}});
    }
    // Only a board's designs have these; a job for another machine is refused.
    for (const auto& [objective, bound] :
         {std::pair("flash_bytes", problem.job().constraints.flash_bytes),
          std::pair("ram_bytes", problem.job().constraints.ram_bytes),
          std::pair("instructions", problem.job().constraints.instructions)}) {
        if (!bound) continue;
        list.push_back(Document::Map{{"objective", objective},
                                     {"bound", static_cast<double>(*bound)},
                                     {"label", "most that the job allows"}});
    }
    return list;
}

/// Why a design is not acceptable; empty when it is.
std::string reason_against(const Evaluation& evaluation) {
    if (evaluation.infeasible) return evaluation.infeasible->reason;
    return evaluation.violation > 0.0 ? "accuracy: drops by more than the job allows" : "";
}

bool is_priced(const StoredDesign& design) { return !design.evaluation.infeasible; }

Document::List ids(const std::vector<StoredDesign>& designs, const std::vector<std::size_t>& indices) {
    Document::List list;
    for (const std::size_t index : indices) list.emplace_back(designs[index].id);
    return list;
}

/// The values a search minimised, back to what a person reads, as columns.
void append_objective_columns(Document::Map& columns, const Document& objectives,
                              const std::vector<StoredDesign>& designs) {
    const auto& list = *objectives.get_if<Document::List>();
    for (std::size_t i = 0; i < list.size(); ++i) {
        const std::string& key = *list[i].find("key")->get_if<std::string>();
        const Objective& objective = *find_objectives({key}).front();
        Document::List column;
        for (const StoredDesign& design : designs) {
            const std::vector<double>& values = design.evaluation.objectives;
            column.push_back(values.empty() ? Document() : Document(from_minimized(objective, values[i])));
        }
        columns.emplace_back(key, std::move(column));
    }
}

} // namespace

std::optional<std::size_t> index_of(const std::vector<StoredDesign>& designs, const Genome& genome) {
    const auto found = std::find_if(designs.begin(), designs.end(),
                                    [&](const StoredDesign& design) { return design.genome == genome; });
    if (found == designs.end()) return std::nullopt;
    return static_cast<std::size_t>(found - designs.begin());
}

Result<Selection> select_designs(const QuantizationProblem& problem,
                                 const std::vector<StoredDesign>& designs) {
    const std::vector<Evaluation> evaluations = evaluations_of(designs);
    Selection selection;
    selection.front = front_indices(evaluations);
    if (selection.front.empty()) return nothing_feasible(problem.job(), designs);
    const auto objectives = [&](std::size_t index) -> const Objectives& {
        return evaluations[index].objectives;
    };
    std::stable_sort(
        selection.front.begin(), selection.front.end(),
        [&](std::size_t left, std::size_t right) { return objectives(left) < objectives(right); });
    std::vector<Objectives> points;
    for (const std::size_t index : selection.front) points.push_back(objectives(index));
    selection.chosen = selection.front[balanced_choice(points)];
    // The widest genome is the first guess of every search, so it is among the designs. Where no
    // machine takes it, the widest uniform precision that one takes stands for it.
    const std::optional<std::size_t> widest = index_of(designs, widest_genome(problem.space()));
    TANDEM_CHECK(widest.has_value(), "every search begins with the widest genome");
    std::vector<std::size_t> candidates{*widest};
    for (const UniformGenome& uniform : uniform_genomes(problem.space(), problem.job().space)) {
        if (const auto index = index_of(designs, uniform.genome)) candidates.push_back(*index);
    }
    candidates.push_back(selection.chosen);
    selection.reference = *std::find_if(candidates.begin(), candidates.end(),
                                        [&](std::size_t index) { return !evaluations[index].infeasible; });
    return selection;
}

Document front_document(const QuantizationProblem& problem, const std::vector<StoredDesign>& designs,
                        const Selection& selection, const std::optional<FinalFigures>& figures,
                        const FineTuned* tuned) {
    const Job& job = problem.job();
    Document::List uniform;
    std::set<std::size_t> detailed(selection.front.begin(), selection.front.end());
    detailed.insert(selection.chosen); // training may have moved the choice off the front
    if (is_priced(designs[selection.reference])) detailed.insert(selection.reference);
    for (const UniformGenome& candidate : uniform_genomes(problem.space(), job.space)) {
        const std::optional<std::size_t> index = index_of(designs, candidate.genome);
        if (!index || designs[*index].evaluation.infeasible) continue;
        uniform.push_back(
            Document::Map{{"label", fmt::format("{}-bit", candidate.bits)}, {"id", designs[*index].id}});
        detailed.insert(*index);
    }
    if (tuned != nullptr) { // a rival need not lie on the front either
        for (const FinalStrategy& trained : tuned->finals) {
            if (trained.design && is_priced(designs[*trained.design])) detailed.insert(*trained.design);
        }
    }
    Document::List details;
    MappingList mappings;
    const bool has_confusion = problem.experiment().dataset.classes.size() <= kMostConfusedClasses;
    for (const std::size_t index : detailed) {
        const Result<QuantizedNetwork> network = final_network(problem, designs, index, tuned);
        TANDEM_CHECK(network.has_value(), "a design that is described was scored before");
        MeasuredFigures measured;
        if (figures) {
            if (index == selection.chosen) measured.test_accuracy = figures->chosen_test_accuracy;
            if (index == selection.reference) measured.test_accuracy = figures->reference_test_accuracy;
            if (has_confusion) {
                const Result<IntegerProgram> program = lower_to_integers(network->network, network->strategy);
                TANDEM_CHECK(program.has_value(), "a design that is described was executed before");
                measured.confusion = problem.confusion(*program);
            }
        }
        if (const FinalStrategy* const trained = tuned != nullptr ? tuned->find(index) : nullptr) {
            measured.fine_tuned_accuracy = trained->quality.accuracy;
            measured.test_accuracy = trained->test_accuracy;
        }
        details.push_back(describe_design(problem, designs[index], network->strategy, measured, mappings));
    }
    Document::List classes;
    if (has_confusion) {
        classes.assign(problem.experiment().dataset.classes.begin(),
                       problem.experiment().dataset.classes.end());
    }
    Document::Map document{
        {"document_version", kRunDocumentVersion},
        {"title", job.name},
        {"tandem_version", kVersion},
        {"job", to_yaml(job)},
        {"seed", job.search.seed},
        {"dataset", Document::Map{{"name", job.data.dataset},
                                  {"validation_samples", std::ssize(problem.experiment().split.validation)},
                                  {"test_samples", figures ? figures->test_samples : 0},
                                  {"classes", std::move(classes)}}},
        {"network", describe_network(problem)},
        {"machine", describe_machine(problem, designs[selection.chosen].genome)},
        {"objectives", describe_objectives(job)},
        {"constraints", describe_constraints(problem)},
        {"float_accuracy", problem.float_accuracy()},
        {"float_test_accuracy", figures ? Document(figures->float_test_accuracy) : Document()},
        {"hypervolume_reference",
         [&] {
             Document::List list;
             for (const double worst : problem.hypervolume_reference()) list.emplace_back(worst);
             return list;
         }()},
        {"evaluated", designs.size()},
        {"front", ids(designs, selection.front)},
        {"chosen", designs[selection.chosen].id},
        {"reference",
         is_priced(designs[selection.reference]) ? Document(designs[selection.reference].id) : Document()},
        {"uniform", std::move(uniform)},
        {"details", std::move(details)},
        {"mappings", mappings.take()}};
    if (tuned != nullptr) {
        document.emplace_back("fine_tuning", describe_fine_tuning(problem, designs, *tuned));
    }
    return document;
}

Document run_document(const Document& front, const std::vector<StoredDesign>& designs,
                      const std::vector<GenerationRecord>& generations) {
    Document::List id;
    Document::List generation_of;
    Document::List feasible;
    Document::List reason_of;
    Document::List reasons; // distinct, in order of appearance
    std::map<std::string, std::size_t> places;
    for (const StoredDesign& design : designs) {
        id.emplace_back(design.id);
        generation_of.emplace_back(design.generation);
        const std::string reason = reason_against(design.evaluation);
        feasible.emplace_back(reason.empty());
        if (reason.empty()) {
            reason_of.emplace_back();
            continue;
        }
        const auto [place, is_new] = places.try_emplace(reason, reasons.size());
        if (is_new) reasons.emplace_back(reason);
        reason_of.emplace_back(place->second);
    }
    Document::Map columns{{"id", std::move(id)},
                          {"generation", std::move(generation_of)},
                          {"feasible", std::move(feasible)},
                          {"reason", std::move(reason_of)}};
    append_objective_columns(columns, *front.find("objectives"), designs);

    double whole = 1.0; // the box between the ideal corner and the reference, to show shares of it
    for (const Document& worst : *front.find("hypervolume_reference")->get_if<Document::List>()) {
        const auto* count = worst.get_if<std::int64_t>(); // "1.0" may have become "1" in an editor
        whole *= count != nullptr ? static_cast<double>(*count) : *worst.get_if<double>();
    }
    Document::List history;
    for (const GenerationRecord& generation : generations) {
        history.push_back(Document::Map{{"generation", generation.generation},
                                        {"hypervolume", generation.hypervolume / whole},
                                        {"proposed", generation.proposed.size()},
                                        {"evaluated", generation.evaluated},
                                        {"seconds", generation.seconds}});
    }
    Document::Map document = *front.get_if<Document::Map>();
    document.emplace_back("reasons", std::move(reasons));
    document.emplace_back("designs", std::move(columns));
    document.emplace_back("generations", std::move(history));
    return document;
}

} // namespace tandem
