// A learning agent that walks over the layers: Wang et al., "HAQ: Hardware-Aware Automated Quantization with
// Mixed Precision", CVPR 2019. An episode is a genome: gene after gene the actor chooses an action in [0, 1]
// that stands for an allele, and all its steps get the design's reward. What differs from the paper: this
// room does not know what a gene is, so a state names it (one number a gene is 1) where the paper lists a
// layer's features; a generation's episodes are walked side by side; no genome is proposed twice.
#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "tandem/core/check.h"
#include "tandem/search/algorithms.h"
#include "tandem/search/genome_pool.h"
#include "tandem/search/scalar_fitness.h"
#include "tandem/training/training.h"

namespace tandem {

namespace {

constexpr double kFirstNoise = 0.5;    ///< of the action, as in HAQ's code
constexpr double kLastNoise = 0.005;   ///< reached at the run's end: its 1 % an episode, over 460 of them
constexpr double kBaselineRate = 0.05; ///< of the moving average of rewards, a design
constexpr std::size_t kBatch = 64;     ///< transitions a gradient step (Lillicrap et al. 2016, section 7)

struct Episode {
    std::vector<double> actions; ///< by step
    double reward = 0.0;
};

class Ddpg final : public SearchAlgorithm {
  public:
    Ddpg(GenomeSpace space, const SearchOptions& options)
        : space_(std::move(space)), options_(options), pool_(space_), fitness_(options) {
        for (std::size_t gene = 0; gene < space_.alleles.size(); ++gene) {
            if (space_.alleles[gene] > 1) genes_.push_back(gene);
        }
        const Result<std::shared_ptr<Trainer>> trainer = load_trainer();
        TANDEM_CHECK(trainer.has_value(), "a search without its plug-in passed the job's reader");
        networks_ = (*trainer)->make_actor_critic({.state_size = static_cast<std::int64_t>(state_size()),
                                                   .seed = static_cast<std::uint64_t>(options.seed)});
    }
    Ddpg(const Ddpg&) = delete; // the pool refers to the space beside it
    Ddpg& operator=(const Ddpg&) = delete;

    std::vector<Genome> propose() override {
        if (generation_ == options_.generations) return {};
        Random random = stream("generation");
        const auto population = static_cast<std::size_t>(options_.population);
        proposed_ = generation_ == 0 ? pool_.take_first(population, random) : walk(population, random);
        ++generation_;
        return proposed_;
    }

    void report(std::span<const EvaluatedGenome> evaluated) override {
        TANDEM_CHECK(std::ranges::equal(evaluated, proposed_, {}, &EvaluatedGenome::genome),
                     "a report answers the last proposal");
        for (const EvaluatedGenome& one : evaluated) {
            fitness_.learn(one.evaluation);
            remember(one);
            if (!best_ || fitness_.is_better(one.evaluation, best_->evaluation)) best_ = one;
        }
        if (genes_.empty()) return;
        Random random = stream("replay");
        const std::int64_t updates = options_.agent_updates * static_cast<std::int64_t>(evaluated.size());
        for (std::int64_t i = 0; i < updates; ++i) networks_->learn(sample(random));
    }

    std::vector<Genome> population() const override {
        return best_ ? std::vector<Genome>{best_->genome} : std::vector<Genome>{};
    }

  private:
    Random stream(std::string_view purpose) const {
        return Random(static_cast<std::uint64_t>(options_.seed))
            .fork(purpose, static_cast<std::uint64_t>(generation_));
    }

    /// Which step it is, the action before, and the mean of all before.
    std::size_t state_size() const { return genes_.size() + 2; }

    void append_state(std::vector<double>& states, std::size_t step, std::span<const double> actions) const {
        const std::size_t begin = states.size();
        states.resize(begin + state_size(), 0.0);
        if (step == genes_.size()) return; // the end: not read
        states[begin + step] = 1.0;
        if (step == 0) return;
        double sum = 0.0;
        for (std::size_t i = 0; i < step; ++i) sum += actions[i];
        states[begin + genes_.size()] = actions[step - 1];
        states[begin + genes_.size() + 1] = sum / static_cast<double>(step);
    }

    /// HAQ, equation 3: every allele has an equal share of [0, 1].
    int allele_of(double action, std::size_t gene) const {
        const auto allele = static_cast<int>(action * static_cast<double>(space_.alleles[gene]));
        return std::min(allele, space_.alleles[gene] - 1);
    }
    /// The middle of the share.
    double action_of(int allele, std::size_t gene) const {
        return (static_cast<double>(allele) + 0.5) / static_cast<double>(space_.alleles[gene]);
    }

    /// Falls geometrically over the generations after the first.
    double noise() const {
        const auto last = static_cast<double>(std::max<std::int64_t>(options_.generations - 2, 1));
        return kFirstNoise * std::pow(kLastNoise / kFirstNoise, static_cast<double>(generation_ - 1) / last);
    }

    /// Normal noise around the action, drawn again until it lies in [0, 1].
    static double explore(double action, double noise, Random& random) {
        for (;;) {
            const double tried = action + noise * random.normal();
            if (tried >= 0.0 && tried <= 1.0) return tried;
        }
    }

    /// A generation of episodes, side by side.
    std::vector<Genome> walk(std::size_t count, Random& random) {
        if (pool_.is_exhausted()) return {};
        std::vector<std::vector<double>> actions(count);
        for (std::size_t step = 0; step < genes_.size(); ++step) {
            std::vector<double> states;
            for (const std::vector<double>& before : actions) append_state(states, step, before);
            const std::vector<double> chosen = networks_->act(states);
            for (std::size_t i = 0; i < count; ++i) actions[i].push_back(explore(chosen[i], noise(), random));
        }
        std::vector<Genome> genomes;
        for (const std::vector<double>& of_episode : actions) {
            if (pool_.is_exhausted()) break;
            Genome genome(space_.alleles.size(), 0);
            for (std::size_t step = 0; step < genes_.size(); ++step) {
                genome[genes_[step]] = allele_of(of_episode[step], genes_[step]);
            }
            genomes.push_back(pool_.take_near(std::move(genome), random));
        }
        return genomes;
    }

    /// An episode as if its alleles had been chosen by the middles of their shares, which is all that the
    /// design knows of them.
    void remember(const EvaluatedGenome& one) {
        Episode episode{.actions = {}, .reward = reward(one.evaluation)};
        for (const std::size_t gene : genes_) episode.actions.push_back(action_of(one.genome[gene], gene));
        baseline_ =
            memory_.empty() ? episode.reward : baseline_ + kBaselineRate * (episode.reward - baseline_);
        memory_.push_back(std::move(episode));
    }

    /// The fitness; what is no answer is worth less than any answer so far, and the less the worse it
    /// misses its constraints.
    double reward(const Evaluation& evaluation) {
        if (evaluation.infeasible) return least_reward_ - 2.0;
        if (evaluation.violation > 0.0) {
            return least_reward_ - 1.0 - evaluation.violation / (1.0 + evaluation.violation);
        }
        const double reward = -fitness_.energy(evaluation);
        least_reward_ = has_reward_ ? std::min(least_reward_, reward) : reward;
        has_reward_ = true;
        return reward;
    }

    Transitions sample(Random& random) const {
        Transitions batch;
        for (std::size_t i = 0; i < kBatch; ++i) {
            const Episode& episode = memory_[random.below(memory_.size())];
            const auto step = static_cast<std::size_t>(random.below(genes_.size()));
            append_state(batch.states, step, episode.actions);
            append_state(batch.next_states, step + 1, episode.actions);
            batch.actions.push_back(episode.actions[step]);
            batch.rewards.push_back(episode.reward - baseline_);
            batch.goes_on.push_back(step + 1 < genes_.size() ? 1.0 : 0.0);
        }
        return batch;
    }

    GenomeSpace space_;
    SearchOptions options_;
    GenomePool pool_;
    ScalarFitness fitness_;
    std::vector<std::size_t> genes_; ///< those with a choice: the steps of an episode
    std::unique_ptr<ActorCritic> networks_;
    std::int64_t generation_ = 0;
    std::vector<Genome> proposed_;
    std::vector<Episode> memory_; ///< kept whole: what it knows was dear
    double baseline_ = 0.0;
    double least_reward_ = 0.0;
    bool has_reward_ = false;
    std::optional<EvaluatedGenome> best_;
};

} // namespace

std::unique_ptr<SearchAlgorithm> make_ddpg(const GenomeSpace& space, const SearchOptions& options) {
    return std::make_unique<Ddpg>(space, options);
}

} // namespace tandem
