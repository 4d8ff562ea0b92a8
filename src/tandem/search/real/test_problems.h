// Continuous problems whose fronts are known, for judging algorithms: ZDT1 to 4 and 6 (Zitzler, Deb and
// Thiele, "Comparison of Multiobjective Evolutionary Algorithms", Evolutionary Computation 8(2), 2000)
// and DTLZ2 (Deb, Thiele, Laumanns and Zitzler, "Scalable Test Problems", 2005).
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "tandem/search/front.h"

namespace tandem {

/// Everything is minimised.
struct RealProblem {
    std::string_view name;
    std::size_t objectives = 0;
    std::vector<double> lower; ///< by variable
    std::vector<double> upper;
    void (*evaluate)(std::span<const double> variables, std::span<double> objectives) = nullptr;
    /// Points spread over the exact front.
    std::vector<Objectives> (*exact_front)() = nullptr;
};

/// Sorted by name: dtlz2 (3 objectives, 12 variables), zdt1, zdt2, zdt3 (30), zdt4, zdt6 (10).
const std::vector<RealProblem>& test_problems();

} // namespace tandem
