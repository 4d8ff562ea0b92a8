// NSGA-III: Deb and Jain, "An Evolutionary Many-Objective Optimization Algorithm Using
// Reference-Point-Based Nondominated Sorting Approach, Part I", IEEE TEC 18(4), 2014. Ranks as in NSGA-II;
// the front that only partly fits is thinned so that every direction of the objective space keeps a design.
// Reference directions are the simplex lattice (Das and Dennis 1998), as many as the population holds.
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "tandem/search/algorithms.h"
#include "tandem/search/evolution.h"
#include "tandem/search/front.h"

namespace tandem {

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

using Directions = std::vector<std::vector<double>>;

/// All ways to deal `parts` among the rest of the objectives.
void add_lattice(std::size_t objectives, int parts, int left, std::vector<double>& point,
                 Directions& directions) {
    if (point.size() + 1 == objectives) {
        point.push_back(static_cast<double>(left) / parts);
        directions.push_back(point);
        point.pop_back();
        return;
    }
    for (int share = 0; share <= left; ++share) {
        point.push_back(static_cast<double>(share) / parts);
        add_lattice(objectives, parts, left - share, point, directions);
        point.pop_back();
    }
}

/// The finest lattice of at most `most` points; the coarsest has one a objective.
Directions lattice(std::size_t objectives, std::size_t most) {
    const auto made = [&](int parts) {
        Directions directions;
        std::vector<double> point;
        add_lattice(objectives, parts, parts, point, directions);
        return directions;
    };
    Directions finest = made(1);
    if (objectives < 2) return finest;
    for (int parts = 2;; ++parts) {
        Directions finer = made(parts);
        if (finer.size() > most) return finest;
        finest = std::move(finer);
    }
}

/// Solves a linear system by elimination with pivots; empty when it has no single solution.
std::vector<double> solve(std::vector<std::vector<double>> rows, std::vector<double> right) {
    const std::size_t count = rows.size();
    for (std::size_t column = 0; column < count; ++column) {
        std::size_t pivot = column;
        for (std::size_t row = column + 1; row < count; ++row) {
            if (std::abs(rows[row][column]) > std::abs(rows[pivot][column])) pivot = row;
        }
        if (std::abs(rows[pivot][column]) < 1e-12) return {};
        std::swap(rows[pivot], rows[column]);
        std::swap(right[pivot], right[column]);
        for (std::size_t row = 0; row < count; ++row) {
            if (row == column) continue;
            const double factor = rows[row][column] / rows[column][column];
            for (std::size_t i = column; i < count; ++i) rows[row][i] -= factor * rows[column][i];
            right[row] -= factor * right[column];
        }
    }
    for (std::size_t i = 0; i < count; ++i) right[i] /= rows[i][i];
    return right;
}

/// Section IV-C: objectives from the ideal point, divided by the intercepts of the plane through the
/// extreme points; by the worst of the first front where there is no such plane.
void normalize(std::vector<Objectives>& points, const std::vector<std::size_t>& first_front) {
    const std::size_t objectives = points.front().size();
    Objectives ideal = points.front();
    for (const Objectives& point : points) {
        for (std::size_t i = 0; i < objectives; ++i) ideal[i] = std::min(ideal[i], point[i]);
    }
    for (Objectives& point : points) {
        for (std::size_t i = 0; i < objectives; ++i) point[i] -= ideal[i];
    }
    std::vector<std::vector<double>> extremes;
    for (std::size_t axis = 0; axis < objectives; ++axis) {
        const auto reach = [&](const Objectives& point) { // the achievement function along this axis
            double most = 0.0;
            for (std::size_t i = 0; i < objectives; ++i) {
                most = std::max(most, i == axis ? point[i] : point[i] * 1e6);
            }
            return most;
        };
        extremes.push_back(*std::ranges::min_element(points, {}, reach));
    }
    const std::vector<double> plane = solve(extremes, std::vector<double>(objectives, 1.0));
    Objectives range(objectives, 0.0);
    for (std::size_t i = 0; i < objectives; ++i) {
        if (!plane.empty() && plane[i] > 1e-12) range[i] = 1.0 / plane[i];
    }
    if (std::ranges::any_of(range, [](double value) { return value <= 0.0; })) {
        for (std::size_t i = 0; i < objectives; ++i) {
            range[i] = 0.0;
            for (const std::size_t index : first_front) range[i] = std::max(range[i], points[index][i]);
        }
    }
    for (Objectives& point : points) {
        for (std::size_t i = 0; i < objectives; ++i) point[i] /= range[i] > 0.0 ? range[i] : 1.0;
    }
}

struct Niche {
    std::size_t direction = 0;
    double distance = kInfinity; ///< squared, perpendicular
};

Niche nearest_niche(const Objectives& point, const Directions& directions) {
    Niche niche;
    for (std::size_t d = 0; d < directions.size(); ++d) {
        double length = 0.0;
        double along = 0.0;
        double square = 0.0;
        for (std::size_t i = 0; i < point.size(); ++i) {
            length += directions[d][i] * directions[d][i];
            along += point[i] * directions[d][i];
            square += point[i] * point[i];
        }
        const double distance = std::max(square - along * along / length, 0.0);
        if (distance < niche.distance) niche = {d, distance};
    }
    return niche;
}

/// Section IV-E: picks `count` of the last front's members, each time for the direction that has the
/// fewest designs so far.
std::vector<std::size_t> pick(const std::vector<Niche>& niches, std::size_t accepted, std::size_t count,
                              std::size_t directions, Random& random) {
    std::vector<std::size_t> crowd(directions, 0);
    for (std::size_t i = 0; i < accepted; ++i) ++crowd[niches[i].direction];
    std::vector<std::vector<std::size_t>> waiting(directions);
    for (std::size_t i = accepted; i < niches.size(); ++i) waiting[niches[i].direction].push_back(i);

    std::vector<std::size_t> picked;
    while (picked.size() < count) {
        std::vector<std::size_t> emptiest;
        for (std::size_t d = 0; d < directions; ++d) {
            if (waiting[d].empty()) continue;
            if (!emptiest.empty() && crowd[d] > crowd[emptiest.front()]) continue;
            if (!emptiest.empty() && crowd[d] < crowd[emptiest.front()]) emptiest.clear();
            emptiest.push_back(d);
        }
        const std::size_t direction = emptiest[random.below(emptiest.size())];
        std::vector<std::size_t>& members = waiting[direction];
        auto chosen = members.begin() + static_cast<std::ptrdiff_t>(random.below(members.size()));
        if (crowd[direction] == 0) {
            chosen = std::ranges::min_element(members, {}, [&](std::size_t i) { return niches[i].distance; });
        }
        picked.push_back(*chosen);
        members.erase(chosen);
        ++crowd[direction];
    }
    return picked;
}

void survive_by_niches(std::vector<Individual>& people, std::size_t size, Random& random) {
    const std::vector<std::size_t> ranks = ranks_of(people);
    for (std::size_t i = 0; i < people.size(); ++i) {
        people[i].rank = ranks[i];
        people[i].crowding = 0.0;
    }
    if (people.size() <= size) return keep_preferred(people, size);
    keep_preferred(people, people.size());
    const std::size_t last = people[size].rank;
    const auto beyond = std::ranges::find_if(people, [&](const Individual& one) { return one.rank > last; });
    people.erase(beyond, people.end());
    const Evaluation& worst = people.back().evaluation;
    if (people.size() > size && !worst.infeasible && worst.violation == 0.0) {
        std::vector<Objectives> points;
        std::vector<std::size_t> first_front;
        for (std::size_t i = 0; i < people.size(); ++i) {
            points.push_back(people[i].evaluation.objectives);
            if (people[i].rank == people.front().rank) first_front.push_back(i);
        }
        normalize(points, first_front);
        const Directions directions = lattice(points.front().size(), size);
        std::vector<Niche> niches;
        for (const Objectives& point : points) niches.push_back(nearest_niche(point, directions));
        const auto first_of_last = std::ranges::find(people, last, &Individual::rank) - people.begin();
        const auto accepted = static_cast<std::size_t>(first_of_last);
        std::vector<Individual> kept(people.begin(), people.begin() + first_of_last);
        for (const std::size_t i : pick(niches, accepted, size - accepted, directions.size(), random)) {
            kept.push_back(people[i]);
        }
        people = std::move(kept);
    }
    if (people.size() > size) people.resize(size);
}

} // namespace

std::unique_ptr<SearchAlgorithm> make_nsga3(const GenomeSpace& space, const SearchOptions& options) {
    return make_evolution(space, options, survive_by_niches);
}

} // namespace tandem
