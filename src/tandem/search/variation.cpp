#include "tandem/search/variation.h"

#include <algorithm>
#include <iterator>

#include "tandem/search/genome_pool.h"

namespace tandem {

std::vector<std::size_t> crossover_cuts(const GenomeSpace& space) {
    const std::size_t genes = space.alleles.size();
    std::vector<std::size_t> cuts;
    if (space.cut_points.empty()) {
        for (std::size_t cut = 1; cut < genes; ++cut) cuts.push_back(cut);
    } else {
        std::ranges::copy_if(space.cut_points, std::back_inserter(cuts),
                             [&](std::size_t cut) { return cut > 0 && cut < genes; });
    }
    return cuts;
}

void cross_single_point(Genome& left, Genome& right, const std::vector<std::size_t>& cuts, Random& random) {
    if (cuts.empty()) return;
    const auto cut = static_cast<std::ptrdiff_t>(cuts[random.below(cuts.size())]);
    std::swap_ranges(left.begin() + cut, left.end(), right.begin() + cut);
}

void mutate(Genome& genome, double probability, const GenomeSpace& space, Random& random) {
    for (std::size_t gene = 0; gene < genome.size(); ++gene) {
        if (space.alleles[gene] > 1 && random.uniform() < probability) {
            change_gene(genome, gene, space, random);
        }
    }
}

} // namespace tandem
