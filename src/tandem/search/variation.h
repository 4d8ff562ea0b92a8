// How children differ from their parents. Inside the search room only.
#pragma once

#include <cstddef>
#include <vector>

#include "tandem/core/random.h"
#include "tandem/search/search.h"

namespace tandem {

/// Where a crossover of this space may cut: its cut points that part something, or all of them
/// when it names none. May be empty: then nothing can be exchanged.
std::vector<std::size_t> crossover_cuts(const GenomeSpace& space);

/// Exchanges the genes behind one of the cuts, each equally likely, so that neighbouring layers
/// travel together. Without cuts the genomes stay as they are.
void cross_single_point(Genome& left, Genome& right, const std::vector<std::size_t>& cuts, Random& random);

/// Replaces each gene, with the probability given, by another of its alleles, all equally likely.
void mutate(Genome& genome, double probability, const GenomeSpace& space, Random& random);

} // namespace tandem
