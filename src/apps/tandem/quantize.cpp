// `tandem quantize`: places the radix points of a strategy and scores it on the validation images, or
// writes its widths alone.

#include <memory>
#include <optional>

#include <fmt/format.h>

#include "command.h"
#include "scoring.h"
#include "tandem/core/files.h"
#include "tandem/core/parallel.h"
#include "tandem/engine/evaluator.h"
#include "tandem/network/rewrites/rewrites.h"
#include "tandem/report/report.h"
#include "tandem/strategy/import.h"

namespace tandem::app {

namespace {

struct Options {
    std::string network;
    DataOptions data;
    StrategyOptions strategy;
    bool is_uncalibrated = false;
    std::string out;
    bool force = false;
    CommonOptions common;
};

std::string to_table(const Calibrated& formats) {
    std::vector<std::vector<std::string>> rows;
    for (const LayerFormats& layer : formats.layers) {
        rows.push_back({layer.layer, to_string(layer.weights), to_string(layer.activations)});
    }
    return format_table({{"layer"}, {"weights"}, {"input"}}, rows);
}

Result<void> write_strategy(const Options& options, const Strategy& strategy) {
    if (options.out.empty()) return {};
    return write_file(options.out, to_json(to_document(strategy), JsonLayout::indented) + "\n",
                      options.force ? Existing::replace : Existing::refuse);
}

/// Widths alone: what a machine needs to price a network; no data are read.
Result<void> write_widths(const Options& options) {
    const Network network = prepare_for_deployment(TANDEM_TRY(import_network(options.network)).network);
    const std::optional<Strategy> strategy = TANDEM_TRY(load_strategy(options.strategy, network));
    if (!strategy) return no_strategy("tandem quantize");
    Strategy widths = *strategy;
    widths.calibrated.reset();
    TANDEM_TRY(write_strategy(options, widths));
    if (options.common.json) return print_json(Document::Map{{"strategy", to_document(widths)}});
    std::vector<std::vector<std::string>> rows;
    for (const LayerStrategy& layer : widths.layers) {
        rows.push_back(
            {layer.layer, fmt::format("{}", layer.weight_bits), fmt::format("{}", layer.activation_bits)});
    }
    return print(fmt::format("{}\nnot calibrated: widths alone{}\n",
                             format_table({{"layer"}, {"weight bits"}, {"input bits"}}, rows),
                             options.out.empty() ? "" : "; written to " + options.out));
}

Result<void> execute(const Options& options) {
    if (options.is_uncalibrated) return write_widths(options);
    std::optional<ThreadLimit> limit;
    if (options.common.threads > 0) limit.emplace(options.common.threads);
    const ReadyNetwork ready = TANDEM_TRY(load_ready_network("tandem quantize", options.network, options.data,
                                                             options.strategy, Formats::replace));
    const auto& [experiment, strategy, program] = ready;
    ReferenceSamples reference = TANDEM_TRY(reference_samples(experiment, Portion::validation));
    const double in_float = float_accuracy(reference);
    const Quality quality = Evaluator(std::move(reference), Bytes(0)).evaluate(program);
    TANDEM_TRY(write_strategy(options, strategy));
    if (options.common.json) {
        return print_json(Document::Map{{"strategy", to_document(strategy)},
                                        {"samples", quality.samples},
                                        {"float_accuracy", in_float},
                                        {"accuracy", quality.accuracy},
                                        {"kl_divergence", quality.kl_divergence}});
    }
    return print(fmt::format("{}\naccuracy {:.2f} % (float {:.2f} %) on {} validation images{}\n",
                             to_table(*strategy.calibrated), 100.0 * quality.accuracy, 100.0 * in_float,
                             quality.samples, options.out.empty() ? "" : "; written to " + options.out));
}

} // namespace

void add_quantize(CLI::App& app, Action& action) {
    const auto options = std::make_shared<Options>();
    app.add_option("NETWORK", options->network, "ONNX or TensorFlow Lite file")->required();
    add_data_options(app, options->data);
    app.add_option("--calibration", options->data.calibration, "images that place the radix points")
        ->capture_default_str();
    add_strategy_options(app, options->strategy);
    app.add_flag("--uncalibrated", options->is_uncalibrated, "give widths alone; needs no data");
    app.add_option("-o,--out", options->out, "write the strategy to this file (JSON)");
    app.add_flag("--force", options->force, "replace the file if it exists");
    add_work_options(app, options->common);
    add_json_option(app, options->common);
    app.callback([options, &action] { action = [options] { return execute(*options); }; });
}

} // namespace tandem::app
