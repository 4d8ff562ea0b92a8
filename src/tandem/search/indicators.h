// What researchers say of fronts: how far from a known one, how far attained over many runs, which
// few points stand for it. All objectives are minimised; no set may be empty unless said.
#pragma once

#include <span>
#include <vector>

#include "tandem/search/front.h"

namespace tandem {

/// Mean distance from each reference point to what dominates least of it (Ishibuchi et al., "Modified
/// Distance Calculation in Generational Distance and Inverted Generational Distance", EMO 2015): only
/// objectives in which a front point is worse than the reference point count. 0: the front covers it.
double igd_plus(std::span<const Objectives> front, std::span<const Objectives> reference_front);

/// The least shift of the front, equal in every objective, after which it covers the reference front
/// (Zitzler et al., "Performance Assessment of Multiobjective Optimizers", IEEE TEC 7(2), 2003).
double additive_epsilon(std::span<const Objectives> front, std::span<const Objectives> reference_front);

/// Index of the knee: with each objective scaled to [0, 1] over the front, the point farthest below the
/// plane through the unit points of all axes (Das, "On Characterizing the 'Knee' of the Pareto Curve",
/// 1999; in two objectives the line through the ends); the first of equals.
std::size_t knee_point(std::span<const Objectives> front);

/// The points attained by at least `runs` of the fronts, minimal ones only, in lexicographic order
/// (Grunert da Fonseca et al., "Inferential Performance Assessment of Stochastic Optimisers and the
/// Attainment Function", EMO 2001). `runs` is 1 to the number of fronts: 1 is the best case, half of
/// them the median surface. Fronts may be empty. Exact, for any number of objectives.
std::vector<Objectives> attainment_surface(std::span<const std::vector<Objectives>> fronts, std::size_t runs);

/// Few points that stand for the front: each objective's range is cut into boxes of `width` times the
/// range (0 < width <= 1), dominated boxes go, of each box the point nearest its best corner stays
/// (Laumanns et al., "Combining Convergence and Diversity in Evolutionary Multiobjective Optimization",
/// Evolutionary Computation 10(3), 2002). Indices, in order. The front may be empty.
std::vector<std::size_t> epsilon_sample(std::span<const Objectives> front, double width);

} // namespace tandem
