// Integer programming over measured perturbations, as HAWQ-V3 (Yao et al., ICML 2021) allocates widths: what
// each change of one gene loses and saves is measured alone, taken to add up over layers, and the choice of
// least loss within a bound on each cost is found by a solver. The bounds follow a Halton sequence, so that
// any number of designs spreads over the front. What differs from the paper: a perturbation is measured (by
// the divergence of the outputs, where the evaluation says it) where the paper takes the trace of the
// Hessian, and the costs are the evaluations' own.
#include <algorithm>
#include <array>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "tandem/search/algorithms.h"
#include "tandem/search/perturbation_model.h"

namespace tandem {

namespace {

/// Programs in a row that give no new design before the search ends.
constexpr int kMostRepeats = 100;
/// So small beside a loss, scaled to 1, that it only tells equal ones apart.
constexpr double kCostWeight = 1e-6;

/// The van der Corput sequence: the digits of `index` mirrored at the point.
double radical_inverse(std::uint64_t index, std::uint64_t base) {
    double value = 0.0;
    double scale = 1.0;
    for (; index > 0; index /= base) {
        scale /= static_cast<double>(base);
        value += static_cast<double>(index % base) * scale;
    }
    return value;
}

class IntegerProgramming final : public SearchAlgorithm {
  public:
    IntegerProgramming(const GenomeSpace& space, const SearchOptions& options)
        : space_(space), options_(options) {
        for (const Genome& guess : space.first_guesses) ask(guess);
        if (!space.first_guesses.empty()) return;
        Genome last;
        for (const int alleles : space.alleles) last.push_back(alleles - 1);
        ask(last);
    }

    std::vector<Genome> propose() override {
        if (waiting_.empty() && !model_) begin_model();
        if (waiting_.empty() && model_) solve_programs();
        std::vector<Genome> proposal;
        while (!waiting_.empty() && proposal.size() < static_cast<std::size_t>(options_.population)) {
            proposal.push_back(std::move(waiting_.front()));
            waiting_.pop_front();
        }
        if (!proposal.empty()) last_ = proposal;
        return proposal;
    }

    void report(std::span<const EvaluatedGenome> evaluated) override {
        for (const auto& [genome, evaluation] : evaluated) {
            if (model_) {
                if (!program_) model_->learn(genome, evaluation);
            } else {
                guesses_.push_back({genome, evaluation});
            }
        }
    }

    std::vector<Genome> population() const override { return last_; }

  private:
    bool ask(const Genome& genome) {
        if (!seen_.insert(genome).second) return false;
        waiting_.push_back(genome);
        return true;
    }

    /// The reference is the first guess that fits and keeps the constraints best; without any the search
    /// ends.
    void begin_model() {
        const EvaluatedGenome* reference = nullptr;
        for (const EvaluatedGenome& guess : guesses_) {
            if (guess.evaluation.infeasible) continue;
            if (reference == nullptr || guess.evaluation.violation < reference->evaluation.violation) {
                reference = &guess;
            }
        }
        if (reference == nullptr) return;
        model_.emplace(space_, reference->genome, options_.sensitivity);
        for (const EvaluatedGenome& guess : guesses_) model_->learn(guess.genome, guess.evaluation);
        for (const Genome& genome : model_->measurements()) ask(genome);
    }

    void begin_program() {
        program_ = model_->program();
        double largest_loss = 0.0;
        for (const std::vector<Choice>& group : program_->choices.groups) {
            for (const Choice& choice : group) largest_loss = std::max(largest_loss, choice.loss);
        }
        const auto range = [&](std::size_t cost) {
            const double width = program_->most[cost] - program_->least[cost];
            return width > 0.0 ? width : 1.0;
        };
        for (std::vector<Choice>& group : program_->choices.groups) {
            for (Choice& choice : group) {
                if (largest_loss > 0.0) choice.loss /= largest_loss;
                for (std::size_t cost = 0; cost < choice.costs.size(); ++cost) {
                    choice.costs[cost] /= range(cost);
                    choice.loss += kCostWeight * choice.costs[cost];
                }
            }
        }
        // From here on each cost runs over an interval of length 1.
        for (std::size_t cost = 0; cost < program_->least.size(); ++cost) {
            program_->least[cost] /= range(cost);
        }
    }

    /// Fills a generation, or what there still is.
    void solve_programs() {
        if (!program_) begin_program();
        static constexpr std::array<std::uint64_t, 8> kPrimes{2, 3, 5, 7, 11, 13, 17, 19};
        const auto wanted = static_cast<std::size_t>(options_.population);
        for (int repeats = 0; repeats < kMostRepeats && waiting_.size() < wanted; ++repeats) {
            ++solved_;
            ChoiceProgram& choices = program_->choices;
            choices.bounds.clear();
            for (std::size_t cost = 0; cost < program_->least.size(); ++cost) {
                choices.bounds.push_back(program_->least[cost] +
                                         radical_inverse(solved_, kPrimes[cost % kPrimes.size()]));
            }
            const auto chosen = solve_choices(choices);
            if (chosen && ask(model_->genome(*program_, *chosen))) repeats = 0;
        }
    }

    GenomeSpace space_;
    SearchOptions options_;
    std::deque<Genome> waiting_; ///< to be proposed
    std::set<Genome> seen_;
    std::vector<Genome> last_;
    std::vector<EvaluatedGenome> guesses_;
    std::optional<PerturbationModel> model_;            ///< once the guesses are known
    std::optional<PerturbationModel::Program> program_; ///< once the perturbations are
    std::uint64_t solved_ = 0;                          ///< programs so far
};

} // namespace

std::unique_ptr<SearchAlgorithm> make_integer_programming(const GenomeSpace& space,
                                                          const SearchOptions& options) {
    return std::make_unique<IntegerProgramming>(space, options);
}

} // namespace tandem
