// NSGA-II: Deb, Pratap, Agarwal and Meyarivan, "A Fast and Elitist Multiobjective Genetic Algorithm:
// NSGA-II", IEEE TEC 6(2), 2002, with its constrained domination, on discrete genomes: single-point
// crossover at the space's cuts, mutation to another allele. Beyond the paper: no genome is proposed
// twice, because here an evaluation costs far more than a proposal.
#include <algorithm>
#include <utility>

#include "tandem/core/check.h"
#include "tandem/search/algorithms.h"
#include "tandem/search/front.h"
#include "tandem/search/genome_pool.h"
#include "tandem/search/variation.h"

namespace tandem {

namespace {

struct Individual {
    Genome genome;
    Evaluation evaluation; ///< without its details, which nothing here reads
    std::size_t rank = 0;
    double crowding = 0.0;
};

/// The crowded-comparison operator (section III-B).
bool is_preferred(const Individual& left, const Individual& right) {
    if (left.rank != right.rank) return left.rank < right.rank;
    return left.crowding > right.crowding;
}

/// Gives each individual its rank, and its crowding among those of its rank.
void assess(std::vector<Individual>& individuals) {
    std::vector<Evaluation> evaluations;
    evaluations.reserve(individuals.size());
    for (const Individual& individual : individuals) evaluations.push_back(individual.evaluation);
    const std::vector<std::size_t> ranks = non_dominated_ranks(evaluations);

    std::vector<std::vector<std::size_t>> fronts;
    for (std::size_t i = 0; i < ranks.size(); ++i) {
        if (ranks[i] >= fronts.size()) fronts.resize(ranks[i] + 1);
        fronts[ranks[i]].push_back(i);
    }
    for (std::size_t rank = 0; rank < fronts.size(); ++rank) {
        std::vector<Objectives> objectives;
        for (const std::size_t i : fronts[rank]) objectives.push_back(evaluations[i].objectives);
        const std::vector<double> distances = crowding_distances(objectives);
        for (std::size_t k = 0; k < fronts[rank].size(); ++k) {
            individuals[fronts[rank][k]].rank = rank;
            individuals[fronts[rank][k]].crowding = distances[k];
        }
    }
}

class Nsga2 final : public SearchAlgorithm {
  public:
    Nsga2(GenomeSpace space, const SearchOptions& options)
        : space_(std::move(space)), options_(options), cuts_(crossover_cuts(space_)), pool_(space_),
          size_(static_cast<std::size_t>(options.population)) {
        if (options_.mutation_probability == 0.0 && !space_.alleles.empty()) {
            options_.mutation_probability = 1.0 / static_cast<double>(space_.alleles.size());
        }
    }
    Nsga2(const Nsga2&) = delete; // the pool refers to the space beside it
    Nsga2& operator=(const Nsga2&) = delete;

    std::vector<Genome> propose() override {
        if (generation_ == options_.generations) return {};
        Random random = Random(static_cast<std::uint64_t>(options_.seed))
                            .fork("generation", static_cast<std::uint64_t>(generation_));
        proposed_ = generation_ == 0 ? pool_.take_first(size_, random) : children(random);
        ++generation_;
        return proposed_;
    }

    void report(std::span<const EvaluatedGenome> evaluated) override {
        TANDEM_CHECK(std::ranges::equal(evaluated, proposed_, {}, &EvaluatedGenome::genome),
                     "a report answers the last proposal");
        for (const auto& [genome, evaluation] : evaluated) {
            Individual& child = parents_.emplace_back(Individual{.genome = genome, .evaluation = evaluation});
            child.evaluation.details.clear();
        }
        // From here on parents_ holds parents and children alike (section III-C), the best survive.
        assess(parents_);
        std::ranges::stable_sort(parents_, is_preferred);
        if (parents_.size() > size_) parents_.resize(size_);
    }

    std::vector<Genome> population() const override {
        std::vector<Genome> genomes;
        for (const Individual& parent : parents_) genomes.push_back(parent.genome);
        return genomes;
    }

  private:
    std::vector<Genome> children(Random& random) {
        std::vector<Genome> genomes;
        while (genomes.size() < size_ && !pool_.is_exhausted()) {
            Genome first = win_tournament(random).genome;
            Genome second = win_tournament(random).genome;
            if (random.uniform() < options_.crossover_probability) {
                cross_single_point(first, second, cuts_, random);
            }
            for (Genome* child : {&first, &second}) {
                if (genomes.size() == size_ || pool_.is_exhausted()) break;
                mutate(*child, options_.mutation_probability, space_, random);
                genomes.push_back(pool_.take_near(std::move(*child), random));
            }
        }
        return genomes;
    }

    const Individual& win_tournament(Random& random) const {
        const Individual& first = parents_[random.below(parents_.size())];
        const Individual& second = parents_[random.below(parents_.size())];
        return is_preferred(second, first) ? second : first;
    }

    GenomeSpace space_;
    SearchOptions options_;
    std::vector<std::size_t> cuts_;
    GenomePool pool_;
    std::size_t size_;
    std::int64_t generation_ = 0;
    std::vector<Genome> proposed_;
    std::vector<Individual> parents_; ///< best first
};

} // namespace

std::unique_ptr<SearchAlgorithm> make_nsga2(const GenomeSpace& space, const SearchOptions& options) {
    return std::make_unique<Nsga2>(space, options);
}

} // namespace tandem
