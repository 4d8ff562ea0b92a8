// What a search may optimise: each objective with its unit, its direction and how it reads a design.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tandem/engine/evaluator.h"
#include "tandem/machine/cost.h"
#include "tandem/machine/machine.h"

namespace tandem {

/// Which way an objective is better, as a person reads it. Searches always minimise; a maximised
/// objective in [0, 1] is minimised as its complement.
enum class Goal { minimize, maximize };

/// Which machines an objective is known of: those that price schedules, those that price the image of a
/// program, or all.
enum class PricedBy { any, schedules, image };

struct Objective {
    std::string_view name;
    std::string_view label;
    std::string_view unit;
    Goal goal = Goal::minimize;
    double display_scale = 1.0;                                ///< shown value = value * display_scale
    double (*value)(const Quality& quality, const Cost& cost); ///< as a person reads it
    PricedBy priced_by = PricedBy::any;
};

/// Whether it is known of the machine alone.
bool is_cost(const Objective& objective);

/// Every objective, sorted by name.
const std::vector<Objective>& known_objectives();
std::vector<std::string> objective_names();
/// Of those that are known of a machine.
std::vector<std::string> objective_names(const Machine& machine);
/// The objectives of those names, which must be known, in that order.
std::vector<const Objective*> find_objectives(const std::vector<std::string>& names);

/// From what a person reads to what a search minimises, and back.
double to_minimized(const Objective& objective, double value);
double from_minimized(const Objective& objective, double minimized);

} // namespace tandem
