#include "tandem/search/front.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include "tandem/core/check.h"

namespace tandem {

namespace {

enum class Relation { better, equal, worse, incomparable };

/// How `left` stands to `right` in minimised objectives (Pareto).
Relation compare(const Objectives& left, const Objectives& right) {
    TANDEM_CHECK(left.size() == right.size(), "evaluations of one run have the same objectives");
    bool better = false;
    bool worse = false;
    for (std::size_t i = 0; i < left.size(); ++i) {
        better = better || left[i] < right[i];
        worse = worse || left[i] > right[i];
    }
    if (better && worse) return Relation::incomparable;
    if (better) return Relation::better;
    return worse ? Relation::worse : Relation::equal;
}

/// An order in which no evaluation comes after one that it dominates.
bool comes_before(const Evaluation& left, const Evaluation& right) {
    if (left.infeasible || right.infeasible) return !left.infeasible && right.infeasible;
    if (left.violation != right.violation) return left.violation < right.violation;
    return left.objectives < right.objectives;
}

std::vector<std::size_t> indices(std::size_t count) {
    std::vector<std::size_t> all(count);
    std::iota(all.begin(), all.end(), std::size_t{0});
    return all;
}

std::size_t objective_count(std::span<const Objectives> front) {
    const std::size_t objectives = front.empty() ? 0 : front.front().size();
    TANDEM_CHECK(std::ranges::all_of(front, [&](const Objectives& o) { return o.size() == objectives; }),
                 "points of one front have the same objectives");
    return objectives;
}

} // namespace

bool dominates(const Evaluation& left, const Evaluation& right) {
    // Without objectives there is no telling how far from feasible a genome is: as far as can be.
    if (left.infeasible || right.infeasible) return !left.infeasible && right.infeasible;
    if (left.violation != right.violation) return left.violation < right.violation;
    return compare(left.objectives, right.objectives) == Relation::better;
}

// Efficient non-dominated sort with binary search (Zhang et al., "An Efficient Approach to
// Nondominated Sorting", IEEE TEC 19(2), 2015): taken in an order where dominators come first, each
// evaluation belongs to the first front that does not dominate it, and fronts before a front that
// does dominate it do too. The ranks are those of Deb's procedure, in less time and memory.
std::vector<std::size_t> non_dominated_ranks(std::span<const Evaluation> evaluations) {
    std::vector<std::size_t> order = indices(evaluations.size());
    std::ranges::stable_sort(order, [&](std::size_t left, std::size_t right) {
        return comes_before(evaluations[left], evaluations[right]);
    });
    std::vector<std::size_t> ranks(evaluations.size());
    std::vector<std::vector<std::size_t>> fronts;
    for (const std::size_t index : order) {
        const auto is_dominated_by = [&](const std::vector<std::size_t>& front) {
            // The latest members lie nearest and are the likeliest to dominate.
            return std::any_of(front.rbegin(), front.rend(), [&](std::size_t member) {
                return dominates(evaluations[member], evaluations[index]);
            });
        };
        const auto place = std::ranges::partition_point(fronts, is_dominated_by);
        ranks[index] = static_cast<std::size_t>(place - fronts.begin());
        if (place == fronts.end()) fronts.emplace_back();
        fronts[ranks[index]].push_back(index);
    }
    return ranks;
}

std::vector<double> crowding_distances(std::span<const Objectives> front) {
    constexpr double kInfinity = std::numeric_limits<double>::infinity();
    const std::size_t objectives = objective_count(front);
    if (front.size() <= 2) return std::vector<double>(front.size(), kInfinity);
    std::vector<double> distances(front.size(), 0.0);
    for (std::size_t objective = 0; objective < objectives; ++objective) {
        std::vector<std::size_t> order = indices(front.size());
        std::ranges::stable_sort(order, [&](std::size_t left, std::size_t right) {
            return front[left][objective] < front[right][objective];
        });
        const double least = front[order.front()][objective];
        const double range = front[order.back()][objective] - least;
        if (range == 0.0) continue; // all alike here: no point is an end, none is alone
        distances[order.front()] = kInfinity;
        distances[order.back()] = kInfinity;
        for (std::size_t i = 1; i + 1 < order.size(); ++i) {
            const double gap = front[order[i + 1]][objective] - front[order[i - 1]][objective];
            distances[order[i]] += gap / range;
        }
    }
    return distances;
}

std::vector<std::size_t> front_indices(std::span<const Evaluation> evaluations) {
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < evaluations.size(); ++i) {
        if (!evaluations[i].infeasible && evaluations[i].violation == 0.0) order.push_back(i);
    }
    // Stable, so that of equal objective vectors the first arrives first.
    std::ranges::stable_sort(order, [&](std::size_t left, std::size_t right) {
        return evaluations[left].objectives < evaluations[right].objectives;
    });
    std::vector<std::size_t> front;
    for (const std::size_t index : order) {
        const bool is_new = std::none_of(front.rbegin(), front.rend(), [&](std::size_t member) {
            const Relation relation = compare(evaluations[member].objectives, evaluations[index].objectives);
            return relation == Relation::better || relation == Relation::equal;
        });
        if (is_new) front.push_back(index);
    }
    std::ranges::sort(front);
    return front;
}

std::size_t balanced_choice(std::span<const Objectives> front) {
    TANDEM_CHECK(!front.empty(), "a choice needs a front");
    const std::size_t objectives = objective_count(front);
    Objectives least = front.front();
    Objectives most = front.front();
    for (const Objectives& point : front) {
        for (std::size_t i = 0; i < objectives; ++i) {
            least[i] = std::min(least[i], point[i]);
            most[i] = std::max(most[i], point[i]);
        }
    }
    std::size_t best = 0;
    double best_distance = -1.0; // squared, as all distances here: the order is the same
    for (std::size_t index = 0; index < front.size(); ++index) {
        double distance = 0.0;
        for (std::size_t i = 0; i < objectives; ++i) {
            if (most[i] == least[i]) continue; // all alike here: nothing to trade
            const double gain = (most[i] - front[index][i]) / (most[i] - least[i]);
            distance += gain * gain;
        }
        if (distance > best_distance) {
            best = index;
            best_distance = distance;
        }
    }
    return best;
}

} // namespace tandem
