#include "tandem/search/front.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <set>

#include "tandem/core/check.h"
#include "tandem/search/pareto_ranks.h"

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

/// Ranks among evaluations of equal violation, in the order of `group`.
std::vector<std::size_t> ranks_within(std::span<const Evaluation> evaluations,
                                      const std::vector<std::size_t>& group) {
    const std::size_t objectives = evaluations[group.front()].objectives.size();
    if (objectives == 0) return std::vector<std::size_t>(group.size(), 0);
    std::vector<double> values;
    values.reserve(group.size() * objectives);
    for (const std::size_t index : group) {
        const Objectives& row = evaluations[index].objectives;
        TANDEM_CHECK(row.size() == objectives, "evaluations of one run have the same objectives");
        values.insert(values.end(), row.begin(), row.end());
    }
    return pareto_ranks(values, objectives);
}

} // namespace

bool dominates(const Evaluation& left, const Evaluation& right) {
    // Without objectives there is no telling how far from feasible a genome is: as far as can be.
    if (left.infeasible || right.infeasible) return !left.infeasible && right.infeasible;
    if (left.violation != right.violation) return left.violation < right.violation;
    return compare(left.objectives, right.objectives) == Relation::better;
}

// Constrained domination puts every evaluation of less violation before every one of more, so the
// evaluations fall into groups of equal violation, each sorted by its objectives alone; those without
// objectives are the last group.
std::vector<std::size_t> non_dominated_ranks(std::span<const Evaluation> evaluations) {
    std::vector<std::size_t> order = indices(evaluations.size());
    const auto is_in_earlier_group = [&](std::size_t left, std::size_t right) {
        const Evaluation& one = evaluations[left];
        const Evaluation& other = evaluations[right];
        if (one.infeasible || other.infeasible) return !one.infeasible && other.infeasible;
        return one.violation < other.violation;
    };
    std::ranges::stable_sort(order, is_in_earlier_group);
    std::vector<std::size_t> ranks(evaluations.size());
    std::size_t first_rank = 0;
    for (auto begin = order.begin(); begin != order.end();) {
        const auto end = std::find_if(begin, order.end(),
                                      [&](std::size_t index) { return is_in_earlier_group(*begin, index); });
        const std::vector<std::size_t> group(begin, end);
        const std::vector<std::size_t> inner = ranks_within(evaluations, group);
        for (std::size_t i = 0; i < group.size(); ++i) ranks[group[i]] = first_rank + inner[i];
        first_rank += 1 + std::ranges::max(inner);
        begin = end;
    }
    return ranks;
}

std::vector<double> crowding_distances(std::span<const std::size_t> ranks, std::span<const double> values,
                                       std::size_t objectives) {
    constexpr double kInfinity = std::numeric_limits<double>::infinity();
    std::vector<double> distances(ranks.size(), 0.0);
    std::vector<std::size_t> order = indices(ranks.size());
    std::ranges::stable_sort(order, {}, [&](std::size_t index) { return ranks[index]; });
    std::vector<std::pair<double, std::size_t>> line; // one front along one objective
    for (auto begin = order.begin(); begin != order.end();) {
        const auto end = std::find_if(begin, order.end(),
                                      [&](std::size_t index) { return ranks[index] != ranks[*begin]; });
        if (end - begin <= 2) {
            for (auto index = begin; index != end; ++index) distances[*index] = kInfinity;
            begin = end;
            continue;
        }
        for (std::size_t objective = 0; objective < objectives; ++objective) {
            line.clear();
            for (auto index = begin; index != end; ++index) {
                line.emplace_back(values[*index * objectives + objective], *index);
            }
            std::ranges::sort(line);
            const double range = line.back().first - line.front().first;
            if (!(range > 0.0)) continue; // all alike here: no point is an end, none is alone
            distances[line.front().second] = kInfinity;
            distances[line.back().second] = kInfinity;
            for (std::size_t i = 1; i + 1 < line.size(); ++i) {
                distances[line[i].second] += (line[i + 1].first - line[i - 1].first) / range;
            }
        }
        begin = end;
    }
    return distances;
}

std::vector<double> crowding_distances(std::span<const Objectives> front) {
    const std::size_t objectives = objective_count(front);
    std::vector<double> values;
    values.reserve(front.size() * objectives);
    for (const Objectives& point : front) values.insert(values.end(), point.begin(), point.end());
    return crowding_distances(std::vector<std::size_t>(front.size(), 0), values, objectives);
}

std::vector<std::size_t> front_indices(std::span<const Evaluation> evaluations) {
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < evaluations.size(); ++i) {
        if (!evaluations[i].infeasible && evaluations[i].violation == 0.0) order.push_back(i);
    }
    if (order.empty()) return {};
    const std::vector<std::size_t> ranks = ranks_within(evaluations, order);
    std::set<Objectives> seen;
    std::vector<std::size_t> front;
    for (std::size_t i = 0; i < order.size(); ++i) {
        if (ranks[i] == 0 && seen.insert(evaluations[order[i]].objectives).second) front.push_back(order[i]);
    }
    return front;
}

ObjectiveBox box_of(std::span<const Objectives> points) {
    TANDEM_CHECK(!points.empty(), "a box needs a point");
    const std::size_t objectives = objective_count(points);
    ObjectiveBox box{.least = points.front(), .most = points.front()};
    for (const Objectives& point : points) {
        for (std::size_t i = 0; i < objectives; ++i) {
            box.least[i] = std::min(box.least[i], point[i]);
            box.most[i] = std::max(box.most[i], point[i]);
        }
    }
    return box;
}

double distance_from_worst(const Objectives& point, const ObjectiveBox& box) {
    double distance = 0.0; // squared: the order is the same
    for (std::size_t i = 0; i < point.size(); ++i) {
        if (box.most[i] == box.least[i]) continue; // all alike here: nothing to trade
        const double gain = std::max(0.0, (box.most[i] - point[i]) / (box.most[i] - box.least[i]));
        distance += gain * gain;
    }
    return distance;
}

std::size_t balanced_choice(std::span<const Objectives> front) {
    const ObjectiveBox box = box_of(front);
    std::size_t best = 0;
    double best_distance = -1.0;
    for (std::size_t index = 0; index < front.size(); ++index) {
        const double distance = distance_from_worst(front[index], box);
        if (distance > best_distance) {
            best = index;
            best_distance = distance;
        }
    }
    return best;
}

} // namespace tandem
