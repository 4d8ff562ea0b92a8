// Greedy sensitivity descent: from the first guess that fits (else every gene at its last allele) one gene a
// step goes an allele down, the one that loses least of the first objective for what the others gain, as
// bit-width allocations do (Zhou et al., "Adaptive Quantization for Deep Neural Network", AAAI 2018,
// choose by such a ratio). With lookahead the best few steps are followed one further before one is
// taken. All that it looks at is part of the record, so its path and the steps aside give a front.
#include <algorithm>
#include <limits>
#include <map>
#include <optional>
#include <utility>

#include "tandem/search/algorithms.h"

namespace tandem {

namespace {

class Greedy final : public SearchAlgorithm {
  public:
    Greedy(GenomeSpace space, const SearchOptions& options)
        : space_(std::move(space)), batch_(static_cast<std::size_t>(options.population)),
          lookahead_(static_cast<std::size_t>(options.lookahead)) {
        if (space_.first_guesses.empty()) {
            Genome last;
            for (const int alleles : space_.alleles) last.push_back(alleles - 1);
            space_.first_guesses.push_back(std::move(last));
        }
        here_ = space_.first_guesses.front();
    }

    std::vector<Genome> propose() override {
        for (;;) {
            std::vector<Genome> wanted = unknown_genomes();
            if (wanted.size() > batch_) wanted.resize(batch_);
            if (!wanted.empty() || !take_step()) return wanted;
        }
    }

    void report(std::span<const EvaluatedGenome> evaluated) override {
        for (const auto& [genome, evaluation] : evaluated) known_.insert_or_assign(genome, evaluation);
        // It begins at the first guess that fits.
        while (known_.contains(here_) && known_.at(here_).infeasible &&
               guess_ + 1 < space_.first_guesses.size()) {
            here_ = space_.first_guesses[++guess_];
        }
    }

    std::vector<Genome> population() const override { return {here_}; }

  private:
    struct Step {
        Genome to;
        double ratio = 0.0; ///< loss for gain; lower is better
    };

    /// One gene an allele lower; an unordered gene at any other allele.
    std::vector<Genome> neighbours(const Genome& genome) const {
        std::vector<Genome> list;
        for (std::size_t gene = 0; gene < genome.size(); ++gene) {
            const bool is_unordered = std::ranges::binary_search(space_.unordered_genes, gene);
            for (int allele = 0; allele < space_.alleles[gene]; ++allele) {
                const bool is_step = is_unordered ? allele != genome[gene] : allele == genome[gene] - 1;
                if (!is_step) continue;
                list.push_back(genome);
                list.back()[gene] = allele;
            }
        }
        return list;
    }

    /// What must be known before the next step can be chosen.
    std::vector<Genome> unknown_genomes() const {
        std::vector<Genome> unknown;
        const auto ask = [&](const Genome& genome) {
            if (!known_.contains(genome) && std::ranges::find(unknown, genome) == unknown.end()) {
                unknown.push_back(genome);
            }
        };
        ask(here_);
        if (!unknown.empty()) return unknown;
        if (known_.at(here_).infeasible) return unknown; // no guess fits, so there is no step
        for (const Genome& genome : neighbours(here_)) ask(genome);
        if (!unknown.empty() || lookahead_ < 2) return unknown;
        for (const Step& step : best_steps()) {
            for (const Genome& genome : neighbours(step.to)) ask(genome);
        }
        return unknown;
    }

    /// The ratio of going from here to there; none when that is no acceptable step down.
    std::optional<double> ratio(const Genome& genome) const {
        const Evaluation& from = known_.at(here_);
        const Evaluation& to = known_.at(genome);
        if (from.infeasible || to.infeasible || to.violation > from.violation) return std::nullopt;
        const double loss = to.objectives[0] - from.objectives[0];
        double gain = 0.0; // of the other objectives, each relative to where we stand
        for (std::size_t i = 1; i < to.objectives.size(); ++i) {
            const double scale = from.objectives[i] == 0.0 ? 1.0 : std::abs(from.objectives[i]);
            gain += (from.objectives[i] - to.objectives[i]) / scale;
        }
        if (loss <= 0.0 && gain >= 0.0 && (loss < 0.0 || gain > 0.0)) return loss - gain - kFree;
        if (gain <= 0.0) return std::nullopt;
        return loss / gain;
    }

    /// The acceptable steps from here, best first; as many as are looked beyond.
    std::vector<Step> best_steps() const {
        std::vector<Step> steps;
        for (Genome& genome : neighbours(here_)) {
            const std::optional<double> value = ratio(genome);
            if (value) steps.push_back({std::move(genome), *value});
        }
        std::ranges::stable_sort(steps, {}, &Step::ratio);
        if (steps.size() > lookahead_) steps.resize(lookahead_);
        return steps;
    }

    /// Moves on; false at the end. All that unknown_genomes asks for is known.
    bool take_step() {
        if (known_.at(here_).infeasible) return false;
        const std::vector<Step> steps = best_steps();
        if (steps.empty()) return false;
        const Step* best = &steps.front();
        double best_ratio = std::numeric_limits<double>::infinity();
        for (const Step& step : steps) {
            if (lookahead_ < 2) break;
            // A step is as good as the best two-step way that begins with it.
            double value = step.ratio;
            for (const Genome& genome : neighbours(step.to)) {
                const std::optional<double> two = ratio(genome);
                if (two) value = std::min(value, *two);
            }
            if (value < best_ratio) {
                best_ratio = value;
                best = &step;
            }
        }
        here_ = best->to;
        return true;
    }

    static constexpr double kFree = 1e9; ///< steps that lose nothing come before all that do

    GenomeSpace space_;
    std::size_t batch_;
    std::size_t lookahead_;
    std::size_t guess_ = 0; ///< that it begins from
    Genome here_;
    std::map<Genome, Evaluation> known_;
};

} // namespace

std::unique_ptr<SearchAlgorithm> make_greedy(const GenomeSpace& space, const SearchOptions& options) {
    return std::make_unique<Greedy>(space, options);
}

} // namespace tandem
