// Fronts: dominance, non-dominated sorting, crowding, hypervolume, and the balanced choice.
#pragma once

#include <span>
#include <vector>

#include "tandem/search/search.h"

namespace tandem {

using Objectives = std::vector<double>;

/// Constrained domination (Deb et al. 2002, definition 1): feasible beats infeasible, less
/// violation beats more, else no objective worse and one better.
bool dominates(const Evaluation& left, const Evaluation& right);

/// Ranks from 0, the non-dominated ones first (Deb et al. 2002, section III-A).
std::vector<std::size_t> non_dominated_ranks(std::span<const Evaluation> evaluations);

/// Crowding distance within one front (Deb et al. 2002, section III-B).
std::vector<double> crowding_distances(std::span<const Objectives> front);

/// The same of plain points that lie row by row in `values`, one rank's after the other: the crowding
/// of each among those of its rank. Points without objectives have none, and two or fewer all of it.
std::vector<double> crowding_distances(std::span<const std::size_t> ranks, std::span<const double> values,
                                       std::size_t objectives);

/// Indices of the feasible non-dominated evaluations without violation, in order; of equal
/// objective vectors the first.
std::vector<std::size_t> front_indices(std::span<const Evaluation> evaluations);

/// Exact hypervolume of minimised points against a reference point, for any number of objectives (WFG,
/// While et al. 2012). Points not better than the reference count nothing.
double hypervolume(const std::vector<Objectives>& points, const Objectives& reference);

/// What the hypervolume of the front grows by when the point joins it; 0 when a member covers it.
double hypervolume_gain(const Objectives& point, std::span<const Objectives> front,
                        const Objectives& reference);

/// The least and the greatest of each objective.
struct ObjectiveBox {
    Objectives least;
    Objectives most;
};
/// Of at least one point.
ObjectiveBox box_of(std::span<const Objectives> points);

/// How far (Euclidean, squared) a point lies from the worst corner of a box that is scaled to [0, 1] in each
/// objective. One in which the box has no extent counts nothing, nor does one worse than the corner.
double distance_from_worst(const Objectives& point, const ObjectiveBox& box);

/// The balanced trade-off: with each objective scaled to [0, 1] over the front, the point farthest
/// (Euclidean) from the worst corner; the first of equals. The front must not be empty.
std::size_t balanced_choice(std::span<const Objectives> front);

} // namespace tandem
