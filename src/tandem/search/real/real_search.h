// NSGA-II on real variables: the same ranks, crowding and survival as the search over genomes, with the
// operators that published figures were made with. It shows that the algorithm is right and how fast
// it is; networks are searched with genomes (search.h).
#pragma once

#include <cstdint>
#include <vector>

#include "tandem/search/front.h"
#include "tandem/search/real/test_problems.h"

namespace tandem {

/// The settings of Deb et al. 2002, section IV.
struct RealSearchOptions {
    std::int64_t population = 100;  ///< a multiple of four
    std::int64_t generations = 250; ///< evaluations over population: the first population included
    double crossover_probability = 0.9;
    double crossover_index = 20.0;     ///< of simulated binary crossover: larger, nearer to the parents
    double mutation_probability = 0.0; ///< a variable; 0: one over the number of variables
    double mutation_index = 20.0;      ///< of polynomial mutation
    std::int64_t seed = 1;
};

struct RealSearchResult {
    std::vector<Objectives> population; ///< at the end
    std::int64_t evaluations = 0;
};

RealSearchResult search_real(const RealProblem& problem, const RealSearchOptions& options);

} // namespace tandem
