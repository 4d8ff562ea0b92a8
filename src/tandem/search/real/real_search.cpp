// Simulated binary crossover and polynomial mutation, both within bounds: Deb and Agrawal, "Simulated
// Binary Crossover for Continuous Search Space", Complex Systems 9, 1995; Deb, "An Efficient Constraint
// Handling Method for Genetic Algorithms", 2000, appendix. Each parent meets two tournaments a
// generation, by shuffling twice, so that the best wins twice and the worst never.
#include "tandem/search/real/real_search.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "tandem/core/check.h"
#include "tandem/core/random.h"
#include "tandem/search/pareto_ranks.h"

namespace tandem {

namespace {

/// Variables and objectives of many individuals, row by row.
struct Rows {
    std::vector<double> variables;
    std::vector<double> objectives;
};

class RealSearch {
  public:
    RealSearch(const RealProblem& problem, const RealSearchOptions& options)
        : problem_(problem), options_(options), size_(static_cast<std::size_t>(options.population)),
          width_(problem.lower.size()), random_(static_cast<std::uint64_t>(options.seed)) {
        TANDEM_CHECK(size_ >= 4 && size_ % 4 == 0, "four parents make two children, twice");
        TANDEM_CHECK(options.generations >= 1, "a search needs a generation");
        mutation_ = options.mutation_probability > 0.0 ? options.mutation_probability
                                                       : 1.0 / static_cast<double>(width_);
    }

    RealSearchResult run() {
        for (std::size_t i = 0; i < size_ * width_; ++i) {
            const double low = problem_.lower[i % width_];
            people_.variables.push_back(low + random_.uniform() * (problem_.upper[i % width_] - low));
        }
        evaluate();
        assess();
        for (std::int64_t generation = 1; generation < options_.generations; ++generation) {
            add_children();
            evaluate();
            assess();
            survive();
        }
        RealSearchResult result;
        result.evaluations = options_.generations * options_.population;
        for (std::size_t i = 0; i < size_; ++i) {
            const double* const row = &people_.objectives[i * problem_.objectives];
            result.population.emplace_back(row, row + problem_.objectives);
        }
        return result;
    }

  private:
    /// The objectives of those at the end that have none yet.
    void evaluate() {
        const std::size_t known = people_.objectives.size() / problem_.objectives;
        const std::size_t count = people_.variables.size() / width_;
        people_.objectives.resize(count * problem_.objectives);
        for (std::size_t i = known; i < count; ++i) {
            problem_.evaluate(
                std::span(people_.variables).subspan(i * width_, width_),
                std::span(people_.objectives).subspan(i * problem_.objectives, problem_.objectives));
        }
    }

    void assess() {
        ranks_ = pareto_ranks(people_.objectives, problem_.objectives);
        crowding_ = crowding_distances(ranks_, people_.objectives, problem_.objectives);
    }

    /// The crowded-comparison operator (section III-B).
    bool is_preferred(std::size_t left, std::size_t right) const {
        if (ranks_[left] != ranks_[right]) return ranks_[left] < ranks_[right];
        return crowding_[left] > crowding_[right];
    }

    std::size_t winner(std::size_t left, std::size_t right) {
        if (is_preferred(left, right)) return left;
        if (is_preferred(right, left)) return right;
        return random_.next() % 2 == 0 ? left : right;
    }

    void add_children() {
        people_.variables.reserve(2 * size_ * width_);
        std::vector<std::size_t> order(size_);
        std::iota(order.begin(), order.end(), std::size_t{0});
        for (int round = 0; round < 2; ++round) {
            random_.shuffle(std::span<std::size_t>(order));
            for (std::size_t i = 0; i < size_; i += 4) {
                add_pair(winner(order[i], order[i + 1]), winner(order[i + 2], order[i + 3]));
            }
        }
    }

    void add_pair(std::size_t left, std::size_t right) {
        std::vector<double>& variables = people_.variables;
        const std::size_t first = variables.size();
        const std::size_t second = first + width_;
        variables.resize(second + width_);
        std::copy_n(&variables[left * width_], width_, &variables[first]);
        std::copy_n(&variables[right * width_], width_, &variables[second]);
        if (random_.uniform() < options_.crossover_probability) {
            for (std::size_t i = 0; i < width_; ++i) {
                if (random_.next() % 2 == 0) cross(variables[first + i], variables[second + i], i);
            }
        }
        for (std::size_t i = 0; i < width_; ++i) {
            if (random_.uniform() < mutation_) change(variables[first + i], i);
            if (random_.uniform() < mutation_) change(variables[second + i], i);
        }
    }

    /// The spread factor (Deb 2000, appendix, equation for bounded variables) for a distance `gap` to
    /// the bound on that side and `distance` between the parents.
    double spread(double gap, double distance, double draw) const {
        const double power = options_.crossover_index + 1.0;
        const double alpha = 2.0 - std::pow(1.0 + 2.0 * gap / distance, -power);
        const double inside = draw * alpha;
        return std::pow(inside <= 1.0 ? inside : 1.0 / (2.0 - inside), 1.0 / power);
    }

    void cross(double& left, double& right, std::size_t variable) {
        constexpr double kEqual = 1e-14; // parents nearer than this have nothing to exchange
        const double low = std::min(left, right);
        const double high = std::max(left, right);
        const double distance = high - low;
        if (distance <= kEqual) return;
        const double draw = random_.uniform();
        const double below = spread(low - problem_.lower[variable], distance, draw);
        const double above = spread(problem_.upper[variable] - high, distance, draw);
        left = clamped(0.5 * (low + high - below * distance), variable);
        right = clamped(0.5 * (low + high + above * distance), variable);
        if (random_.next() % 2 == 0) std::swap(left, right);
    }

    void change(double& value, std::size_t variable) {
        const double range = problem_.upper[variable] - problem_.lower[variable];
        const double power = options_.mutation_index + 1.0;
        const double draw = random_.uniform();
        double shift = 0.0;
        if (draw < 0.5) {
            const double room = 1.0 - (value - problem_.lower[variable]) / range;
            shift = std::pow(2.0 * draw + (1.0 - 2.0 * draw) * std::pow(room, power), 1.0 / power) - 1.0;
        } else {
            const double room = 1.0 - (problem_.upper[variable] - value) / range;
            shift =
                1.0 - std::pow(2.0 * (1.0 - draw) + (2.0 * draw - 1.0) * std::pow(room, power), 1.0 / power);
        }
        value = clamped(value + shift * range, variable);
    }

    double clamped(double value, std::size_t variable) const {
        return std::clamp(value, problem_.lower[variable], problem_.upper[variable]);
    }

    /// Keeps the better half of parents and children.
    void survive() {
        std::vector<std::size_t> order(ranks_.size());
        std::iota(order.begin(), order.end(), std::size_t{0});
        std::ranges::stable_sort(
            order, [&](std::size_t left, std::size_t right) { return is_preferred(left, right); });
        Rows kept;
        kept.variables.reserve(2 * size_ * width_);
        kept.objectives.reserve(2 * size_ * problem_.objectives);
        std::vector<std::size_t> ranks;
        std::vector<double> crowding;
        for (std::size_t i = 0; i < size_; ++i) {
            const double* const x = &people_.variables[order[i] * width_];
            const double* const f = &people_.objectives[order[i] * problem_.objectives];
            kept.variables.insert(kept.variables.end(), x, x + width_);
            kept.objectives.insert(kept.objectives.end(), f, f + problem_.objectives);
            ranks.push_back(ranks_[order[i]]);
            crowding.push_back(crowding_[order[i]]);
        }
        people_ = std::move(kept);
        ranks_ = std::move(ranks);
        crowding_ = std::move(crowding);
    }

    const RealProblem& problem_;
    RealSearchOptions options_;
    std::size_t size_;
    std::size_t width_;
    double mutation_ = 0.0;
    Random random_;
    Rows people_;
    std::vector<std::size_t> ranks_;
    std::vector<double> crowding_;
};

} // namespace

RealSearchResult search_real(const RealProblem& problem, const RealSearchOptions& options) {
    return RealSearch(problem, options).run();
}

} // namespace tandem
