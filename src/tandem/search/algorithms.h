// The makers of the algorithms, for the one list of them. Inside the search room only.
#pragma once

#include <memory>

#include "tandem/search/search.h"

namespace tandem {

std::unique_ptr<SearchAlgorithm> make_nsga2(const GenomeSpace& space, const SearchOptions& options);
std::unique_ptr<SearchAlgorithm> make_random_search(const GenomeSpace& space, const SearchOptions& options);

} // namespace tandem
