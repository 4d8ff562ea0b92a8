// The genomes a search has proposed, and fresh ones: an evaluation is dear, so no algorithm here
// proposes a genome twice. Inside the search room only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <unordered_set>
#include <vector>

#include "tandem/core/random.h"
#include "tandem/search/search.h"

namespace tandem {

/// Fails the check unless the space is sound: names and alleles agree, an allele or more a gene,
/// guesses and cuts inside.
void check_space(const GenomeSpace& space);

/// How many genomes the space holds; the largest 64-bit number when it is that many or more.
std::uint64_t genome_count(const GenomeSpace& space);

/// The next genome when genomes are counted like the digits of a clock; false after the last, when it is
/// the first again.
bool count_up(Genome& genome, const GenomeSpace& space);

/// Every allele equally likely.
Genome random_genome(const GenomeSpace& space, Random& random);

/// Replaces the allele of one gene by another, each of the others equally likely. The gene must
/// have a choice.
void change_gene(Genome& genome, std::size_t gene, const GenomeSpace& space, Random& random);

class GenomePool {
  public:
    /// The space must outlive the pool and pass check_space.
    explicit GenomePool(const GenomeSpace& space);

    /// Whether every genome of the space was taken.
    bool is_exhausted() const { return taken_.size() >= count_; }

    /// A genome that was not taken before, now taken: `genome` itself, or else one a few changed
    /// genes away. The pool must not be exhausted.
    Genome take_near(Genome genome, Random& random);

    /// The first generation: the space's guesses, then random genomes, all distinct; shorter when
    /// the space is.
    std::vector<Genome> take_first(std::size_t population, Random& random);

    /// Random genomes, all new; shorter when the space is exhausted.
    std::vector<Genome> take_random(std::size_t count, Random& random);

    /// Gives back a genome that was taken but will not be evaluated.
    void release(const Genome& genome) { taken_.erase(content_hash(genome)); }
    /// Takes a genome that was released.
    void take_again(const Genome& genome) { take(genome); }

  private:
    bool take(const Genome& genome) { return taken_.insert(content_hash(genome)).second; }

    const GenomeSpace& space_;
    std::vector<std::size_t> genes_with_choice_;
    std::uint64_t count_;
    std::unordered_set<ContentHash> taken_;
};

} // namespace tandem
