#include "tandem/search/variation.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "tandem/search/genome_pool.h"

namespace tandem {

Crossover::Crossover(const GenomeSpace& space) : unordered_(space.unordered_genes) {
    const std::size_t genes = space.alleles.size();
    for (std::size_t gene = 0; gene < genes; ++gene) {
        if (std::ranges::find(unordered_, gene) == unordered_.end()) sequence_.push_back(gene);
    }
    if (sequence_.empty()) return;
    const auto parts = [&](std::size_t cut) { return cut > sequence_.front() && cut <= sequence_.back(); };
    if (space.cut_points.empty()) {
        for (const std::size_t gene : sequence_) {
            if (parts(gene)) cuts_.push_back(gene);
        }
    } else {
        std::ranges::copy_if(space.cut_points, std::back_inserter(cuts_), parts);
    }
}

void Crossover::cross(Genome& left, Genome& right, Random& random) const {
    if (!cuts_.empty()) {
        const std::size_t cut = cuts_[random.below(cuts_.size())];
        for (const std::size_t gene : sequence_) {
            if (gene >= cut) std::swap(left[gene], right[gene]);
        }
    }
    for (const std::size_t gene : unordered_) {
        if (random.next() % 2 == 0) std::swap(left[gene], right[gene]);
    }
}

void mutate(Genome& genome, double probability, const GenomeSpace& space, Random& random) {
    for (std::size_t gene = 0; gene < genome.size(); ++gene) {
        if (space.alleles[gene] > 1 && random.uniform() < probability) {
            change_gene(genome, gene, space, random);
        }
    }
}

} // namespace tandem
