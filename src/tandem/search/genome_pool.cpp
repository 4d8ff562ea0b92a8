#include "tandem/search/genome_pool.h"

#include <algorithm>
#include <functional>
#include <iterator>
#include <limits>

#include "tandem/core/check.h"

namespace tandem {

namespace {

bool is_inside(const Genome& genome, const GenomeSpace& space) {
    if (genome.size() != space.alleles.size()) return false;
    for (std::size_t gene = 0; gene < genome.size(); ++gene) {
        if (genome[gene] < 0 || genome[gene] >= space.alleles[gene]) return false;
    }
    return true;
}

} // namespace

void check_space(const GenomeSpace& space) {
    const std::size_t genes = space.alleles.size();
    TANDEM_CHECK(space.gene_names.size() == genes, "every gene needs a name");
    TANDEM_CHECK(std::ranges::all_of(space.alleles, [](int alleles) { return alleles >= 1; }),
                 "every gene needs an allele");
    TANDEM_CHECK(std::ranges::all_of(space.cut_points, [&](std::size_t cut) { return cut <= genes; }),
                 "a cut must lie inside the genome");
    TANDEM_CHECK(std::ranges::all_of(space.unordered_genes, [&](std::size_t gene) { return gene < genes; }) &&
                     std::ranges::adjacent_find(space.unordered_genes, std::greater_equal<>()) ==
                         space.unordered_genes.end(),
                 "unordered genes are genes, ascending");
    TANDEM_CHECK(std::ranges::all_of(space.first_guesses,
                                     [&](const Genome& genome) { return is_inside(genome, space); }),
                 "a first guess must lie inside the space");
}

std::uint64_t genome_count(const GenomeSpace& space) {
    constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();
    std::uint64_t count = 1;
    for (const int alleles : space.alleles) {
        const auto factor = static_cast<std::uint64_t>(alleles);
        if (count > kMost / factor) return kMost;
        count *= factor;
    }
    return count;
}

bool count_up(Genome& genome, const GenomeSpace& space) {
    for (std::size_t gene = 0; gene < genome.size(); ++gene) {
        if (++genome[gene] < space.alleles[gene]) return true;
        genome[gene] = 0;
    }
    return false;
}

Genome random_genome(const GenomeSpace& space, Random& random) {
    Genome genome;
    genome.reserve(space.alleles.size());
    for (const int alleles : space.alleles) {
        genome.push_back(static_cast<int>(random.below(static_cast<std::uint64_t>(alleles))));
    }
    return genome;
}

void change_gene(Genome& genome, std::size_t gene, const GenomeSpace& space, Random& random) {
    TANDEM_CHECK(space.alleles[gene] > 1, "a gene of one allele cannot change");
    const auto others = static_cast<std::uint64_t>(space.alleles[gene] - 1);
    const int allele = static_cast<int>(random.below(others));
    genome[gene] = allele < genome[gene] ? allele : allele + 1;
}

GenomePool::GenomePool(const GenomeSpace& space) : space_(space), count_(genome_count(space)) {
    for (std::size_t gene = 0; gene < space.alleles.size(); ++gene) {
        if (space.alleles[gene] > 1) genes_with_choice_.push_back(gene);
    }
}

Genome GenomePool::take_near(Genome genome, Random& random) {
    TANDEM_CHECK(!is_exhausted(), "no genome is left to take");
    // A random walk of this length leaves every crowded neighbourhood of a large space.
    constexpr int kSteps = 32;
    for (int step = 0; step < kSteps; ++step) {
        if (take(genome)) return genome;
        change_gene(genome, genes_with_choice_[random.below(genes_with_choice_.size())], space_, random);
    }
    // In a small space the few that are left are found by counting: of any |taken| + 1 genomes in
    // counting order one is free.
    while (!take(genome)) count_up(genome, space_);
    return genome;
}

std::vector<Genome> GenomePool::take_first(std::size_t population, Random& random) {
    std::vector<Genome> genomes;
    for (const Genome& guess : space_.first_guesses) {
        if (genomes.size() == population) break;
        if (take(guess)) genomes.push_back(guess);
    }
    std::ranges::move(take_random(population - genomes.size(), random), std::back_inserter(genomes));
    return genomes;
}

std::vector<Genome> GenomePool::take_random(std::size_t count, Random& random) {
    std::vector<Genome> genomes;
    while (genomes.size() < count && !is_exhausted()) {
        genomes.push_back(take_near(random_genome(space_, random), random));
    }
    return genomes;
}

} // namespace tandem
