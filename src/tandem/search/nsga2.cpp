// NSGA-II: Deb, Pratap, Agarwal and Meyarivan, "A Fast and Elitist Multiobjective Genetic Algorithm:
// NSGA-II", IEEE TEC 6(2), 2002, with its constrained domination, on discrete genomes. Beyond the paper: no
// genome is proposed twice, because here an evaluation costs far more than a proposal. The penalty
// variant compares designs whose watched objective exceeds a threshold on that excess before all else.
#include "tandem/search/algorithms.h"
#include "tandem/search/evolution.h"

namespace tandem {

std::unique_ptr<SearchAlgorithm> make_nsga2(const GenomeSpace& space, const SearchOptions& options) {
    return make_evolution(space, options, survive_by_crowding);
}

std::unique_ptr<SearchAlgorithm> make_nsga2_penalty(const GenomeSpace& space, const SearchOptions& options) {
    const auto watched = static_cast<std::size_t>(options.penalty_objective);
    const double threshold = options.penalty_threshold;
    return make_evolution(space, options,
                          [=](std::vector<Individual>& people, std::size_t size, Random& random) {
                              // A penalty is a violation, which domination looks at first. What is stored
                              // stays the evaluator's: only this search's own copy is changed, and once.
                              for (Individual& individual : people) {
                                  Evaluation& evaluation = individual.evaluation;
                                  if (evaluation.infeasible || evaluation.violation > 0.0) continue;
                                  if (watched >= evaluation.objectives.size()) continue;
                                  const double value = evaluation.objectives[watched];
                                  if (value > threshold) evaluation.violation = value;
                              }
                              survive_by_crowding(people, size, random);
                          });
}

} // namespace tandem
