// The makers of the algorithms, for the one list of them. Inside the search room only.
#pragma once

#include <memory>

#include "tandem/search/search.h"

namespace tandem {

std::unique_ptr<SearchAlgorithm> make_annealing(const GenomeSpace& space, const SearchOptions& options);
std::unique_ptr<SearchAlgorithm> make_ddpg(const GenomeSpace& space, const SearchOptions& options);
std::unique_ptr<SearchAlgorithm> make_exhaustive(const GenomeSpace& space, const SearchOptions& options);
std::unique_ptr<SearchAlgorithm> make_genetic(const GenomeSpace& space, const SearchOptions& options);
std::unique_ptr<SearchAlgorithm> make_greedy(const GenomeSpace& space, const SearchOptions& options);
std::unique_ptr<SearchAlgorithm> make_integer_programming(const GenomeSpace& space,
                                                          const SearchOptions& options);
std::unique_ptr<SearchAlgorithm> make_nested(const GenomeSpace& space, const SearchOptions& options);
std::unique_ptr<SearchAlgorithm> make_nsga2(const GenomeSpace& space, const SearchOptions& options);
std::unique_ptr<SearchAlgorithm> make_nsga2_penalty(const GenomeSpace& space, const SearchOptions& options);
std::unique_ptr<SearchAlgorithm> make_nsga3(const GenomeSpace& space, const SearchOptions& options);
std::unique_ptr<SearchAlgorithm> make_random_search(const GenomeSpace& space, const SearchOptions& options);
std::unique_ptr<SearchAlgorithm> make_spea2(const GenomeSpace& space, const SearchOptions& options);
std::unique_ptr<SearchAlgorithm> make_uniform(const GenomeSpace& space, const SearchOptions& options);

} // namespace tandem
