#include "map_tables.h"

#include <vector>

#include <fmt/format.h>

#include "tandem/report/report.h"

namespace tandem::app {

namespace {

std::string unit_text(EnergyUnit unit) { return unit == EnergyUnit::mac16 ? "16-bit MACs" : "picojoules"; }

} // namespace

std::string cost_text(const Cost& cost) {
    std::vector<std::vector<std::string>> rows;
    const auto row = [&](const std::string& name, Cycles cycles, double utilization, NormalizedEnergy compute,
                         const std::vector<NormalizedEnergy>& levels) {
        std::vector<std::string> cells{name, fmt::format("{}", cycles.value),
                                       fmt::format("{:.0f} %", 100.0 * utilization),
                                       fmt::format("{:.0f}", compute.value)};
        for (const NormalizedEnergy level : levels) cells.push_back(fmt::format("{:.0f}", level.value));
        rows.push_back(std::move(cells));
    };
    std::vector<Column> columns{{"layer"},
                                {"cycles", Alignment::right},
                                {"utilization", Alignment::right},
                                {"compute energy", Alignment::right}};
    for (const LevelTraffic& level : cost.layers.front().traffic) {
        columns.push_back({level.level, Alignment::right});
    }
    NormalizedEnergy compute;
    std::vector<NormalizedEnergy> totals(cost.layers.front().traffic.size());
    double busy = 0.0;
    for (std::size_t i = 0; i < cost.layers.size(); ++i) {
        const LayerCost& layer = cost.layers[i];
        std::vector<NormalizedEnergy> levels;
        for (std::size_t level = 0; level < layer.traffic.size(); ++level) {
            levels.push_back(layer.traffic[level].energy);
            totals[level] += layer.traffic[level].energy;
        }
        compute += layer.compute_energy;
        busy += layer.utilization * static_cast<double>(layer.cycles.value);
        row(cost.layer_names[i], layer.cycles, layer.utilization, layer.compute_energy, levels);
    }
    row("total", cost.cycles(), busy / static_cast<double>(cost.cycles().value), compute, totals);
    std::string text =
        format_table(columns, rows) + fmt::format("energy in {}, {:.0f} in all; weights {} bytes\n",
                                                  unit_text(cost.energy_unit), cost.energy().value,
                                                  bytes_holding(cost.weight_storage).value);
    if (cost.clock) {
        text += fmt::format("{:.6g} s at {:.6g} Hz\n",
                            static_cast<double>(cost.cycles().value) / cost.clock->value, cost.clock->value);
    }
    return text;
}

std::string occupancy_text(const LayerModel& model, const Mapping& mapping, const LayerCost& cost) {
    const auto occupancy = model.occupancy(mapping);
    if (!occupancy) return "";
    std::vector<std::vector<std::string>> rows;
    for (std::size_t m = 0; m < occupancy->size(); ++m) {
        std::vector<std::string> cells{cost.traffic[m].level};
        for (const Bits bits : (*occupancy)[m]) cells.push_back(fmt::format("{}", bytes_holding(bits).value));
        for (const auto* values : {&cost.traffic[m].read_values, &cost.traffic[m].written_values}) {
            for (const std::int64_t value : *values) cells.push_back(fmt::format("{}", value));
        }
        rows.push_back(std::move(cells));
    }
    const auto right = Alignment::right;
    return "\n" + format_table({{"memory"},
                                {"weights bytes", right},
                                {"inputs bytes", right},
                                {"outputs bytes", right},
                                {"weights read", right},
                                {"inputs read", right},
                                {"outputs read", right},
                                {"weights written", right},
                                {"inputs written", right},
                                {"outputs written", right}},
                               rows);
}

std::string latency_text(const LayerCost& cost) {
    if (!cost.latency) return "";
    std::vector<std::vector<std::string>> rows;
    for (const LevelLatency& level : cost.latency->levels) {
        rows.push_back({level.level, fmt::format("{}", level.fill.value),
                        fmt::format("{}", level.stall.value), fmt::format("{}", level.drain.value),
                        level.slowest_port});
    }
    const auto right = Alignment::right;
    return "\n" +
           format_table({{"level"},
                         {"fill cycles", right},
                         {"stall cycles", right},
                         {"drain cycles", right},
                         {"slowest port"}},
                        rows) +
           fmt::format("{} cycles with tiles followed, {} of them compute\n", cost.latency->cycles.value,
                       cost.compute_cycles.value);
}

} // namespace tandem::app
