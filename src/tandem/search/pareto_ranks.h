// Non-dominated sorting of plain points, fast enough to be called every generation.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace tandem {

/// Ranks from 0, the non-dominated ones first, of minimised points that lie row by row in `values`,
/// `objectives` numbers each (at least 1; no NaN). The ranks are those of Deb et al. 2002, section III-A;
/// equal points share a rank. Sorting 10,000 points in 4 objectives takes a few milliseconds.
std::vector<std::size_t> pareto_ranks(std::span<const double> values, std::size_t objectives);

} // namespace tandem
