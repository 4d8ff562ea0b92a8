#include "tandem/mapping/refinement.h"

#include <algorithm>

#include <fmt/format.h>

#include "tandem/core/check.h"

namespace tandem {

namespace {

/// One target beside what a level needs.
struct Figure {
    std::string_view name;
    double target = 0.0;
    double total = 0.0;
    std::vector<double> by_layer;

    double excess() const { return total / target; }
};

double bytes_of(Bits bits) { return static_cast<double>(bytes_holding(bits).value); }

std::vector<Figure> figures_of(const std::vector<Abstract>& layers, const Abstract& total,
                               const Targets& targets) {
    std::vector<Figure> figures;
    const auto add = [&](std::string_view name, double target, const auto& value_of) {
        Figure figure{.name = name, .target = target, .total = value_of(total), .by_layer = {}};
        for (const Abstract& layer : layers) figure.by_layer.push_back(value_of(layer));
        figures.push_back(std::move(figure));
    };
    if (targets.cycles) {
        add("cycles", static_cast<double>(targets.cycles->value),
            [](const Abstract& estimate) { return static_cast<double>(estimate.cycles.value); });
    }
    if (targets.energy) {
        add("energy", targets.energy->value, [](const Abstract& estimate) { return estimate.energy.value; });
    }
    if (targets.outermost_traffic) {
        add("off-chip bytes", static_cast<double>(targets.outermost_traffic->value),
            [](const Abstract& estimate) { return bytes_of(estimate.outermost_traffic); });
    }
    return figures;
}

/// What a level knows, and so what alone can help where it misses.
std::string_view remedy(AbstractionLevel level) {
    switch (level) {
    case AbstractionLevel::coarse: return "only a smaller network, narrower widths or more multipliers help";
    case AbstractionLevel::mid: return "a larger buffer or a faster off-chip port may help; back to coarse";
    case AbstractionLevel::fine: return "another array, dataflow or interconnect may help; back to mid";
    }
    TANDEM_CHECK(false, "a level outside the enumeration");
}

std::optional<AbstractionLevel> finer(AbstractionLevel level) {
    switch (level) {
    case AbstractionLevel::coarse: return AbstractionLevel::mid;
    case AbstractionLevel::mid: return AbstractionLevel::fine;
    case AbstractionLevel::fine: return std::nullopt;
    }
    TANDEM_CHECK(false, "a level outside the enumeration");
}

void judge(RefinementStep& step, const Workload& workload, const std::vector<Figure>& figures) {
    const auto worst =
        std::max_element(figures.begin(), figures.end(), [](const Figure& left, const Figure& right) {
            return left.excess() < right.excess();
        });
    if (worst == figures.end() || worst->excess() <= 1.0) {
        const auto next = finer(step.level);
        step.move = next ? Move::refine : Move::done;
        const std::string met = worst == figures.end()
                                    ? "no target to miss"
                                    : fmt::format("every target met, {} with {:.4g} of {:.4g} closest",
                                                  worst->name, worst->total, worst->target);
        step.reason = next ? fmt::format("{}: refine to {}", met, to_string(*next)) : met;
        return;
    }
    const auto most = std::max_element(worst->by_layer.begin(), worst->by_layer.end());
    const auto layer = static_cast<std::size_t>(most - worst->by_layer.begin());
    step.move = Move::back;
    step.reason =
        fmt::format("{}: {:.4g} at least, target {:.4g}, most of it in {} ({:.4g}); {}", worst->name,
                    worst->total, worst->target, workload.layers[layer].layer, *most, remedy(step.level));
}

RefinementStep stand_at(AbstractionLevel level, const Workload& workload, const Machine& machine,
                        const Targets& targets, const MappingOptions& options) {
    RefinementStep step{.level = level, .total = {}, .move = Move::back, .reason = {}};
    std::vector<Abstract> layers;
    for (const NamedLayerWork& layer : workload.layers) {
        const auto estimate = estimate_layer(layer.work, machine, level, options);
        if (!estimate) {
            step.reason =
                fmt::format("{} does not fit: {}; {}", layer.layer, estimate.error().reason, remedy(level));
            return step;
        }
        layers.push_back(*estimate);
        step.total += *estimate;
    }
    judge(step, workload, figures_of(layers, step.total, targets));
    return step;
}

} // namespace

std::string_view to_string(Move move) {
    switch (move) {
    case Move::refine: return "refine";
    case Move::done: return "done";
    case Move::back: return "back";
    }
    TANDEM_CHECK(false, "a move outside the enumeration");
}

std::vector<RefinementStep> refine(const Workload& workload, const Machine& machine, const Targets& targets,
                                   const MappingOptions& options) {
    std::vector<RefinementStep> steps;
    for (std::optional<AbstractionLevel> level = AbstractionLevel::coarse; level; level = finer(*level)) {
        steps.push_back(stand_at(*level, workload, machine, targets, options));
        if (steps.back().move != Move::refine) break;
    }
    return steps;
}

Document to_document(const std::vector<RefinementStep>& steps, EnergyUnit unit) {
    Document::List list;
    for (const RefinementStep& step : steps) {
        list.push_back(Document::Map{{"level", to_string(step.level)},
                                     {"total", to_document(step.total, unit)},
                                     {"move", to_string(step.move)},
                                     {"reason", step.reason}});
    }
    return Document::Map{{"steps", std::move(list)}, {"meets_targets", steps.back().move == Move::done}};
}

} // namespace tandem
