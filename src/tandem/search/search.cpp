#include "tandem/search/search.h"

#include <algorithm>
#include <limits>
#include <span>

#include <fmt/format.h>

#include "tandem/core/check.h"
#include "tandem/search/algorithms.h"
#include "tandem/search/choices/choice_program.h"
#include "tandem/search/genome_pool.h"
#include "tandem/training/training.h"

namespace tandem {

namespace {

bool is_one_of(const std::string& word, std::initializer_list<std::string_view> words) {
    return std::ranges::find(words, word) != words.end();
}

bool reads_fitness(const SearchOptions& options) {
    return is_one_of(options.algorithm, {"annealing", "ddpg", "genetic", "nested"});
}

bool is_evolution(const SearchOptions& options) {
    return is_one_of(options.algorithm, {"genetic", "nsga2", "nsga2-penalty", "nsga3", "spea2"});
}

/// Every algorithm but the nested one itself, and the two that would learn or measure anew for each machine.
std::vector<std::string> inner_names() {
    std::vector<std::string> names;
    for (const AlgorithmEntry& entry : known_algorithms()) {
        if (!is_one_of(std::string(entry.name), {"ddpg", "integer-programming", "nested"}))
            names.emplace_back(entry.name);
    }
    return names;
}

} // namespace

ContentHash content_hash(const Genome& genome) {
    Hasher hasher;
    hasher.add(std::span<const int>(genome));
    return hasher.finish();
}

// Every algorithm Tandem knows. Keep it sorted.
const std::vector<AlgorithmEntry>& known_algorithms() {
    static const std::vector<AlgorithmEntry> kEntries = {
        {"annealing", "simulated annealing, as many chains as the population; one fitness",
         Ending::after_generations, Seeding::seeded, make_annealing},
        {"ddpg", "a learning agent that walks over the layers (Wang et al. 2019); one fitness",
         Ending::after_generations, Seeding::seeded, make_ddpg},
        {"exhaustive", "every genome of a small space", Ending::by_itself, Seeding::unseeded,
         make_exhaustive},
        {"genetic", "genetic algorithm of one fitness", Ending::after_generations, Seeding::seeded,
         make_genetic},
        {"greedy", "greedy sensitivity descent from the first guess, with lookahead", Ending::by_itself,
         Seeding::unseeded, make_greedy},
        {"integer-programming", "least summed loss within bounds, of changes measured one at a time",
         Ending::by_itself, Seeding::unseeded, make_integer_programming},
        {"nested", "an outer search over the machine, an inner one over the network for each",
         Ending::by_itself, Seeding::seeded, make_nested},
        {"nsga2", "non-dominated sorting genetic algorithm (Deb et al. 2002)", Ending::after_generations,
         Seeding::seeded, make_nsga2},
        {"nsga2-penalty", "NSGA-II that compares designs beyond a threshold on a penalty first",
         Ending::after_generations, Seeding::seeded, make_nsga2_penalty},
        {"nsga3", "NSGA-II with reference directions, for four objectives and more (Deb and Jain 2014)",
         Ending::after_generations, Seeding::seeded, make_nsga3},
        {"random", "uniformly random genomes, the yardstick; reads neither probability",
         Ending::after_generations, Seeding::seeded, make_random_search},
        {"spea2", "strength Pareto evolutionary algorithm (Zitzler et al. 2001)", Ending::after_generations,
         Seeding::seeded, make_spea2},
        {"uniform", "every layer alike, all uniform precisions", Ending::by_itself, Seeding::unseeded,
         make_uniform},
    };
    return kEntries;
}

std::unique_ptr<SearchAlgorithm> make_algorithm(const GenomeSpace& space, const SearchOptions& options) {
    check_space(space);
    TANDEM_CHECK(options.population >= 1 && options.generations >= 1, "a search needs a proposal");
    const auto entry = std::ranges::find(known_algorithms(), options.algorithm, &AlgorithmEntry::name);
    TANDEM_CHECK(entry != known_algorithms().end(), "an unknown algorithm passed the job's reader");
    return entry->make(space, options);
}

Result<void> validate_search(const GenomeSpace& space, const SearchOptions& options, std::size_t objectives,
                             const std::string& file) {
    std::vector<Problem> problems;
    const auto require = [&](bool holds, const std::string& place, std::string found, std::string expected) {
        if (!holds) problems.push_back({file, "search." + place, std::move(found), std::move(expected)});
    };
    const bool is_nested = options.algorithm == "nested";
    if (options.algorithm == "exhaustive") {
        const std::uint64_t count = genome_count(space);
        require(count <= static_cast<std::uint64_t>(options.exhaustive_limit), "algorithm",
                fmt::format("exhaustive over {} designs", count),
                fmt::format("at most search.exhaustive_limit, {}; or another algorithm",
                            options.exhaustive_limit));
    }
    require(!is_nested || !space.unordered_genes.empty(), "algorithm",
            "nested without a choice of the machine",
            "a space with machine parameters, or another algorithm");
    if (reads_fitness(options)) {
        require(options.fitness != kAccuracyCostFitness || objectives >= 2, "fitness",
                fmt::format("{} with {} objective", kAccuracyCostFitness, objectives),
                "two objectives: what accuracy lacks, then a cost");
        require(options.fitness_weights.size() <= objectives, "fitness_weights",
                fmt::format("{} weights", options.fitness_weights.size()),
                fmt::format("at most one an objective, {}", objectives));
    }
    require(options.algorithm != "nsga2-penalty" ||
                options.penalty_objective < static_cast<std::int64_t>(objectives),
            "penalty_objective", std::to_string(options.penalty_objective),
            fmt::format("less than the number of objectives, {}", objectives));
    require(options.algorithm != "annealing" || options.final_temperature <= options.initial_temperature,
            "final_temperature", fmt::format("{}", options.final_temperature),
            fmt::format("at most the initial one, {}", options.initial_temperature));
    require(options.algorithm != "integer-programming" || objectives >= 2, "algorithm",
            fmt::format("integer-programming with {} objective", objectives),
            "two objectives: a loss, then what is bounded");
    if (!problems.empty()) return bad_input(std::move(problems));
    if (options.algorithm == "ddpg") TANDEM_TRY(load_trainer());
    if (options.algorithm == "integer-programming") TANDEM_TRY(find_integer_solver());
    return {};
}

void describe(Fields& fields, SearchOptions& options) {
    std::vector<std::string> names;
    for (const AlgorithmEntry& entry : known_algorithms()) names.emplace_back(entry.name);
    fields.choice({.name = "algorithm", .meaning = "how the next genomes are proposed"}, options.algorithm,
                  names);
    fields.integer({.name = "population", .meaning = "genomes a generation"}, options.population,
                   {.minimum = 1, .maximum = 100'000});
    fields.integer({.name = "generations", .meaning = "proposals, the first one included"},
                   options.generations, {.minimum = 1, .maximum = 1'000'000});
    fields.number({.name = "crossover_probability", .meaning = "that two parents exchange genes"},
                  options.crossover_probability, {.minimum = 0.0, .maximum = 1.0});
    fields.number({.name = "mutation_probability",
                   .meaning = "that a gene of a child changes; 0: one over the number of genes"},
                  options.mutation_probability, {.minimum = 0.0, .maximum = 1.0});
    fields.number({.name = "child_mutation_probability", .meaning = "that mutation touches a child at all"},
                  options.child_mutation_probability, {.minimum = 0.0, .maximum = 1.0});
    fields.integer({.name = "seed", .meaning = "of everything random in the search"}, options.seed,
                   {.minimum = 0, .maximum = std::numeric_limits<std::int64_t>::max()});

    fields.section({.name = "budget", .meaning = "what ends the search before that"}, [&](Fields& inner) {
        SearchBudget& budget = options.budget;
        inner.integer({.name = "evaluations", .meaning = "distinct designs; 0: no limit"}, budget.evaluations,
                      kNonNegativeInteger);
        inner.number({.name = "seconds", .meaning = "of searching; 0: no limit"}, budget.seconds,
                     kNonNegativeNumber);
        inner.integer(
            {.name = "stagnation", .meaning = "generations without gain in hypervolume; 0: no limit"},
            budget.stagnation, kNonNegativeInteger);
        inner.number({.name = "stagnation_gain", .meaning = "the gain that counts as none, as a share"},
                     budget.stagnation_gain, kFraction);
    });
    if (is_evolution(options)) {
        fields.integer(
            {.name = "surrogate_candidates",
             .meaning = "candidates a child among which a nearest-neighbour predictor picks; 1: none"},
            options.surrogate_candidates, {.minimum = 1, .maximum = 1000});
    }
    if (options.algorithm == "nsga2-penalty") {
        fields.integer({.name = "penalty_objective", .meaning = "objective that is watched, from 0"},
                       options.penalty_objective, kNonNegativeInteger);
        fields.number(
            {.name = "penalty_threshold", .meaning = "its value, minimised, beyond which it is a penalty"},
            options.penalty_threshold, {});
    }
    if (reads_fitness(options)) {
        fields.choice({.name = "fitness", .meaning = "how objectives become one number"}, options.fitness,
                      {std::string(kAccuracyCostFitness), std::string(kWeightedFitness)});
        fields.numbers(
            {.name = "fitness_weights", .meaning = "of the objectives, in their order; 1 where none is"},
            options.fitness_weights, kNonNegativeNumber);
        fields.number({.name = "fitness_tolerance", .meaning = "t of accuracy-cost, as a share"},
                      options.fitness_tolerance, kPositiveNumber);
    }
    if (options.algorithm == "annealing") {
        fields.number({.name = "initial_temperature", .meaning = "of the first step, in fitness"},
                      options.initial_temperature, kPositiveNumber);
        fields.number({.name = "final_temperature", .meaning = "of the last step, in fitness"},
                      options.final_temperature, kPositiveNumber);
    }
    if (options.algorithm == "ddpg") {
        fields.integer({.name = "agent_updates", .meaning = "gradient steps of the agent for each design"},
                       options.agent_updates, {.minimum = 1, .maximum = 10'000});
    }
    if (options.algorithm == "greedy") {
        fields.integer({.name = "lookahead", .meaning = "best steps that are followed one further; 1: none"},
                       options.lookahead, {.minimum = 1, .maximum = 1000});
    }
    if (options.algorithm == "integer-programming") {
        fields.text({.name = "sensitivity",
                     .meaning = "figure of a design's details that its loss is measured by; where it has "
                                "none, the first objective"},
                    options.sensitivity);
    }
    if (options.algorithm == "exhaustive") {
        fields.integer({.name = "exhaustive_limit", .meaning = "designs of the largest space it will try"},
                       options.exhaustive_limit, kPositiveInteger);
    }
    if (options.algorithm == "nested") {
        fields.choice({.name = "inner_algorithm", .meaning = "searches the network for each machine"},
                      options.inner_algorithm, inner_names());
        fields.integer({.name = "inner_population", .meaning = "genomes an inner generation"},
                       options.inner_population, {.minimum = 1, .maximum = 100'000});
        fields.integer({.name = "inner_generations", .meaning = "of each inner search"},
                       options.inner_generations, {.minimum = 1, .maximum = 1'000'000});
    }
}

} // namespace tandem
