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

/// The options every algorithm reads; one that does not use a field says so in its description.
struct SearchOptions {
    std::string algorithm = "nsga2";    ///< the method this program was built around
    std::int64_t population = 40;       ///< with the generations, 1,000 evaluations: minutes on two cores
    std::int64_t generations = 25;      ///< proposals, the first one included
    double crossover_probability = 0.9; ///< Deb et al. 2002, section IV
    double mutation_probability = 0.0;  ///< a gene; 0: one over the number of genes (Deb et al. 2002)
    std::int64_t seed = 1;

    bool operator==(const SearchOptions&) const = default;
};
void describe(Fields& fields, SearchOptions& options);

/// `make` expects a sound space (an allele or more a gene, guesses and cuts inside) and options
/// within the ranges that describe() names.

struct AlgorithmEntry {
    std::string_view name;
    std::string_view description;
    std::unique_ptr<SearchAlgorithm> (*make)(const GenomeSpace& space, const SearchOptions& options);
};
/// Every algorithm, sorted by name.
const std::vector<AlgorithmEntry>& known_algorithms();

/// The algorithm that the options name; it must be a known one, which describe() sees to.
std::unique_ptr<SearchAlgorithm> make_algorithm(const GenomeSpace& space, const SearchOptions& options);

} // namespace tandem
