#include "tandem/search/scalar_fitness.h"

#include <cmath>

#include "tandem/core/check.h"

namespace tandem {

ScalarFitness::ScalarFitness(const SearchOptions& options)
    : is_accuracy_cost_(options.fitness == kAccuracyCostFitness), tolerance_(options.fitness_tolerance),
      weights_(options.fitness_weights) {}

void ScalarFitness::learn(const Evaluation& evaluation) {
    if (reference_.empty()) reference_ = evaluation.objectives;
}

double ScalarFitness::energy(const Evaluation& evaluation) const {
    const std::vector<double>& objectives = evaluation.objectives;
    TANDEM_CHECK(!objectives.empty() && objectives.size() == reference_.size(),
                 "an energy needs objectives and a reference");
    if (is_accuracy_cost_) {
        TANDEM_CHECK(objectives.size() >= 2, "the fitness of accuracy and cost reads two objectives");
        const double kept = 1.0 - (objectives[0] - reference_[0]) / tolerance_;
        constexpr double kLeast = 1e-300; // a cost of nothing: its logarithm stays finite
        const double saved = std::log(std::max(reference_[1], kLeast) / std::max(objectives[1], kLeast));
        const double fitness = kept * saved;
        return kept < 0.0 && saved < 0.0 ? fitness : -fitness;
    }
    double energy = 0.0;
    for (std::size_t i = 0; i < objectives.size(); ++i) {
        const double scale = reference_[i] == 0.0 ? 1.0 : std::abs(reference_[i]);
        energy += (i < weights_.size() ? weights_[i] : 1.0) * objectives[i] / scale;
    }
    return energy;
}

bool ScalarFitness::is_better(const Evaluation& left, const Evaluation& right) const {
    if (left.infeasible || right.infeasible) return !left.infeasible && right.infeasible;
    if (left.violation != right.violation) return left.violation < right.violation;
    return energy(left) < energy(right);
}

} // namespace tandem
