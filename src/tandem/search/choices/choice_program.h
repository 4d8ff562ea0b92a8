// One choice from each of several groups, of least loss within bounds: the integer program of a bit-width
// allocation (a multiple-choice knapsack with one or more capacities).
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "tandem/core/result.h"

namespace tandem {

struct Choice {
    double loss = 0.0;
    std::vector<double> costs; ///< one a bound; may be negative
};

struct ChoiceProgram {
    std::vector<std::vector<Choice>> groups; ///< none is empty
    std::vector<double> bounds;              ///< of the summed costs
};

/// The place of the choice in each group for which the summed losses are least; none when no combination
/// keeps the bounds, or none was found within the solver's limit of nodes. Deterministic.
std::optional<std::vector<std::size_t>> solve_choices(const ChoiceProgram& program);

/// Whether a solver is built in; the error says which library would bring it.
[[nodiscard]] Result<void> find_integer_solver();

} // namespace tandem
