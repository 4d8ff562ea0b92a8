// `tandem map`: the best schedule of each layer on a machine, and its cost; or the best bit-serial arrays.

#include <memory>
#include <optional>

#include <fmt/format.h>

#include "arrays.h"
#include "command.h"
#include "scoring.h"
#include "tandem/core/parallel.h"
#include "tandem/mapping/mapper.h"
#include "tandem/network/onnx/onnx.h"
#include "tandem/network/rewrites/rewrites.h"
#include "tandem/report/report.h"
#include "tandem/workload/workload.h"

namespace tandem::app {

namespace {

struct Options {
    std::string network;
    std::string machine;
    StrategyOptions strategy;
    std::string layer;
    ArrayOptions arrays;
    CommonOptions common;
};

std::string to_table(const Cost& cost) {
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
    return format_table(columns, rows) +
           fmt::format("energy in 16-bit MACs, {:.0f} in all; weights {} bytes\n", cost.energy().value,
                       bytes_holding(cost.weight_storage).value);
}

/// One layer's schedule as a loop nest.
Result<void> print_layer(const Options& options, const Workload& workload, const Machine& machine,
                         const Estimator& estimator) {
    std::vector<std::string> names;
    for (const NamedLayerWork& layer : workload.layers) {
        names.push_back(layer.layer);
        if (layer.layer != options.layer) continue;
        const Outcome<MappedLayer> mapped = estimator.map(layer.work);
        if (!mapped)
            return failed(options.machine, layer.layer, mapped.error().reason, "a machine that holds it");
        if (options.common.json) return print_json(to_document(mapped->mapping));
        const Outcome<MappingSpace> space = machine.mapping_space(layer.work);
        return print(fmt::format("{}: {} cycles, {:.0f} energy, {} mappings priced\n\n{}", layer.layer,
                                 mapped->cost.cycles.value, mapped->cost.energy().value,
                                 mapped->mappings_priced, to_loop_nest(mapped->mapping, *space)));
    }
    return bad_input(options.network, "--layer", with_suggestion(options.layer, names),
                     fmt::format("one of: {}", fmt::join(names, ", ")));
}

/// What the machine takes of an FPGA, under the table.
std::string to_text(const Resources& resources) {
    return fmt::format("{} LUTs, {} block RAMs of 36 Kibit, peak {:.3g} one-bit operations a second{}\n",
                       resources.luts, resources.brams, resources.peak_operations_per_second,
                       resources.remark.empty() ? "" : "\n" + resources.remark);
}

/// The cost with the machine's resources in its total.
Document to_document(const Cost& cost, const std::optional<Resources>& resources) {
    Document document = tandem::to_document(cost);
    if (!resources) return document;
    for (auto& [key, value] : std::get<Document::Map>(document.value)) {
        if (key != "total") continue;
        auto& total = std::get<Document::Map>(value.value);
        total.emplace_back("luts", resources->luts);
        total.emplace_back("brams", resources->brams);
        total.emplace_back("peak_operations_per_second", resources->peak_operations_per_second);
    }
    return document;
}

Result<void> execute(const Options& options) {
    std::optional<ThreadLimit> limit;
    if (options.common.threads > 0) limit.emplace(options.common.threads);
    const Network network = prepare_for_deployment(TANDEM_TRY(load_onnx(options.network)));
    const MachinePointer machine = TANDEM_TRY(load_machine(options.machine));
    std::optional<Strategy> strategy = TANDEM_TRY(load_strategy(options.strategy, network));
    if (!strategy) strategy = uniform_strategy(network, kMaximumBits, kMaximumBits);
    const Workload workload = make_workload(network, *strategy);
    if (options.arrays.is_asked_for) {
        return print_arrays(options.arrays, options.common, workload, *machine, options.machine);
    }
    const Estimator estimator(machine, MappingGoal::energy_delay);
    if (!options.layer.empty()) return print_layer(options, workload, *machine, estimator);
    const Outcome<Cost> cost = estimator.estimate(workload);
    if (!cost) return failed(options.machine, "", cost.error().reason, "a machine that holds the network");
    const std::optional<Resources> resources = machine->resources();
    if (options.common.json) return print_json(to_document(*cost, resources));
    return print(to_table(*cost) + (resources ? to_text(*resources) : ""));
}

} // namespace

void add_map(CLI::App& app, Action& action) {
    const auto options = std::make_shared<Options>();
    app.add_option("NETWORK", options->network, "ONNX file")->required();
    app.add_option("MACHINE,--machine", options->machine, "machine file (YAML)")->required();
    add_strategy_options(app, options->strategy);
    app.add_option("--layer", options->layer, "show this layer's schedule as a loop nest");
    add_array_options(app, options->arrays);
    add_work_options(app, options->common);
    add_json_option(app, options->common);
    app.callback([options, &action] { action = [options] { return execute(*options); }; });
}

} // namespace tandem::app
