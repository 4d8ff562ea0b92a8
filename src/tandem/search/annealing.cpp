// Simulated annealing: Kirkpatrick, Gelatt and Vecchi, "Optimization by Simulated Annealing", Science 220,
// 1983. As many chains as the population run beside each other, so that a generation fills all cores; the
// temperature falls geometrically. Beyond the paper: a step goes to a genome that no chain has
// visited, because a visit costs an evaluation.
#include <cmath>
#include <utility>

#include "tandem/core/check.h"
#include "tandem/search/algorithms.h"
#include "tandem/search/genome_pool.h"
#include "tandem/search/scalar_fitness.h"

namespace tandem {

namespace {

class Annealing final : public SearchAlgorithm {
  public:
    Annealing(GenomeSpace space, const SearchOptions& options)
        : space_(std::move(space)), options_(options), pool_(space_), fitness_(options) {
        for (std::size_t gene = 0; gene < space_.alleles.size(); ++gene) {
            if (space_.alleles[gene] > 1) genes_.push_back(gene);
        }
    }
    Annealing(const Annealing&) = delete; // the pool refers to the space beside it
    Annealing& operator=(const Annealing&) = delete;

    std::vector<Genome> propose() override {
        if (generation_ == options_.generations) return {};
        Random random = stream("generation");
        proposed_.clear();
        if (generation_ == 0)
            proposed_ = pool_.take_first(static_cast<std::size_t>(options_.population), random);
        for (const EvaluatedGenome& chain : chains_) {
            if (pool_.is_exhausted()) break;
            Genome neighbour = chain.genome;
            change_gene(neighbour, genes_[random.below(genes_.size())], space_, random);
            proposed_.push_back(pool_.take_near(std::move(neighbour), random));
        }
        ++generation_;
        return proposed_;
    }

    void report(std::span<const EvaluatedGenome> evaluated) override {
        TANDEM_CHECK(evaluated.size() == proposed_.size(), "a report answers the last proposal");
        for (const EvaluatedGenome& one : evaluated) fitness_.learn(one.evaluation);
        if (chains_.empty()) {
            chains_.assign(evaluated.begin(), evaluated.end());
            return;
        }
        Random random = stream("acceptance");
        for (std::size_t i = 0; i < evaluated.size(); ++i) {
            if (is_accepted(chains_[i].evaluation, evaluated[i].evaluation, random.uniform())) {
                chains_[i] = evaluated[i];
            }
        }
    }

    std::vector<Genome> population() const override {
        std::vector<Genome> genomes;
        for (const EvaluatedGenome& chain : chains_) genomes.push_back(chain.genome);
        return genomes;
    }

  private:
    Random stream(std::string_view purpose) const {
        return Random(static_cast<std::uint64_t>(options_.seed))
            .fork(purpose, static_cast<std::uint64_t>(generation_));
    }

    /// From the initial temperature at the first step to the final one at the last.
    double temperature() const {
        const auto steps = static_cast<double>(std::max<std::int64_t>(options_.generations - 2, 1));
        const double share = static_cast<double>(generation_ - 2) / steps;
        return options_.initial_temperature *
               std::pow(options_.final_temperature / options_.initial_temperature, share);
    }

    /// Metropolis; constraints know no temperature.
    bool is_accepted(const Evaluation& now, const Evaluation& next, double draw) const {
        if (!fitness_.is_better(now, next)) return true;
        if (next.infeasible || next.violation > now.violation) return false;
        return draw < std::exp((fitness_.energy(now) - fitness_.energy(next)) / temperature());
    }

    GenomeSpace space_;
    SearchOptions options_;
    GenomePool pool_;
    ScalarFitness fitness_;
    std::vector<std::size_t> genes_; ///< those with a choice
    std::int64_t generation_ = 0;
    std::vector<Genome> proposed_;
    std::vector<EvaluatedGenome> chains_;
};

} // namespace

std::unique_ptr<SearchAlgorithm> make_annealing(const GenomeSpace& space, const SearchOptions& options) {
    return std::make_unique<Annealing>(space, options);
}

} // namespace tandem
