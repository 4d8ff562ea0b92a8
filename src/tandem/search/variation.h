// How children differ from their parents. Inside the search room only.
#pragma once

#include <cstddef>
#include <vector>

#include "tandem/core/random.h"
#include "tandem/search/search.h"

namespace tandem {

/// How two genomes of a space exchange genes.
class Crossover {
  public:
    explicit Crossover(const GenomeSpace& space);

    /// Exchanges the genes behind one of the space's cuts, each equally likely (behind any gene when it
    /// names none), so that neighbouring layers travel together; and each unordered gene with
    /// probability one half, because none of them is anybody's neighbour.
    void cross(Genome& left, Genome& right, Random& random) const;

  private:
    std::vector<std::size_t> sequence_;  ///< the ordered genes
    std::vector<std::size_t> unordered_; ///< the others
    std::vector<std::size_t> cuts_;      ///< those that part ordered genes
};

/// Replaces each gene, with the probability given, by another of its alleles, all equally likely.
void mutate(Genome& genome, double probability, const GenomeSpace& space, Random& random);

} // namespace tandem
