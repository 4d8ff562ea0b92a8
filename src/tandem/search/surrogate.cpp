#include "tandem/search/surrogate.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "tandem/core/check.h"

namespace tandem {

namespace {

constexpr std::size_t kNeighbours = 5; ///< enough to smooth, few enough to stay near

} // namespace

void Surrogate::learn(const Genome& genome, const Evaluation& evaluation) {
    known_.push_back({genome, evaluation});
}

Evaluation Surrogate::predict(const Genome& genome) const {
    TANDEM_CHECK(!known_.empty(), "a guess needs a neighbour");
    std::vector<std::pair<long, std::size_t>> near;
    near.reserve(known_.size());
    for (std::size_t i = 0; i < known_.size(); ++i) {
        long distance = 0;
        for (std::size_t gene = 0; gene < genome.size(); ++gene) {
            distance += std::abs(genome[gene] - known_[i].genome[gene]);
        }
        near.emplace_back(distance, i);
    }
    const std::size_t count = std::min(kNeighbours, near.size());
    std::ranges::partial_sort(near, near.begin() + static_cast<std::ptrdiff_t>(count));
    near.resize(count);

    Evaluation guess;
    double total = 0.0;
    double unfit = 0.0;
    for (const auto& [distance, index] : near) {
        const double weight = 1.0 / (1.0 + static_cast<double>(distance));
        const Evaluation& evaluation = known_[index].evaluation;
        if (evaluation.infeasible) {
            unfit += weight;
            continue;
        }
        guess.objectives.resize(evaluation.objectives.size(), 0.0);
        for (std::size_t i = 0; i < guess.objectives.size(); ++i) {
            guess.objectives[i] += weight * evaluation.objectives[i];
        }
        guess.violation += weight * evaluation.violation;
        total += weight;
    }
    if (unfit >= total) {
        guess.objectives.clear();
        guess.violation = 0.0;
        guess.infeasible = Infeasible{"its neighbours do not fit"};
        return guess;
    }
    for (double& objective : guess.objectives) objective /= total;
    guess.violation /= total;
    return guess;
}

} // namespace tandem
