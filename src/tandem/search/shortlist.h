// Few out of many: which designs of a search are worth a costlier look, and in which order that look leaves
// them (the steps of successive halving, Jamieson and Talwalkar, AISTATS 2016).
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <vector>

#include "tandem/search/front.h"
#include "tandem/search/search.h"

namespace tandem {

/// Up to `count` acceptable evaluations by index, rank by rank (non_dominated_ranks). Within a rank the
/// balanced choice comes first, then each time what adds the most hypervolume to those of the rank that are
/// picked; objectives are scaled to [0, 1] over the rank, 1.1 being the worst. Of equals the first. What
/// `may_be_picked` refuses is passed over; it is asked about nothing twice.
std::vector<std::size_t> pick_shortlist(std::span<const Evaluation> evaluations, std::size_t count,
                                        const std::function<bool(std::size_t)>& may_be_picked);

/// All evaluations by index, best first: by rank, within a rank the one farther from the worst corner of the
/// box, the first of equals.
std::vector<std::size_t> order_by_balance(std::span<const Evaluation> evaluations, const ObjectiveBox& box);

} // namespace tandem
