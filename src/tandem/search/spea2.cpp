// SPEA2: Zitzler, Laumanns and Thiele, "SPEA2: Improving the Strength Pareto Evolutionary Algorithm", ETH
// Zurich, TIK report 103, 2001. A design's raw fitness is the strength of all that dominate it; among
// equals the less crowded is better; a front too large loses its closest neighbours one by one. Beyond the
// report: objectives are scaled to their range before a distance is taken.
#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "tandem/search/algorithms.h"
#include "tandem/search/evolution.h"
#include "tandem/search/front.h"

namespace tandem {

namespace {

using Matrix = std::vector<std::vector<double>>;

/// Squared distances between the designs; those without objectives lie at one point.
Matrix distances_between(const std::vector<Individual>& people) {
    std::vector<Objectives> points;
    Objectives least;
    Objectives most;
    for (const Individual& individual : people) {
        const Objectives& objectives = individual.evaluation.objectives;
        points.push_back(objectives);
        if (objectives.empty()) continue;
        if (least.empty()) least = most = objectives;
        for (std::size_t i = 0; i < objectives.size(); ++i) {
            least[i] = std::min(least[i], objectives[i]);
            most[i] = std::max(most[i], objectives[i]);
        }
    }
    Matrix distances(people.size(), std::vector<double>(people.size(), 0.0));
    for (std::size_t i = 0; i < people.size(); ++i) {
        for (std::size_t k = i + 1; k < people.size(); ++k) {
            double square = 0.0;
            for (std::size_t o = 0; o < std::min(points[i].size(), points[k].size()); ++o) {
                if (most[o] == least[o]) continue;
                const double gap = (points[i][o] - points[k][o]) / (most[o] - least[o]);
                square += gap * gap;
            }
            distances[i][k] = distances[k][i] = square;
        }
    }
    return distances;
}

/// The sum of the strengths of those that dominate each; 0: nothing does.
std::vector<std::size_t> raw_fitness(const std::vector<Individual>& people) {
    std::vector<std::vector<std::size_t>> dominated(people.size());
    for (std::size_t i = 0; i < people.size(); ++i) {
        for (std::size_t k = 0; k < people.size(); ++k) {
            if (dominates(people[i].evaluation, people[k].evaluation)) dominated[i].push_back(k);
        }
    }
    std::vector<std::size_t> fitness(people.size(), 0);
    for (const std::vector<std::size_t>& list : dominated) {
        for (const std::size_t k : list) fitness[k] += list.size();
    }
    return fitness;
}

/// Removes, one at a time, the member whose nearest other is nearest; of equals the one whose second
/// nearest is, and so on.
std::vector<std::size_t> truncate(std::vector<std::size_t> members, std::size_t size,
                                  const Matrix& distances) {
    std::vector<std::multiset<double>> neighbours(distances.size());
    for (const std::size_t i : members) {
        for (const std::size_t k : members) {
            if (i != k) neighbours[i].insert(distances[i][k]);
        }
    }
    while (members.size() > size) {
        const auto closest = std::ranges::min_element(members, [&](std::size_t left, std::size_t right) {
            return neighbours[left] < neighbours[right];
        });
        const std::size_t gone = *closest;
        members.erase(closest);
        for (const std::size_t i : members) neighbours[i].erase(neighbours[i].find(distances[i][gone]));
    }
    return members;
}

void survive_by_strength(std::vector<Individual>& people, std::size_t size, Random& /*random*/) {
    const std::vector<std::size_t> fitness = raw_fitness(people);
    const Matrix distances = distances_between(people);
    const auto neighbour = static_cast<std::size_t>(std::sqrt(static_cast<double>(people.size())));
    std::vector<std::size_t> front;
    for (std::size_t i = 0; i < people.size(); ++i) {
        std::vector<double> row = distances[i];
        const auto nth = row.begin() + static_cast<std::ptrdiff_t>(std::min(neighbour, row.size() - 1));
        std::ranges::nth_element(row, nth);
        people[i].rank = fitness[i];
        people[i].crowding = std::sqrt(*nth); // the density is 1 / (2 + this): the order is the same
        if (fitness[i] == 0) front.push_back(i);
    }
    if (front.size() > size) {
        std::vector<Individual> kept;
        for (const std::size_t i : truncate(front, size, distances)) kept.push_back(std::move(people[i]));
        people = std::move(kept);
    }
    keep_preferred(people, size);
}

} // namespace

std::unique_ptr<SearchAlgorithm> make_spea2(const GenomeSpace& space, const SearchOptions& options) {
    return make_evolution(space, options, survive_by_strength);
}

} // namespace tandem
