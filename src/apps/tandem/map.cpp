// `tandem map`: the best schedule of each layer on a machine, with proof, and its cost; or the best
// bit-serial arrays for a network.

#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "arrays.h"
#include "board_image.h"
#include "command.h"
#include "given_nest.h"
#include "levels.h"
#include "machine_totals.h"
#include "map_tables.h"
#include "scoring.h"
#include "tandem/core/document.h"
#include "tandem/core/files.h"
#include "tandem/core/parallel.h"
#include "tandem/machine/microcontroller/microcontroller.h"
#include "tandem/machine/spatial/spatial.h"
#include "tandem/mapping/abstraction.h"
#include "tandem/mapping/mapper.h"
#include "tandem/mapping/timeloop_nest.h"
#include "tandem/network/rewrites/rewrites.h"
#include "tandem/strategy/import.h"
#include "tandem/workload/deepbench.h"
#include "tandem/workload/shapes.h"
#include "tandem/workload/workload.h"

namespace tandem::app {

namespace {

/// Mappings that --verify tries one by one.
constexpr std::int64_t kMostVerified = 3'000'000;

struct Options {
    std::string network;
    std::string machine_argument;
    std::string machine;
    StrategyOptions strategy;
    std::optional<int> bits;
    std::int64_t batch = 1;
    std::string layer;
    ArrayOptions arrays;
    std::string layers;
    std::string mapping;
    LevelOptions levels;
    std::string objective = "edp";
    std::string dataflow;
    std::string accounting;
    std::optional<std::int64_t> most_cycles;
    std::optional<std::int64_t> most_mappings;
    std::string show;
    bool verifies = false;
    CommonOptions common;
};

/// What --show says when it stands alone: the one layer there is.
constexpr const char* kOnlyLayer = "the only layer";

/// What the options say of widths, with --bits as both.
Result<StrategyOptions> widths_asked(const Options& options) {
    StrategyOptions widths = options.strategy;
    if (options.bits) {
        if (widths.weight_bits || widths.activation_bits || !widths.file.empty()) {
            return bad_input("--bits", "", "another choice of widths beside it", "one of them");
        }
        widths.weight_bits = widths.activation_bits = options.bits;
    }
    return widths;
}

Result<Workload> network_workload(const Options& options) {
    const StrategyOptions widths = TANDEM_TRY(widths_asked(options));
    ImportedNetwork imported = TANDEM_TRY(import_network(options.network));
    const Network network = prepare_for_deployment(std::move(imported.network));
    std::optional<Strategy> strategy = TANDEM_TRY(load_strategy(widths, network));
    if (!strategy) strategy = std::move(imported.strategy);
    if (!strategy) strategy = uniform_strategy(network, kMaximumBits, kMaximumBits);
    return make_workload(network, *strategy);
}

/// The layers asked for: of a network, of a table, or the one that is written out. Shapes without widths take
/// the machine's widest.
Result<Workload> load_workload(const Options& options, const Machine& machine) {
    Workload workload;
    const bool writes_layer = options.network.empty() && !options.layer.empty();
    const int sources = static_cast<int>(!options.network.empty()) + static_cast<int>(writes_layer) +
                        static_cast<int>(!options.layers.empty());
    if (sources != 1) {
        return bad_input("map", "", sources == 0 ? "nothing to map" : "more than one thing to map",
                         "NETWORK, --layers FILE or --layer \"K=... C=...\"");
    }
    if (!options.network.empty()) {
        workload = TANDEM_TRY(network_workload(options));
    } else if (writes_layer) {
        workload.layers.push_back(
            {.layer = "layer", .work = TANDEM_TRY(parse_layer_shape(options.layer, "--layer"))});
    } else {
        const std::string table = TANDEM_TRY(read_file(options.layers));
        workload.layers = is_deepbench_table(table) ? TANDEM_TRY(parse_deepbench_table(table, options.layers))
                                                    : TANDEM_TRY(parse_layer_table(table, options.layers));
    }
    for (NamedLayerWork& layer : workload.layers) {
        layer.work.extents[index_of(Dimension::n)] *= options.batch;
        if (options.network.empty()) {
            const int bits = options.bits.value_or(std::min(kMaximumBits, machine.maximum_bits()));
            layer.work.weight_bits = layer.work.input_bits = layer.work.output_bits = bits;
        }
    }
    return workload;
}

const std::string& machine_file(const Options& options) {
    return options.machine.empty() ? options.machine_argument : options.machine;
}

Result<MachinePointer> load_machine_asked(const Options& options) {
    const std::string& file = machine_file(options);
    if (file.empty()) return bad_input("map", "", "no machine", "--machine FILE");
    const MachinePointer machine = TANDEM_TRY(load_machine(file));
    if (options.dataflow.empty() && options.accounting.empty()) return machine;
    Document described = machine->describe();
    bool has_dataflow = false;
    bool has_accounting = false;
    for (auto& [key, value] : std::get<Document::Map>(described.value)) {
        if (key == "dataflow" && !options.dataflow.empty()) {
            value =
                Document(options.dataflow == "free" ? options.dataflow : options.dataflow + "-stationary");
        }
        for (const spatial::AccountingPreset preset : spatial::kAllAccountingPresets) {
            if (key == "accounting" && to_string(preset) == options.accounting) {
                value = accounting_section(preset);
            }
        }
        has_dataflow = has_dataflow || key == "dataflow";
        has_accounting = has_accounting || key == "accounting";
    }
    const auto refuse = [&](const char* option) {
        return bad_input(option, "", fmt::format("a machine of the family {}", machine->family()),
                         "a machine of the family spatial");
    };
    if (!options.dataflow.empty() && !has_dataflow) return refuse("--dataflow");
    if (!options.accounting.empty() && !has_accounting) return refuse("--accounting");
    return parse_machine(described, file + " with other options");
}

Result<void> show(const Options& options, const NamedLayerWork& layer, const Machine& machine,
                  const MappedLayer& mapped) {
    if (options.common.json) {
        Document document = to_document(mapped.mapping);
        return print_json(document);
    }
    const auto model = machine.layer_model(layer.work);
    std::string text =
        fmt::format("{}: {} cycles, {:.0f} energy, {:.1f} % of the multipliers busy\n", layer.layer,
                    mapped.cost.cycles.value, mapped.cost.energy().value, 100.0 * mapped.cost.utilization);
    if (mapped.search.space_size > 0.0) text += to_text(mapped.search) + "\n";
    text += "\n" + to_loop_nest(mapped.mapping, (*model)->space());
    return print(text + occupancy_text(**model, mapped.mapping, mapped.cost) + latency_text(mapped.cost));
}

Result<const NamedLayerWork*> find_layer(const Workload& workload, const std::string& name,
                                         const Options& options, const char* option) {
    if (workload.layers.size() == 1 && name == kOnlyLayer) return &workload.layers.front();
    std::vector<std::string> names;
    for (const NamedLayerWork& layer : workload.layers) {
        if (layer.layer == name) return &layer;
        names.push_back(layer.layer);
    }
    const std::string file = options.network.empty() ? options.layers : options.network;
    return bad_input(file, option,
                     name == kOnlyLayer ? fmt::format("no name among {} layers", names.size())
                                        : with_suggestion(name, names),
                     fmt::format("one of: {}", fmt::join(names, ", ")));
}

tl::unexpected<Error> does_not_fit(const std::string& layer, const Infeasible& reason) {
    return failed(layer, "", reason.reason, "a machine that holds it");
}

/// Prints a layer that does not fit as JSON too, so that a program sees which.
Result<void> report_misfit(const Options& options, const std::string& layer, const Infeasible& reason) {
    if (options.common.json) {
        TANDEM_TRY(print_json(
            Document::Map{{"infeasible", Document::Map{{"layer", layer}, {"reason", reason.reason}}}}));
    }
    return does_not_fit(layer, reason);
}

Result<void> price_given(const Options& options, const NamedLayerWork& layer, const Machine& machine) {
    const std::string text = TANDEM_TRY(read_file(options.mapping));
    if (is_timeloop_nest(text)) {
        const Outcome<void> printed =
            TANDEM_TRY(print_given_nest(text, options.mapping, layer, machine, options.common));
        if (!printed) return report_misfit(options, layer.layer, printed.error());
        return {};
    }
    const Document document = TANDEM_TRY(parse_yaml(text, options.mapping));
    const Mapping mapping = TANDEM_TRY(parse_mapping(document, options.mapping));
    const auto cost = machine.price(layer.work, mapping);
    if (!cost) return report_misfit(options, layer.layer, cost.error());
    const MappedLayer mapped{.mapping = mapping, .cost = *cost, .search = {}};
    if (!options.common.json) return show(options, layer, machine, mapped);
    Cost whole;
    whole.energy_unit = machine.energy_unit();
    whole.clock = machine.clock();
    whole.layer_names = {layer.layer};
    whole.layers = {*cost};
    return print_json(to_document(whole));
}

Result<void> verify(const Options& options, const Workload& workload, const Machine& machine,
                    const MappingOptions& goal) {
    for (const NamedLayerWork& layer : workload.layers) {
        const auto found = map_layer(layer.work, machine, goal);
        if (!found) return report_misfit(options, layer.layer, found.error());
        const auto tried = map_layer_by_brute_force(layer.work, machine, goal, kMostVerified);
        if (!tried)
            return failed(layer.layer, "--verify", tried.error().reason, "a smaller layer or machine");
        const double difference = std::abs(found->search.best - tried->search.best);
        const bool is_between = found->search.lower_bound <= tried->search.best * (1.0 + 1e-9) &&
                                tried->search.best <= found->search.best;
        if (difference > 1e-9 * tried->search.best && (found->search.is_complete || !is_between)) {
            return failed(layer.layer, "--verify", fmt::format("{}", found->search.best),
                          fmt::format("{}, as brute force finds", tried->search.best));
        }
        TANDEM_TRY(print(fmt::format("{}: {:.12g} is the least of {} mappings, each priced on its own\n",
                                     layer.layer, tried->search.best, tried->search.mappings_priced)));
    }
    return {};
}

MappingOptions mapping_options(const Options& options) {
    MappingOptions goal;
    const std::vector<MappingGoal> goals = *parse_mapping_goals(options.objective); // has been checked
    goal.goal = goals.front();
    goal.then.assign(goals.begin() + 1, goals.end());
    if (options.most_cycles) goal.most_cycles = Cycles(*options.most_cycles);
    goal.most_mappings = options.most_mappings;
    return goal;
}

/// A board has no schedules; what asks for one is refused.
Result<void> price_on_board(const Options& options, const Board& board) {
    if (options.network.empty()) {
        return bad_input("tandem map", "NETWORK", "nothing", "a network: a board runs whole ones");
    }
    const std::string_view found = !options.layer.empty() || !options.show.empty() ? "--layer or --show"
                                   : !options.mapping.empty()                      ? "--mapping"
                                   : options.verifies                              ? "--verify"
                                   : options.arrays.is_asked_for                   ? "--arrays"
                                   : options.levels.refines                        ? "--refine"
                                   : options.batch != 1                            ? "--batch"
                                                                                   : "";
    if (!found.empty()) {
        return bad_input("tandem map", std::string(found), fmt::format("the board {}", board.name),
                         "a machine with schedules, or none of these options");
    }
    return print_board_image(options.network, board, TANDEM_TRY(widths_asked(options)), options.common);
}

Result<void> execute(const Options& options) {
    std::optional<ThreadLimit> limit;
    if (options.common.threads > 0) limit.emplace(options.common.threads);
    const MachinePointer machine = TANDEM_TRY(load_machine_asked(options));
    if (const Board* board = board_of(*machine)) return price_on_board(options, *board);
    const Workload workload = TANDEM_TRY(load_workload(options, *machine));
    if (options.arrays.is_asked_for) {
        return print_arrays(options.arrays, options.common, workload, *machine, machine_file(options));
    }
    const MappingOptions goal = mapping_options(options);
    const bool names_layer = !options.network.empty() && !options.layer.empty();
    const std::string name = names_layer ? options.layer : options.show;
    if (!options.mapping.empty()) {
        const auto* layer =
            TANDEM_TRY(find_layer(workload, name.empty() ? kOnlyLayer : name, options, "--layer"));
        return price_given(options, *layer, *machine);
    }
    if (options.verifies) return verify(options, workload, *machine, goal);
    if (!name.empty()) {
        const auto* layer =
            TANDEM_TRY(find_layer(workload, name, options, names_layer ? "--layer" : "--show"));
        const auto mapped = map_layer(layer->work, *machine, goal);
        if (!mapped) return report_misfit(options, layer->layer, mapped.error());
        return show(options, *layer, *machine, *mapped);
    }
    if (options.levels.refines) {
        return print_refinement(options.levels, options.common, workload, *machine, goal);
    }
    if (options.levels.level != to_string(AbstractionLevel::fine)) {
        const auto misfit =
            TANDEM_TRY(print_abstract(options.levels, options.common, workload, *machine, goal));
        if (misfit) return report_misfit(options, misfit->layer, misfit->reason);
        return {};
    }
    const Estimator estimator(machine, goal);
    for (const NamedLayerWork& layer : workload.layers) {
        const auto mapped = estimator.map(layer.work);
        if (!mapped) return report_misfit(options, layer.layer, mapped.error());
    }
    const Outcome<Cost> cost = estimator.estimate(workload);
    if (!cost) return does_not_fit("", cost.error());
    if (options.common.json) return print_json(with_machine_totals(to_document(*cost), *machine));
    return print(cost_text(*cost) + machine_totals_text(*machine));
}

} // namespace

void add_map(CLI::App& app, Action& action) {
    const auto options = std::make_shared<Options>();
    app.add_option("NETWORK", options->network, "ONNX or TensorFlow Lite file");
    app.add_option("MACHINE", options->machine_argument, "machine file (YAML); or --machine");
    app.add_option("--machine", options->machine, "machine file (YAML)");
    add_strategy_options(app, options->strategy);
    app.add_option("--bits", options->bits,
                   "one width for weights and activations; of shapes, left out: the machine's widest")
        ->check(CLI::Range(1, kMaximumBits));
    app.add_option("--batch", options->batch, "images at a time")->check(CLI::Range(1, 1 << 16));
    app.add_option("--layer", options->layer,
                   "with a network: show this layer's schedule; without: the layer itself, as "
                   "\"N=1 K=64 C=3 OY=112 OX=112 FY=7 FX=7 SY=2 SX=2\"");
    app.add_option("--layers", options->layers, "table of layers: CSV with the same keys, or DeepBench's");
    app.add_option(
        "--mapping", options->mapping,
        "price this mapping: JSON as --show --json prints it, or a loop nest of Timeloop (.map.txt)");
    app.add_option(
           "--objective", options->objective,
           "what is minimised: energy, cycles, edp or dram; \"cycles,dram\" where equal ones are told "
           "apart (left out: by energy, or by cycles)")
        ->check([](const std::string& words) {
            return parse_mapping_goals(words) ? "" : "not a list of energy, cycles, edp, dram: " + words;
        })
        ->capture_default_str();
    app.add_option("--dataflow", options->dataflow, "in place of the machine's own")
        ->check(CLI::IsMember({"row", "output", "weight", "input", "free"}));
    app.add_option("--accounting", options->accounting,
                   "what counts as an access, in place of the machine's own")
        ->check(CLI::IsMember({"tandem", "timeloop", "zigzag", "chip"}));
    app.add_option("--most-cycles", options->most_cycles, "no layer may take longer")
        ->check(CLI::PositiveNumber);
    app.add_option("--limit", options->most_mappings, "stop a layer's search after so many mappings")
        ->check(CLI::PositiveNumber);
    app.add_option("--show", options->show, "show this layer's schedule as a loop nest")
        ->expected(0, 1)
        ->default_str(kOnlyLayer);
    app.add_flag("--verify", options->verifies, "compare with brute force; for small spaces");
    add_level_options(app, options->levels);
    add_array_options(app, options->arrays);
    add_work_options(app, options->common);
    add_json_option(app, options->common);
    app.callback([options, &app, &action] {
        if (app.count("--show") > 0 && options->show.empty()) options->show = kOnlyLayer;
        action = [options] { return execute(*options); };
    });
}

} // namespace tandem::app
