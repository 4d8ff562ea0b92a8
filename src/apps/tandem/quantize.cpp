// `tandem quantize`: places the radix points of a strategy and scores it on the validation images.

#include <memory>
#include <optional>

#include <fmt/format.h>

#include "command.h"
#include "scoring.h"
#include "tandem/core/files.h"
#include "tandem/core/parallel.h"
#include "tandem/engine/evaluator.h"
#include "tandem/report/report.h"

namespace tandem::app {

namespace {

struct Options {
    std::string network;
    DataOptions data;
    StrategyOptions strategy;
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

Result<void> execute(const Options& options) {
    std::optional<ThreadLimit> limit;
    if (options.common.threads > 0) limit.emplace(options.common.threads);
    const ReadyNetwork ready = TANDEM_TRY(load_ready_network("tandem quantize", options.network, options.data,
                                                             options.strategy, Formats::replace));
    const auto& [experiment, strategy, program] = ready;
    ReferenceSamples reference = TANDEM_TRY(reference_samples(experiment, Portion::validation));
    const double in_float = float_accuracy(reference);
    const Quality quality = Evaluator(std::move(reference), Bytes(0)).evaluate(program);
    if (!options.out.empty()) {
        TANDEM_TRY(write_file(options.out, to_json(to_document(strategy), JsonLayout::indented) + "\n",
                              options.force ? Existing::replace : Existing::refuse));
    }
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
    app.add_option("NETWORK", options->network, "ONNX file")->required();
    add_data_options(app, options->data);
    app.add_option("--calibration", options->data.calibration, "images that place the radix points")
        ->capture_default_str();
    add_strategy_options(app, options->strategy);
    app.add_option("--out", options->out, "write the calibrated strategy to this file (JSON)");
    app.add_flag("--force", options->force, "replace the file if it exists");
    add_work_options(app, options->common);
    add_json_option(app, options->common);
    app.callback([options, &action] { action = [options] { return execute(*options); }; });
}

} // namespace tandem::app
