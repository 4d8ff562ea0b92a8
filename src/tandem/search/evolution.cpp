#include "tandem/search/evolution.h"

#include <algorithm>
#include <utility>

#include "tandem/core/check.h"
#include "tandem/search/front.h"
#include "tandem/search/genome_pool.h"
#include "tandem/search/surrogate.h"
#include "tandem/search/variation.h"

namespace tandem {

namespace {

class Evolution final : public SearchAlgorithm {
  public:
    Evolution(GenomeSpace space, const SearchOptions& options, Survival survival)
        : space_(std::move(space)), options_(options), survival_(std::move(survival)), crossover_(space_),
          pool_(space_), size_(static_cast<std::size_t>(options.population)) {
        if (options_.mutation_probability == 0.0 && !space_.alleles.empty()) {
            options_.mutation_probability = 1.0 / static_cast<double>(space_.alleles.size());
        }
    }
    Evolution(const Evolution&) = delete; // the pool refers to the space beside it
    Evolution& operator=(const Evolution&) = delete;

    std::vector<Genome> propose() override {
        if (generation_ == options_.generations) return {};
        Random random = stream("generation");
        if (generation_ == 0) {
            proposed_ = pool_.take_first(size_, random);
        } else if (options_.surrogate_candidates > 1) {
            proposed_ = screened_children(random);
        } else {
            proposed_ = children(size_, random);
        }
        ++generation_;
        return proposed_;
    }

    void report(std::span<const EvaluatedGenome> evaluated) override {
        TANDEM_CHECK(std::ranges::equal(evaluated, proposed_, {}, &EvaluatedGenome::genome),
                     "a report answers the last proposal");
        for (const auto& [genome, evaluation] : evaluated) {
            parents_.push_back({.genome = genome,
                                .evaluation = {.objectives = evaluation.objectives,
                                               .violation = evaluation.violation,
                                               .infeasible = evaluation.infeasible,
                                               .details = {}}});
            if (options_.surrogate_candidates > 1) surrogate_.learn(genome, parents_.back().evaluation);
        }
        // From here on parents_ holds parents and children alike, the best survive.
        Random random = stream("survival");
        survival_(parents_, size_, random);
    }

    std::vector<Genome> population() const override {
        std::vector<Genome> genomes;
        genomes.reserve(parents_.size());
        for (const Individual& parent : parents_) genomes.push_back(parent.genome);
        return genomes;
    }

  private:
    Random stream(std::string_view purpose) const {
        return Random(static_cast<std::uint64_t>(options_.seed))
            .fork(purpose, static_cast<std::uint64_t>(generation_));
    }

    std::vector<Genome> children(std::size_t count, Random& random) {
        std::vector<Genome> genomes;
        while (genomes.size() < count && !pool_.is_exhausted()) {
            Genome first = win_tournament(random).genome;
            Genome second = win_tournament(random).genome;
            if (random.uniform() < options_.crossover_probability) {
                crossover_.cross(first, second, random);
            }
            for (Genome* child : {&first, &second}) {
                if (genomes.size() == count || pool_.is_exhausted()) break;
                // No draw where every child is touched: such searches go as they went before there was a
                // choice.
                if (options_.child_mutation_probability == 1.0 ||
                    random.uniform() < options_.child_mutation_probability) {
                    mutate(*child, options_.mutation_probability, space_, random);
                }
                genomes.push_back(pool_.take_near(std::move(*child), random));
            }
        }
        return genomes;
    }

    /// The children that the surrogate expects most of; the others may be proposed another time.
    std::vector<Genome> screened_children(Random& random) {
        const auto factor = static_cast<std::size_t>(options_.surrogate_candidates);
        std::vector<Individual> candidates;
        for (Genome& genome : children(size_ * factor, random)) {
            Evaluation expected = surrogate_.predict(genome);
            candidates.push_back({.genome = std::move(genome), .evaluation = std::move(expected)});
        }
        Random own = stream("screening");
        std::vector<Genome> all;
        all.reserve(candidates.size());
        for (const Individual& candidate : candidates) all.push_back(candidate.genome);
        survival_(candidates, size_, own);
        for (const Genome& genome : all) pool_.release(genome);
        std::vector<Genome> kept;
        for (Individual& candidate : candidates) {
            pool_.take_again(candidate.genome);
            kept.push_back(std::move(candidate.genome));
        }
        return kept;
    }

    const Individual& win_tournament(Random& random) const {
        const Individual& first = parents_[random.below(parents_.size())];
        const Individual& second = parents_[random.below(parents_.size())];
        return is_preferred(second, first) ? second : first;
    }

    GenomeSpace space_;
    SearchOptions options_;
    Survival survival_;
    Crossover crossover_;
    GenomePool pool_;
    Surrogate surrogate_;
    std::size_t size_;
    std::int64_t generation_ = 0;
    std::vector<Genome> proposed_;
    std::vector<Individual> parents_; ///< best first
};

} // namespace

bool is_preferred(const Individual& left, const Individual& right) {
    if (left.rank != right.rank) return left.rank < right.rank;
    return left.crowding > right.crowding;
}

void keep_preferred(std::vector<Individual>& people, std::size_t size) {
    // Sorted by index: an individual is dear to move.
    std::vector<std::size_t> order(people.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::ranges::stable_sort(order, [&](std::size_t left, std::size_t right) {
        return is_preferred(people[left], people[right]);
    });
    order.resize(std::min(size, order.size()));
    std::vector<Individual> kept;
    kept.reserve(order.size());
    for (const std::size_t index : order) kept.push_back(std::move(people[index]));
    people = std::move(kept);
}

std::vector<std::size_t> ranks_of(const std::vector<Individual>& people) {
    std::vector<Evaluation> evaluations;
    evaluations.reserve(people.size());
    for (const Individual& individual : people) evaluations.push_back(individual.evaluation);
    return non_dominated_ranks(evaluations);
}

void survive_by_crowding(std::vector<Individual>& people, std::size_t size, Random& /*random*/) {
    const std::vector<std::size_t> ranks = ranks_of(people);
    std::size_t objectives = 0;
    for (const Individual& individual : people) {
        objectives = std::max(objectives, individual.evaluation.objectives.size());
    }
    // Designs without objectives share a rank of their own, where all count as alike.
    std::vector<double> values(people.size() * objectives, 0.0);
    for (std::size_t i = 0; i < people.size(); ++i) {
        std::ranges::copy(people[i].evaluation.objectives,
                          values.begin() + static_cast<std::ptrdiff_t>(i * objectives));
    }
    const std::vector<double> distances = crowding_distances(ranks, values, objectives);
    for (std::size_t i = 0; i < people.size(); ++i) {
        people[i].rank = ranks[i];
        people[i].crowding = distances[i];
    }
    keep_preferred(people, size);
}

std::unique_ptr<SearchAlgorithm> make_evolution(const GenomeSpace& space, const SearchOptions& options,
                                                Survival survival) {
    return std::make_unique<Evolution>(space, options, std::move(survival));
}

} // namespace tandem
