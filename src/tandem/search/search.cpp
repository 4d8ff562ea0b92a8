#include "tandem/search/search.h"

#include <algorithm>
#include <limits>
#include <span>

#include "tandem/core/check.h"
#include "tandem/search/algorithms.h"
#include "tandem/search/genome_pool.h"

namespace tandem {

ContentHash content_hash(const Genome& genome) {
    Hasher hasher;
    hasher.add(std::span<const int>(genome));
    return hasher.finish();
}

// Every algorithm Tandem knows. Keep it sorted.
const std::vector<AlgorithmEntry>& known_algorithms() {
    static const std::vector<AlgorithmEntry> kEntries = {
        {"nsga2", "non-dominated sorting genetic algorithm (Deb et al. 2002)", make_nsga2},
        {"random", "uniformly random genomes, the yardstick; reads neither probability", make_random_search},
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
    fields.integer({.name = "seed", .meaning = "of everything random in the search"}, options.seed,
                   {.minimum = 0, .maximum = std::numeric_limits<std::int64_t>::max()});
}

} // namespace tandem
