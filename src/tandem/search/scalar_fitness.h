// One number for several objectives, for the methods that follow a single one. Inside the search room only.
#pragma once

#include <vector>

#include "tandem/search/search.h"

namespace tandem {

/// Reads SearchOptions::fitness. Values are relative to the reference design, the first feasible one that
/// was learned of: the one a search begins with.
class ScalarFitness {
  public:
    explicit ScalarFitness(const SearchOptions& options);

    /// Takes the first design with objectives as the reference.
    void learn(const Evaluation& evaluation);

    /// What is minimised; lower is better. The design must have objectives.
    ///  - weighted: the sum of w_i o_i / |o_i*|, weights 1 where none is given
    ///  - accuracy-cost: -(1 - (acc* - acc)/t) log(cost*/cost), where acc = 1 - o_0 and cost = o_1. Two
    ///    negative factors (less accurate than allowed and dearer) count as negative too.
    double energy(const Evaluation& evaluation) const;

    /// Whether left is better: objectives before none, less violation before more, then less energy.
    bool is_better(const Evaluation& left, const Evaluation& right) const;

  private:
    bool is_accuracy_cost_;
    double tolerance_;
    std::vector<double> weights_;
    std::vector<double> reference_;
};

} // namespace tandem
