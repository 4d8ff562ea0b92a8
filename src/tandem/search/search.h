// Search: algorithms that propose genomes and are told how they fared. This room does not know what
// a genome means.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tandem/core/fields.h"
#include "tandem/core/hash.h"
#include "tandem/core/random.h"
#include "tandem/core/result.h"

namespace tandem {

/// One allele index a gene.
using Genome = std::vector<int>;
ContentHash content_hash(const Genome& genome);

/// The space: how many alleles each gene has, and a name for each gene.
struct GenomeSpace {
    std::vector<std::string> gene_names;
    std::vector<int> alleles; ///< by gene, at least 1
    /// Where a single-point crossover may cut: the ends of each layer's genes. A cut at c parts genes
    /// [0, c) from the rest. Empty: anywhere.
    std::vector<std::size_t> cut_points;
    /// Genes without neighbours, as a machine's parameters are: crossover exchanges each by itself, and a
    /// nested search makes them its outer genes. Ascending, each once.
    std::vector<std::size_t> unordered_genes;
    /// Genomes worth trying first (uniform precisions, the reference); at most a population is used.
    std::vector<Genome> first_guesses;
};

/// How a genome fared. Objectives are minimised.
struct Evaluation {
    std::vector<double> objectives;       ///< empty when infeasible
    double violation = 0.0;               ///< 0: all constraints hold; larger is worse
    std::optional<Infeasible> infeasible; ///< why it has no objectives at all
    std::string details;                  ///< compact JSON of the evaluator, kept with the design

    bool operator==(const Evaluation&) const = default;
};

struct EvaluatedGenome {
    Genome genome;
    Evaluation evaluation;
};

/// An algorithm proposes; the driver evaluates and reports. Deterministic: the same seed and the
/// same reports give the same proposals.
class SearchAlgorithm {
  public:
    virtual ~SearchAlgorithm() = default;
    /// The next generation to evaluate; empty when the search is over. Not called again before the
    /// report of the last one.
    virtual std::vector<Genome> propose() = 0;
    /// The evaluations of the last proposal, in its order.
    virtual void report(std::span<const EvaluatedGenome> evaluated) = 0;
    /// The genomes that would be parents now.
    virtual std::vector<Genome> population() const = 0;
};

inline constexpr std::string_view kWeightedFitness = "weighted";
inline constexpr std::string_view kAccuracyCostFitness = "accuracy-cost";

/// What ends a search before its algorithm does; 0: nothing.
struct SearchBudget {
    std::int64_t evaluations = 0; ///< of distinct designs; met exactly
    double seconds = 0.0;         ///< of searching, resumed parts added; no generation begins after it
    /// Generations in which the hypervolume may stand still: it ends when the last so many together gained
    /// at most `stagnation_gain` of it.
    std::int64_t stagnation = 0;
    double stagnation_gain = 1e-4; ///< a ten-thousandth: below what a report shows

    bool operator==(const SearchBudget&) const = default;
};

/// The options of the algorithms. The first six are read by all that do not end by themselves; each of the
/// others by those that describe() names.
struct SearchOptions {
    std::string algorithm = "nsga2";    ///< the method this program was built around
    std::int64_t population = 40;       ///< with the generations, 1,000 evaluations: minutes on two cores
    std::int64_t generations = 25;      ///< proposals, the first one included
    double crossover_probability = 0.9; ///< Deb et al. 2002, section IV
    double mutation_probability = 0.0;  ///< a gene; 0: one over the number of genes (Deb et al. 2002)
    double child_mutation_probability = 1.0; ///< that mutation touches a child at all; Deb et al.: every one
    std::int64_t seed = 1;

    std::int64_t penalty_objective = 0;    ///< the first is what a network loses, in every job so far
    double penalty_threshold = 0.1;        ///< a tenth of the accuracy, or a tenth of a nat
    std::int64_t surrogate_candidates = 1; ///< 1: no surrogate; what it picks is only as good as its guess
    std::string fitness{kWeightedFitness};
    std::vector<double> fitness_weights; ///< by objective; 1 where there is none
    double fitness_tolerance = 0.01;     ///< a point of accuracy, as published comparisons allow
    double initial_temperature = 0.1;    ///< a loss of a tenth is first taken once in e times
    double final_temperature = 0.001;    ///< at the end only improvements, in effect
    std::int64_t agent_updates = 10;     ///< gradient steps a design: milliseconds beside its evaluation
    std::int64_t lookahead = 1;          ///< 1: none; each more costs the evaluations of a step again
    std::string sensitivity = "kl_divergence"; ///< smoother than accuracy, so its small values add up better
    std::int64_t exhaustive_limit = 1'000'000; ///< at a millisecond each, a quarter of an hour
    std::string inner_algorithm = "genetic";   ///< an outer design wants one answer
    std::int64_t inner_population = 10;        ///< small: it is run for every outer design
    std::int64_t inner_generations = 5;

    SearchBudget budget;

    bool operator==(const SearchOptions&) const = default;
};
/// Names only the fields that the algorithm reads.
void describe(Fields& fields, SearchOptions& options);

/// How an algorithm's proposals end.
enum class Ending {
    after_generations, ///< `generations` proposals of `population` genomes, unless the space is smaller
    by_itself          ///< when it has seen enough; it reads no `generations`
};
enum class Seeding { seeded, unseeded };

/// `make` expects a sound space (an allele or more a gene, guesses and cuts inside) and options
/// within the ranges that describe() names.
struct AlgorithmEntry {
    std::string_view name;
    std::string_view description;
    Ending ending;
    Seeding seeding;
    std::unique_ptr<SearchAlgorithm> (*make)(const GenomeSpace& space, const SearchOptions& options);
};
/// Every algorithm, sorted by name.
const std::vector<AlgorithmEntry>& known_algorithms();

/// Rules between the options, the space and the number of objectives: a space too large to be exhausted,
/// a fitness that reads more objectives than there are. `file` is what the problems name.
[[nodiscard]] Result<void> validate_search(const GenomeSpace& space, const SearchOptions& options,
                                           std::size_t objectives, const std::string& file);

/// The algorithm that the options name; it must be a known one, which describe() sees to.
std::unique_ptr<SearchAlgorithm> make_algorithm(const GenomeSpace& space, const SearchOptions& options);

} // namespace tandem
