// `tandem eval`: accuracy of a network, in float or under a strategy.

#include <memory>
#include <optional>

#include <fmt/format.h>

#include "command.h"
#include "scoring.h"
#include "tandem/core/parallel.h"
#include "tandem/engine/evaluator.h"

namespace tandem::app {

namespace {

struct Options {
    std::string network;
    DataOptions data;
    std::string portion = "test";
    StrategyOptions strategy;
    CommonOptions common;
};

Result<void> execute(const Options& options) {
    std::optional<ThreadLimit> limit;
    if (options.common.threads > 0) limit.emplace(options.common.threads);
    const Portion portion = TANDEM_TRY(parse_portion(options.portion));
    const Experiment experiment = TANDEM_TRY(load_experiment(options.network, options.data));
    std::optional<Strategy> strategy = TANDEM_TRY(load_strategy(options.strategy, experiment.network));
    ReferenceSamples reference = TANDEM_TRY(reference_samples(experiment, portion));
    const auto samples = static_cast<std::int64_t>(reference.labels.size());
    const double in_float = float_accuracy(reference);
    Document::Map result{{"network", options.network},
                         {"dataset", options.data.dataset},
                         {"images", options.portion},
                         {"samples", samples},
                         {"float_accuracy", in_float}};
    std::string text = fmt::format("float     {:.2f} %  ({} {} images of {})\n", 100.0 * in_float, samples,
                                   options.portion, options.data.dataset);
    if (strategy) {
        const Strategy ready = TANDEM_TRY(calibrated(std::move(*strategy), experiment));
        const IntegerProgram program = TANDEM_TRY(lower_to_integers(experiment.network, ready));
        const Quality quality = Evaluator(std::move(reference), Bytes(0)).evaluate(program);
        result.emplace_back("accuracy", quality.accuracy);
        result.emplace_back("kl_divergence", quality.kl_divergence);
        text += fmt::format("integers  {:.2f} %  (KL divergence from float {:.4f} nats)\n",
                            100.0 * quality.accuracy, quality.kl_divergence);
    }
    if (options.common.json) return print_json(result);
    return print(text);
}

} // namespace

void add_eval(CLI::App& app, Action& action) {
    const auto options = std::make_shared<Options>();
    app.add_option("NETWORK", options->network, "ONNX file")->required();
    add_data_options(app, options->data.dataset, options->data.directory);
    app.add_option("--on", options->portion, "test or validation images")->capture_default_str();
    add_strategy_options(app, options->strategy);
    add_work_options(app, options->common);
    add_json_option(app, options->common);
    app.callback([options, &action] { action = [options] { return execute(*options); }; });
}

} // namespace tandem::app
