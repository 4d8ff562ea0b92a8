// The genetic algorithm of one objective: elitist, parents and children compete (Holland 1975; the
// survival is the (mu + lambda) of Baeck, Hoffmeister and Schwefel 1991). What it optimises is a
// ScalarFitness.
#include <algorithm>
#include <memory>

#include "tandem/search/algorithms.h"
#include "tandem/search/evolution.h"
#include "tandem/search/scalar_fitness.h"

namespace tandem {

std::unique_ptr<SearchAlgorithm> make_genetic(const GenomeSpace& space, const SearchOptions& options) {
    const auto fitness = std::make_shared<ScalarFitness>(options);
    return make_evolution(
        space, options, [fitness](std::vector<Individual>& people, std::size_t size, Random& /*random*/) {
            for (const Individual& individual : people) fitness->learn(individual.evaluation);
            std::ranges::stable_sort(people, [&](const Individual& left, const Individual& right) {
                return fitness->is_better(left.evaluation, right.evaluation);
            });
            std::size_t rank = 0;
            for (std::size_t i = 0; i < people.size(); ++i) {
                if (i > 0 && fitness->is_better(people[i - 1].evaluation, people[i].evaluation)) ++rank;
                people[i].rank = rank;
                people[i].crowding = 0.0;
            }
            if (people.size() > size) people.resize(size);
        });
}

} // namespace tandem
