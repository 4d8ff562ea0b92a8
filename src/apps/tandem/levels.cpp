#include "levels.h"

#include <fmt/format.h>

#include "tandem/mapping/refinement.h"
#include "tandem/report/report.h"

namespace tandem::app {

void add_level_options(CLI::App& app, LevelOptions& options) {
    app.add_option("--level", options.level, "how much of the machine counts")
        ->check(CLI::IsMember({"coarse", "mid", "fine"}))
        ->capture_default_str();
    auto* const refine =
        app.add_flag("--refine", options.refines, "from level to level, as far as the targets can be met");
    app.add_option("--target-cycles", options.target_cycles, "of all layers, with --refine")
        ->check(CLI::PositiveNumber)
        ->needs(refine);
    app.add_option("--target-energy", options.target_energy, "in the machine's unit, with --refine")
        ->check(CLI::PositiveNumber)
        ->needs(refine);
    app.add_option("--target-dram-bytes", options.target_dram_bytes, "moved off chip, with --refine")
        ->check(CLI::PositiveNumber)
        ->needs(refine);
}

Result<std::optional<Misfit>> print_abstract(const LevelOptions& options, const CommonOptions& common,
                                             const Workload& workload, const Machine& machine,
                                             const MappingOptions& goal) {
    const AbstractionLevel level = *parse_abstraction_level(options.level); // the option has been checked
    Document::List layers;
    std::vector<std::vector<std::string>> rows;
    Abstract total;
    for (const NamedLayerWork& layer : workload.layers) {
        const auto estimate = estimate_layer(layer.work, machine, level, goal);
        if (!estimate) return Misfit{layer.layer, estimate.error()};
        total += *estimate;
        Document document = to_document(*estimate, machine.energy_unit());
        auto& map = std::get<Document::Map>(document.value);
        map.insert(map.begin(), {"layer", Document(layer.layer)});
        layers.push_back(std::move(document));
    }
    if (common.json) {
        TANDEM_TRY(print_json(Document::Map{{"level", to_string(level)},
                                            {"layers", std::move(layers)},
                                            {"total", to_document(total, machine.energy_unit())}}));
        return std::nullopt;
    }
    for (const NamedLayerWork& layer : workload.layers) {
        const Abstract each = estimate_layer(layer.work, machine, level, goal).value();
        rows.push_back({layer.layer, fmt::format("{}", each.operations.value),
                        fmt::format("{:.0f}", each.fractional_operations),
                        fmt::format("{}", bytes_holding(each.outermost_traffic).value),
                        fmt::format("{:.1f}", each.operations_per_byte()),
                        fmt::format("{}", each.cycles.value), fmt::format("{:.0f}", each.energy.value)});
    }
    rows.push_back({"total", fmt::format("{}", total.operations.value),
                    fmt::format("{:.0f}", total.fractional_operations),
                    fmt::format("{}", bytes_holding(total.outermost_traffic).value),
                    fmt::format("{:.1f}", total.operations_per_byte()), fmt::format("{}", total.cycles.value),
                    fmt::format("{:.0f}", total.energy.value)});
    const auto right = Alignment::right;
    TANDEM_TRY(print(format_table({{"layer"},
                                   {"operations", right},
                                   {"fractional", right},
                                   {"off-chip bytes", right},
                                   {"operations a byte", right},
                                   {"cycles", right},
                                   {"energy", right}},
                                  rows)));
    return std::nullopt;
}

Result<void> print_refinement(const LevelOptions& options, const CommonOptions& common,
                              const Workload& workload, const Machine& machine, const MappingOptions& goal) {
    Targets targets;
    if (options.target_cycles) targets.cycles = Cycles(*options.target_cycles);
    if (options.target_energy) targets.energy = NormalizedEnergy(*options.target_energy);
    if (options.target_dram_bytes) targets.outermost_traffic = Bytes(*options.target_dram_bytes);
    const std::vector<RefinementStep> steps = refine(workload, machine, targets, goal);
    if (common.json) {
        TANDEM_TRY(print_json(to_document(steps, machine.energy_unit())));
    } else {
        std::vector<std::vector<std::string>> rows;
        rows.reserve(steps.size());
        for (const RefinementStep& step : steps) {
            rows.push_back({std::string(to_string(step.level)), fmt::format("{}", step.total.cycles.value),
                            fmt::format("{:.0f}", step.total.energy.value),
                            fmt::format("{}", bytes_holding(step.total.outermost_traffic).value),
                            std::string(to_string(step.move)), step.reason});
        }
        const auto right = Alignment::right;
        TANDEM_TRY(print(format_table(
            {{"level"}, {"cycles", right}, {"energy", right}, {"off-chip bytes", right}, {"move"}, {"why"}},
            rows)));
    }
    if (steps.back().move == Move::done) return {};
    return failed("map", "--refine", steps.back().reason, "targets that can be met");
}

} // namespace tandem::app
