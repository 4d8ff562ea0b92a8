#include "tandem/codesign/run_record.h"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

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

std::optional<std::size_t> index_of(const std::vector<StoredDesign>& designs, const Genome& genome) {
    const auto found = std::find_if(designs.begin(), designs.end(),
                                    [&](const StoredDesign& design) { return design.genome == genome; });
    if (found == designs.end()) return std::nullopt;
    return static_cast<std::size_t>(found - designs.begin());
}

Document describe_network(const QuantizationProblem& problem) {
    const Network& network = problem.experiment().network;
    const Strategy widest = uniform_strategy(network, kMaximumBits, kMaximumBits);
    Document::List list;
    const std::vector<const Node*> nodes = layers(network);
    const Workload workload = make_workload(network, widest);
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        const LayerWork& work = workload.layers[i].work;
        list.push_back(Document::Map{{"name", nodes[i]->name},
                                     {"type", nodes[i]->type},
                                     {"multiply_accumulates", multiply_accumulates(work).value},
                                     {"weights", elements(work, Operand::weights)}});
    }
    return Document::Map{
        {"name", network.name}, {"parameters", problem.experiment().parameters}, {"layers", std::move(list)}};
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

/// Energy of one layer by where it is spent.
Document describe_energy(const LayerCost& layer) {
    Document::Map energy{{"compute", layer.compute_energy.value}};
    for (const LevelTraffic& level : layer.traffic) energy.emplace_back(level.level, level.energy.value);
    return energy;
}

/// Everything known of one feasible design.
Document describe_design(const QuantizationProblem& problem, const StoredDesign& design,
                         std::optional<double> test_accuracy) {
    const Strategy strategy = problem.strategy(design.genome);
    const Outcome<Cost> cost = problem.cost(design.genome);
    TANDEM_CHECK(cost.has_value(), "a design on the front was priced before");
    const Result<Document> details = parse_json(design.evaluation.details, "run.sqlite");
    TANDEM_CHECK(details.has_value(), "the store keeps what the evaluator wrote");

    Document::Map map{{"id", design.id}};
    for (const char* key : {"accuracy", "kl_divergence"}) map.emplace_back(key, *details->find(key));
    if (test_accuracy) map.emplace_back("test_accuracy", *test_accuracy);
    map.emplace_back("energy", cost->energy().value);
    map.emplace_back("latency", cost->cycles().value);
    map.emplace_back("weight_storage_bytes", bytes_holding(cost->weight_storage).value);
    const MachinePointer machine = problem.machine_of(design.genome).value();
    if (const auto resources = machine->resources()) {
        map.emplace_back("machine", machine->name());
        map.emplace_back("luts", resources->luts);
        map.emplace_back("brams", resources->brams);
        map.emplace_back("compute_cycles", cost->compute_cycles().value);
        map.emplace_back("dram_bytes", cost->outermost_bytes().value);
    }
    Document::List layer_list;
    for (std::size_t i = 0; i < strategy.layers.size(); ++i) {
        const LayerStrategy& layer = strategy.layers[i];
        const LayerCost& price = cost->layers[i];
        layer_list.push_back(Document::Map{{"name", layer.layer},
                                           {"weight_bits", layer.weight_bits},
                                           {"activation_bits", layer.activation_bits},
                                           {"cycles", price.cycles.value},
                                           {"compute_cycles", price.compute_cycles.value},
                                           {"utilization", price.utilization},
                                           {"energy", describe_energy(price)}});
    }
    map.emplace_back("layers", std::move(layer_list));
    return map;
}

/// The machine that a feasible genome runs on.
Document describe_machine(const QuantizationProblem& problem, const Genome& genome) {
    const Outcome<Cost> cost = problem.cost(genome);
    const MachinePointer machine = problem.machine_of(genome).value();
    Document::List levels;
    for (const LevelTraffic& level : cost->layers.front().traffic) levels.emplace_back(level.level);
    return Document::Map{{"name", machine->name()},
                         {"family", machine->family()},
                         {"description", to_yaml(machine->describe())},
                         {"levels", std::move(levels)}};
}

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
                        const Selection& selection, const FinalFigures& figures) {
    const Job& job = problem.job();
    Document::List uniform;
    std::set<std::size_t> detailed(selection.front.begin(), selection.front.end());
    detailed.insert(selection.reference);
    for (const UniformGenome& candidate : uniform_genomes(problem.space(), job.space)) {
        const std::optional<std::size_t> index = index_of(designs, candidate.genome);
        if (!index || designs[*index].evaluation.infeasible) continue;
        uniform.push_back(
            Document::Map{{"label", fmt::format("{}-bit", candidate.bits)}, {"id", designs[*index].id}});
        detailed.insert(*index);
    }
    Document::List details;
    for (const std::size_t index : detailed) {
        std::optional<double> test_accuracy;
        if (index == selection.chosen) test_accuracy = figures.chosen_test_accuracy;
        if (index == selection.reference) test_accuracy = figures.reference_test_accuracy;
        details.push_back(describe_design(problem, designs[index], test_accuracy));
    }
    return Document::Map{{"title", job.name},
                         {"tandem_version", kVersion},
                         {"job", to_yaml(job)},
                         {"seed", job.search.seed},
                         {"dataset", Document::Map{{"name", job.data.dataset},
                                                   {"validation_samples", job.data.validation},
                                                   {"test_samples", figures.test_samples}}},
                         {"network", describe_network(problem)},
                         {"machine", describe_machine(problem, designs[selection.chosen].genome)},
                         {"objectives", describe_objectives(job)},
                         {"float_accuracy", problem.float_accuracy()},
                         {"float_test_accuracy", figures.float_test_accuracy},
                         {"hypervolume_reference",
                          [&] {
                              Document::List list;
                              for (const double worst : problem.hypervolume_reference())
                                  list.emplace_back(worst);
                              return list;
                          }()},
                         {"evaluated", designs.size()},
                         {"front", ids(designs, selection.front)},
                         {"chosen", designs[selection.chosen].id},
                         {"reference", designs[selection.reference].id},
                         {"uniform", std::move(uniform)},
                         {"details", std::move(details)}};
}

Document run_document(const Document& front, const std::vector<StoredDesign>& designs,
                      const std::vector<GenerationRecord>& generations) {
    Document::List id;
    Document::List generation_of;
    Document::List feasible;
    for (const StoredDesign& design : designs) {
        id.emplace_back(design.id);
        generation_of.emplace_back(design.generation);
        feasible.emplace_back(!design.evaluation.infeasible && design.evaluation.violation == 0.0);
    }
    Document::Map columns{
        {"id", std::move(id)}, {"generation", std::move(generation_of)}, {"feasible", std::move(feasible)}};
    append_objective_columns(columns, *front.find("objectives"), designs);

    double whole = 1.0; // the box between the ideal corner and the reference, to show shares of it
    for (const Document& worst : *front.find("hypervolume_reference")->get_if<Document::List>()) {
        whole *= *worst.get_if<double>();
    }
    Document::List history;
    for (const GenerationRecord& generation : generations) {
        history.push_back(Document::Map{{"generation", generation.generation},
                                        {"hypervolume", generation.hypervolume / whole},
                                        {"evaluated", generation.evaluated},
                                        {"seconds", generation.seconds}});
    }
    Document::Map document = *front.get_if<Document::Map>();
    document.emplace_back("designs", std::move(columns));
    document.emplace_back("generations", std::move(history));
    return document;
}

} // namespace tandem
