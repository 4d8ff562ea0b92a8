// A cheap guess at an evaluation from the nearest genomes evaluated so far. Inside the search room only.
#pragma once

#include <vector>

#include "tandem/search/search.h"

namespace tandem {

/// The k nearest neighbours by the sum over the genes of how far apart their alleles are, weighted by
/// the inverse of one plus that distance (k = 5; Shepard 1968). What it learned is all it knows: a guess
/// never counts as an evaluation, is never stored and never enters a front.
class Surrogate {
  public:
    void learn(const Genome& genome, const Evaluation& evaluation);
    /// Infeasible when most of the neighbours are; at least one genome must have been learned.
    Evaluation predict(const Genome& genome) const;

  private:
    std::vector<EvaluatedGenome> known_;
};

} // namespace tandem
