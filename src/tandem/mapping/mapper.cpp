// Best-first search with bounds. Every pass has a bound from below (its best order with the whole layer
// as one tile), every tiling an exact off-chip part; a pair of them is priced only while the sum of both
// could still win. The result is the optimum of the space: nothing is dropped without proof.
#include "tandem/mapping/mapper.h"

#include <algorithm>
#include <limits>
#include <optional>

#include "tandem/core/check.h"
#include "tandem/mapping/tilings.h"

namespace tandem {

namespace {

/// What is minimised, first figure first; equal figures leave the earlier candidate in place.
using Figures = std::array<double, 3>;

Figures figures_of(NormalizedEnergy energy, Cycles cycles, MappingGoal goal) {
    const auto time = static_cast<double>(cycles.value);
    switch (goal) {
    case MappingGoal::energy: return {energy.value, time, 0.0};
    case MappingGoal::cycles: return {time, energy.value, 0.0};
    case MappingGoal::energy_delay: return {energy.value * time, energy.value, time};
    }
    TANDEM_CHECK(false, "a goal outside the enumeration");
}

Figures figures_of(const Score& score, MappingGoal goal) {
    return figures_of(score.energy(), score.cycles(), goal);
}

/// The least that any candidate with this pass can have inside, and with this tiling outside. No figure
/// of the candidate is below its figure here.
Figures bound_of(const Score& inside, NormalizedEnergy outermost_energy, Cycles outermost_cycles,
                 MappingGoal goal) {
    return figures_of(inside.inner_energy + outermost_energy, std::max(inside.inner_cycles, outermost_cycles),
                      goal);
}

struct BoundedPass {
    std::size_t pass;
    Score least; ///< over the orders, with the whole layer as its tile
    Figures bound;
};

class Search {
  public:
    Search(const LayerWork& work, const LayerModel& model, MappingGoal goal)
        : work_(work), model_(model), goal_(goal) {}

    std::optional<Candidate> run() {
        const std::vector<BoundedPass> passes = price_whole_layer();
        // No tiling costs less than none at all: where the best pass fits undivided, that was it.
        if (best_ && best_figures_ <= passes.front().bound) return best_;
        const std::vector<BoundedTiling> tilings = list_tilings(work_, model_);
        for (const BoundedPass& pass : passes) {
            if (!can_win(pass.bound)) break;
            for (const BoundedTiling& tiling : tilings) {
                // Tilings come by rising energy: where energy alone rules one out, it rules out the rest.
                if (!can_win(bound_of(pass.least, tiling.score.outermost_energy, Cycles(), goal_)) &&
                    goal_ != MappingGoal::cycles) {
                    break;
                }
                const Figures bound =
                    bound_of(pass.least, tiling.score.outermost_energy, tiling.score.outermost_cycles, goal_);
                if (!can_win(bound)) continue;
                for (std::size_t order = 0; order < model_.space().orders.size(); ++order) {
                    consider({.tiling = tiling.tiling, .pass = pass.pass, .order = order});
                }
            }
        }
        return best_;
    }

    std::int64_t mappings_priced() const { return priced_; }

  private:
    bool can_win(const Figures& bound) const { return !best_ || bound < best_figures_; }

    Score consider(const Candidate& candidate) {
        const Score score = model_.score(candidate);
        ++priced_;
        if (const Figures figures = figures_of(score, goal_); score.fits && can_win(figures)) {
            best_ = candidate;
            best_figures_ = figures;
        }
        return score;
    }

    /// Prices every pass and order without tiling; passes by rising bound.
    std::vector<BoundedPass> price_whole_layer() {
        std::vector<BoundedPass> passes;
        for (std::size_t pass = 0; pass < model_.space().passes.size(); ++pass) {
            std::optional<Score> least;
            for (std::size_t order = 0; order < model_.space().orders.size(); ++order) {
                const Score score =
                    consider({.tiling = {.tile = work_.extents}, .pass = pass, .order = order});
                if (!least) least = score;
                least->inner_energy = std::min(least->inner_energy, score.inner_energy);
                least->inner_cycles = std::min(least->inner_cycles, score.inner_cycles);
            }
            passes.push_back({.pass = pass, .least = *least, .bound = figures_of(*least, goal_)});
        }
        std::stable_sort(passes.begin(), passes.end(), [](const BoundedPass& left, const BoundedPass& right) {
            return left.bound < right.bound;
        });
        return passes;
    }

    const LayerWork& work_;
    const LayerModel& model_;
    MappingGoal goal_;
    std::optional<Candidate> best_;
    Figures best_figures_{};
    std::int64_t priced_ = 0;
};

} // namespace

Outcome<MappedLayer> map_layer(const LayerWork& work, const Machine& machine, MappingGoal goal) {
    const std::unique_ptr<const LayerModel> model = TANDEM_TRY(machine.layer_model(work));
    Search search(work, *model, goal);
    const std::optional<Candidate> best = search.run();
    if (!best) return tl::unexpected(model->nothing_fits());
    MappedLayer mapped;
    mapped.mapping = model->mapping(*best);
    mapped.mappings_priced = search.mappings_priced();
    auto cost = model->price(mapped.mapping);
    TANDEM_CHECK(cost.has_value(), "the best mapping has no price");
    mapped.cost = *std::move(cost);
    return mapped;
}

} // namespace tandem
