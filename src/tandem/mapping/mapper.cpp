// Best-first search with bounds. Every pass has a bound from below (its best order with the whole layer
// as one tile), every tiling an outermost part that nothing inside it lowers; a pair of them is priced only
// while the sum of both could still win. The result is the optimum of the space: nothing is dropped without
// proof.
#include "tandem/mapping/mapper.h"

#include <algorithm>
#include <limits>
#include <optional>

#include <fmt/format.h>

#include "tandem/core/check.h"
#include "tandem/mapping/tilings.h"

namespace tandem {

namespace {

/// Tilings up to which all are kept where a larger one need not be better: a list of so many takes seconds.
constexpr double kMostKept = 2'000'000.0;

/// What is minimised, first figure first; equal figures leave the earlier candidate in place.
using Figures = std::array<double, 3>;

struct Measured {
    double energy = 0.0;
    double cycles = 0.0;
    double traffic = 0.0;
};

double figure_of(const Measured& measured, MappingGoal goal) {
    switch (goal) {
    case MappingGoal::energy: return measured.energy;
    case MappingGoal::cycles: return measured.cycles;
    case MappingGoal::energy_delay: return measured.energy * measured.cycles;
    case MappingGoal::dram: return measured.traffic;
    }
    TANDEM_CHECK(false, "a goal outside the enumeration");
}

Figures figures_of(const Measured& measured, const MappingOptions& options) {
    Figures figures{figure_of(measured, options.goal), 0.0, 0.0};
    for (std::size_t i = 0; i < std::min<std::size_t>(options.then.size(), 2); ++i) {
        figures[i + 1] = figure_of(measured, options.then[i]);
    }
    if (!options.then.empty()) return figures;
    switch (options.goal) {
    case MappingGoal::energy: return {figures[0], measured.cycles, 0.0};
    case MappingGoal::cycles: return {figures[0], measured.energy, 0.0};
    case MappingGoal::energy_delay:
    case MappingGoal::dram: return {figures[0], measured.energy, measured.cycles};
    }
    TANDEM_CHECK(false, "a goal outside the enumeration");
}

Figures figures_of(const Score& score, const MappingOptions& options) {
    return figures_of({.energy = score.energy().value,
                       .cycles = static_cast<double>(score.cycles().value),
                       .traffic = static_cast<double>(score.outermost_traffic.value)},
                      options);
}

Bits outermost_traffic(const LayerCost& cost) {
    Bits traffic;
    for (std::size_t o = 0; o < kOperands; ++o)
        traffic += cost.traffic[0].read[o] + cost.traffic[0].written[o];
    return traffic;
}

Figures figures_of(const LayerCost& cost, const MappingOptions& options) {
    return figures_of({.energy = cost.energy().value,
                       .cycles = static_cast<double>(cost.cycles.value),
                       .traffic = static_cast<double>(outermost_traffic(cost).value)},
                      options);
}

/// The least that any candidate with this pass can have inside, and with this tiling outside. No figure
/// of the candidate is below its figure here.
Score bound_of(const Score& inside, const Score& outside) {
    return Score{.outermost_energy = outside.outermost_energy,
                 .inner_energy = inside.inner_energy,
                 .outermost_cycles = outside.outermost_cycles,
                 .inner_cycles = inside.inner_cycles,
                 .outermost_traffic = outside.outermost_traffic};
}

struct BoundedPass {
    std::size_t pass = 0;
    Score least; ///< over the orders, with the whole layer as its tile
    Figures bound{};
};

class Search {
  public:
    Search(const LayerWork& work, const LayerModel& model, const MappingOptions& options)
        : work_(work), model_(model), options_(options), scores_(model.space().orders.size()) {}

    std::optional<Candidate> run() {
        double open_bound = std::numeric_limits<double>::infinity();
        for (std::size_t bypass = 0; bypass < model_.space().bypasses.size(); ++bypass) {
            open_bound = std::min(open_bound, search_with(bypass));
        }
        if (has_dropped_unproved_) open_bound = std::min(open_bound, least_score_);
        record_.is_complete = !is_stopped_ && !(has_dropped_unproved_ && open_bound < best_figures_[0]);
        if (best_) {
            record_.best = best_figures_[0];
            record_.lower_bound = std::min(open_bound, record_.best);
        }
        return best_;
    }

    const SearchRecord& record() const { return record_; }

  private:
    bool can_win(const Figures& bound) const { return !best_ || bound < best_figures_; }

    bool can_win(const Score& bound) const {
        if (options_.most_cycles && bound.cycles() > *options_.most_cycles) return false;
        return can_win(figures_of(bound, options_));
    }

    /// All that one way to bypass memories offers. Returns a bound of what was left out unproved: infinite
    /// when nothing was.
    double search_with(std::size_t bypass) {
        constexpr double kNothing = std::numeric_limits<double>::infinity();
        const std::unique_ptr<Scorer> scorer = model_.scorer();
        const std::vector<BoundedPass> passes = price_whole_layer(*scorer, bypass);
        // No tiling costs less than none at all: where the best pass fits undivided, that was it.
        const auto orders = static_cast<double>(model_.space().orders.size());
        const double inner_choices = static_cast<double>(passes.size()) * orders;
        record_.space_size += inner_choices * count_tilings(work_, model_);
        if (best_ && !can_win(passes.front().bound)) return kNothing;
        // A larger tile has the better score, but not always the better price.
        const bool keeps_all =
            model_.scores_are() == ScoresAre::bounds && count_tilings(work_, model_) <= kMostKept;
        has_dropped_unproved_ =
            has_dropped_unproved_ || (model_.scores_are() == ScoresAre::bounds && !keeps_all);
        const std::vector<BoundedTiling> tilings =
            list_tilings(work_, model_, *scorer, bypass, keeps_all ? Dominated::kept : Dominated::dropped);
        for (const BoundedPass& pass : passes) {
            if (!can_win(pass.bound)) break;
            for (const BoundedTiling& tiling : tilings) {
                if (is_stopped_ || has_enough()) {
                    is_stopped_ = true;
                    return pass.bound[0];
                }
                if (is_beyond(pass, tiling)) break;
                if (!can_win(bound_of(pass.least, tiling.score))) continue;
                consider(*scorer, tiling.tiling, pass.pass);
            }
        }
        return kNothing;
    }

    bool has_enough() const {
        return options_.most_mappings && record_.mappings_priced >= *options_.most_mappings;
    }

    /// Tilings come by rising energy: where energy alone rules one out, it rules out the rest.
    bool is_beyond(const BoundedPass& pass, const BoundedTiling& tiling) const {
        switch (options_.goal) {
        case MappingGoal::energy:
        case MappingGoal::energy_delay: {
            Score score = bound_of(pass.least, tiling.score);
            score.outermost_cycles = Cycles();
            score.outermost_traffic = Bits();
            return !can_win(figures_of(score, options_));
        }
        case MappingGoal::cycles:
        case MappingGoal::dram: return false;
        }
        TANDEM_CHECK(false, "a goal outside the enumeration");
    }

    /// Prices a tiling with a pass in every order; scores_ are theirs.
    void consider(Scorer& scorer, const KnownTiling& tiling, std::size_t pass) {
        scorer.score_orders(tiling, pass, scores_);
        record_.mappings_priced += static_cast<std::int64_t>(scores_.size());
        for (std::size_t order = 0; order < scores_.size(); ++order) {
            const Score& score = scores_[order];
            if (!score.fits) continue;
            Figures figures = figures_of(score, options_);
            least_score_ = std::min(least_score_, figures[0]);
            if (!can_win(score)) continue;
            const Candidate candidate{
                .tiling = tiling.tiling, .pass = pass, .order = order, .bypass = tiling.bypass};
            if (model_.scores_are() == ScoresAre::bounds) {
                const Outcome<LayerCost> cost = model_.price(model_.mapping(candidate));
                if (!cost || (options_.most_cycles && cost->cycles > *options_.most_cycles)) continue;
                figures = figures_of(*cost, options_);
                if (!can_win(figures)) continue;
            }
            best_ = candidate;
            best_figures_ = figures;
        }
    }

    /// Prices every pass and order without tiling; passes by rising bound.
    std::vector<BoundedPass> price_whole_layer(Scorer& scorer, std::size_t bypass) {
        const KnownTiling whole = scorer.know(undivided(work_), bypass);
        // Around a memory the array takes from outside, more often in tiles: their own bound tells.
        const bool is_exact = bypass == 0;
        const Score outside = scorer.outermost_score(whole);
        std::vector<BoundedPass> passes(model_.space().passes.size());
        for (std::size_t pass = 0; pass < passes.size(); ++pass) {
            consider(scorer, whole, pass);
            Score least = scores_[0];
            for (const Score& score : scores_) {
                least.inner_energy = std::min(least.inner_energy, score.inner_energy);
                least.inner_cycles = std::min(least.inner_cycles, score.inner_cycles);
            }
            if (!is_exact) least = bound_of(least, outside);
            passes[pass] = {.pass = pass, .least = least, .bound = figures_of(least, options_)};
        }
        std::stable_sort(passes.begin(), passes.end(), [](const BoundedPass& left, const BoundedPass& right) {
            return left.bound < right.bound;
        });
        return passes;
    }

    const LayerWork& work_;
    const LayerModel& model_;
    MappingOptions options_;
    std::vector<Score> scores_;
    std::optional<Candidate> best_;
    Figures best_figures_{};
    SearchRecord record_;
    bool is_stopped_ = false;
    // Tilings that a larger one dominates were left out, though scores are bounds only: no price of theirs is
    // less than the least score.
    bool has_dropped_unproved_ = false;
    double least_score_ = std::numeric_limits<double>::infinity();
};

/// Nothing may beat what the machine can do at all; if something does, the model is wrong.
void check_against_bounds(const LayerCost& cost, const Score& floor) {
    constexpr double kRounding = 1.0 - 1e-9;
    TANDEM_CHECK(cost.compute_cycles >= floor.inner_cycles, "faster than the array can multiply");
    TANDEM_CHECK(cost.cycles >= floor.outermost_cycles, "faster than the outermost memory can deliver");
    TANDEM_CHECK(cost.energy().value >= floor.energy().value * kRounding, "less energy than the least");
    for (const LevelTraffic& level : cost.traffic) {
        TANDEM_CHECK(cost.cycles >= level.cycles, "faster than a memory can deliver");
    }
    TANDEM_CHECK(cost.utilization <= 1.0 + 1e-12, "more products than multipliers");
}

} // namespace

double goal_figure(const LayerCost& cost, MappingGoal goal) {
    return figures_of(cost, MappingOptions{.goal = goal})[0];
}

std::string_view to_string(MappingGoal goal) {
    switch (goal) {
    case MappingGoal::energy: return "energy";
    case MappingGoal::cycles: return "cycles";
    case MappingGoal::energy_delay: return "edp";
    case MappingGoal::dram: return "dram";
    }
    TANDEM_CHECK(false, "a goal outside the enumeration");
}

std::optional<MappingGoal> parse_mapping_goal(std::string_view word) {
    for (const MappingGoal goal : kAllMappingGoals) {
        if (to_string(goal) == word) return goal;
    }
    return std::nullopt;
}

std::optional<std::vector<MappingGoal>> parse_mapping_goals(std::string_view words) {
    std::vector<MappingGoal> goals;
    while (true) {
        const std::size_t comma = words.find(',');
        const auto goal = parse_mapping_goal(words.substr(0, comma));
        if (!goal || goals.size() == 3 || std::find(goals.begin(), goals.end(), *goal) != goals.end()) {
            return std::nullopt;
        }
        goals.push_back(*goal);
        if (comma == std::string_view::npos) return goals;
        words.remove_prefix(comma + 1);
    }
}

Outcome<MappedLayer> map_layer(const LayerWork& work, const Machine& machine, MappingGoal goal) {
    return map_layer(work, machine, MappingOptions{.goal = goal});
}

Outcome<MappedLayer> map_layer(const LayerWork& work, const Machine& machine, const MappingOptions& options) {
    const std::unique_ptr<const LayerModel> model = TANDEM_TRY(machine.layer_model(work));
    Search search(work, *model, options);
    const std::optional<Candidate> best = search.run();
    if (!best) {
        if (!search.record().is_complete) {
            return tl::unexpected(
                Infeasible{fmt::format("search: found none that fits among the first {} mappings",
                                       search.record().mappings_priced)});
        }
        if (options.most_cycles && map_layer(work, machine, MappingGoal::cycles)) {
            return tl::unexpected(
                Infeasible{fmt::format("latency: found {} cycles at least, expected at most {}",
                                       map_layer(work, machine, MappingGoal::cycles)->cost.cycles.value,
                                       options.most_cycles->value)});
        }
        return tl::unexpected(model->nothing_fits());
    }
    MappedLayer mapped;
    mapped.mapping = model->mapping(*best);
    mapped.search = search.record();
    auto cost = model->price(mapped.mapping);
    TANDEM_CHECK(cost.has_value(), "the best mapping has no price");
    mapped.cost = *std::move(cost);
    check_against_bounds(mapped.cost, model->floor());
    return mapped;
}

Outcome<MappedLayer> map_layer_by_brute_force(const LayerWork& work, const Machine& machine,
                                              const MappingOptions& options, std::int64_t most_mappings) {
    const std::unique_ptr<const LayerModel> model = TANDEM_TRY(machine.layer_model(work));
    const MappingSpace& space = model->space();
    const std::unique_ptr<Scorer> scorer = model->scorer();
    std::optional<MappedLayer> best;
    Figures best_figures{};
    SearchRecord record{.is_complete = true};
    for (std::size_t bypass = 0; bypass < space.bypasses.size(); ++bypass) {
        record.space_size +=
            count_tilings(work, *model) * static_cast<double>(space.passes.size() * space.orders.size());
        if (record.space_size > static_cast<double>(most_mappings)) {
            return tl::unexpected(Infeasible{fmt::format(
                "verification: found {:.3g} mappings, tries up to {}", record.space_size, most_mappings)});
        }
        for (const BoundedTiling& tiling : list_tilings(work, *model, *scorer, bypass, Dominated::kept)) {
            for (std::size_t pass = 0; pass < space.passes.size(); ++pass) {
                for (std::size_t order = 0; order < space.orders.size(); ++order) {
                    Mapping mapping = model->mapping(
                        {.tiling = tiling.tiling.tiling, .pass = pass, .order = order, .bypass = bypass});
                    ++record.mappings_priced;
                    const Outcome<LayerCost> cost = model->price(mapping);
                    if (!cost || (options.most_cycles && cost->cycles > *options.most_cycles)) continue;
                    const Figures figures = figures_of(*cost, options);
                    if (best && !(figures < best_figures)) continue;
                    best = MappedLayer{.mapping = std::move(mapping), .cost = *cost, .search = {}};
                    best_figures = figures;
                }
            }
        }
    }
    if (!best) return tl::unexpected(model->nothing_fits());
    record.best = best_figures[0];
    record.lower_bound = best_figures[0];
    best->search = record;
    return *std::move(best);
}

} // namespace tandem
