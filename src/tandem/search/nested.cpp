// Nested search: an outer search over the unordered genes (a machine's parameters), each of whose
// evaluations is a whole inner search over the others (the network's), as in Lin et al., "Neural-Hardware
// Architecture Search" (NeurIPS workshop 2019). The outer search is NSGA-II and sees of each inner
// search the best design it found, by the scalar fitness. All inner searches of an outer generation
// advance together, so that a proposal fills all cores and the driver stores every design of both
// loops. No outer genome is searched twice.
#include <algorithm>
#include <set>
#include <utility>

#include "tandem/core/check.h"
#include "tandem/search/algorithms.h"
#include "tandem/search/scalar_fitness.h"

namespace tandem {

namespace {

/// The space of some of the genes; cuts fall where they fell.
GenomeSpace part_of(const GenomeSpace& space, const std::vector<std::size_t>& genes) {
    GenomeSpace part;
    for (const std::size_t gene : genes) {
        part.gene_names.push_back(space.gene_names[gene]);
        part.alleles.push_back(space.alleles[gene]);
    }
    for (const std::size_t cut : space.cut_points) {
        const auto before = std::ranges::lower_bound(genes, cut) - genes.begin();
        part.cut_points.push_back(static_cast<std::size_t>(before));
    }
    std::set<Genome> seen;
    for (const Genome& guess : space.first_guesses) {
        Genome shortened;
        for (const std::size_t gene : genes) shortened.push_back(guess[gene]);
        if (seen.insert(shortened).second) part.first_guesses.push_back(std::move(shortened));
    }
    return part;
}

class Nested final : public SearchAlgorithm {
  public:
    Nested(const GenomeSpace& space, const SearchOptions& options)
        : outer_genes_(space.unordered_genes), options_(options), fitness_(options) {
        for (std::size_t gene = 0; gene < space.alleles.size(); ++gene) {
            if (!std::ranges::binary_search(outer_genes_, gene)) inner_genes_.push_back(gene);
        }
        GenomeSpace outer_space = part_of(space, outer_genes_);
        for (std::size_t gene = 0; gene < outer_genes_.size(); ++gene) {
            outer_space.unordered_genes.push_back(gene);
        }
        inner_space_ = part_of(space, inner_genes_);
        SearchOptions outer = options;
        outer.algorithm = "nsga2";
        outer_ = make_algorithm(outer_space, outer);
    }

    std::vector<Genome> propose() override {
        for (;;) {
            last_.clear();
            for (Inner& inner : inners_) {
                inner.proposed = inner.search->propose();
                for (const Genome& genome : inner.proposed) last_.push_back(whole(inner.outer, genome));
            }
            if (!last_.empty()) return last_;
            if (!begin_outer_generation()) return {};
        }
    }

    void report(std::span<const EvaluatedGenome> evaluated) override {
        TANDEM_CHECK(std::ranges::equal(evaluated, last_, {}, &EvaluatedGenome::genome),
                     "a report answers the last proposal");
        for (const EvaluatedGenome& one : evaluated) fitness_.learn(one.evaluation);
        std::size_t next = 0;
        for (Inner& inner : inners_) {
            std::vector<EvaluatedGenome> own;
            for (const Genome& genome : inner.proposed) {
                const Evaluation& evaluation = evaluated[next++].evaluation;
                own.push_back({genome, evaluation});
                if (!inner.has_best || fitness_.is_better(evaluation, inner.best)) {
                    inner.best = evaluation;
                    inner.has_best = true;
                }
            }
            if (!own.empty()) inner.search->report(own);
        }
    }

    std::vector<Genome> population() const override { return last_; }

  private:
    struct Inner {
        Genome outer;
        std::unique_ptr<SearchAlgorithm> search;
        std::vector<Genome> proposed;
        Evaluation best; ///< once has_best
        bool has_best = false;
    };

    Genome whole(const Genome& outer, const Genome& inner) const {
        Genome genome(outer_genes_.size() + inner_genes_.size());
        for (std::size_t i = 0; i < outer.size(); ++i) genome[outer_genes_[i]] = outer[i];
        for (std::size_t i = 0; i < inner.size(); ++i) genome[inner_genes_[i]] = inner[i];
        return genome;
    }

    /// Closes the generation whose inner searches are over, and opens the next; false at the end.
    bool begin_outer_generation() {
        if (!inners_.empty()) {
            std::vector<EvaluatedGenome> results;
            for (Inner& inner : inners_) results.push_back({inner.outer, std::move(inner.best)});
            outer_->report(results);
            inners_.clear();
        }
        for (Genome& genome : outer_->propose()) {
            SearchOptions inner = options_;
            inner.algorithm = options_.inner_algorithm;
            inner.population = options_.inner_population;
            inner.generations = options_.inner_generations;
            // Every inner search draws from its own stream, named by its outer genome.
            inner.seed = static_cast<std::int64_t>(Random(static_cast<std::uint64_t>(options_.seed))
                                                       .fork("inner", content_hash(genome).high)
                                                       .next() >>
                                                   1U);
            Inner& added = inners_.emplace_back();
            added.outer = std::move(genome);
            added.search = make_algorithm(inner_space_, inner);
        }
        return !inners_.empty();
    }

    std::vector<std::size_t> outer_genes_;
    std::vector<std::size_t> inner_genes_;
    SearchOptions options_;
    ScalarFitness fitness_;
    GenomeSpace inner_space_;
    std::unique_ptr<SearchAlgorithm> outer_;
    std::vector<Inner> inners_;
    std::vector<Genome> last_;
};

} // namespace

std::unique_ptr<SearchAlgorithm> make_nested(const GenomeSpace& space, const SearchOptions& options) {
    return std::make_unique<Nested>(space, options);
}

} // namespace tandem
