// What all evolutionary searches over genomes share: parents, tournaments, children, and a survival that
// tells them apart. Inside the search room only.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "tandem/core/random.h"
#include "tandem/search/search.h"

namespace tandem {

struct Individual {
    Genome genome;
    Evaluation evaluation; ///< without its details, which no search reads
    /// Lower is better; of equal ranks, more crowding distance is better (the crowded comparison of Deb et
    /// al. 2002, section III-B). A survival sets both.
    std::size_t rank = 0;
    double crowding = 0.0;
};
bool is_preferred(const Individual& left, const Individual& right);

/// Takes parents and children alike and leaves at most `size` of them, best first, with rank and
/// crowding. The stream is this generation's own.
using Survival = std::function<void(std::vector<Individual>& people, std::size_t size, Random& random)>;

/// Tournaments of two, single-point crossover of neighbouring genes and uniform crossover of the
/// others, mutation to another allele, no genome twice; with `surrogate_candidates`, a cheap predictor
/// picks the children among that many times as many.
std::unique_ptr<SearchAlgorithm> make_evolution(const GenomeSpace& space, const SearchOptions& options,
                                                Survival survival);

/// The survival of NSGA-II (Deb et al. 2002, section III-C).
void survive_by_crowding(std::vector<Individual>& people, std::size_t size, Random& random);

/// Puts the individuals in order of preference and cuts.
void keep_preferred(std::vector<Individual>& people, std::size_t size);

/// The ranks of non_dominated_ranks.
std::vector<std::size_t> ranks_of(const std::vector<Individual>& people);

} // namespace tandem
