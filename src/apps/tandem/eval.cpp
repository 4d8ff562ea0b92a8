// `tandem eval`: accuracy of a network, in float or under a strategy.

#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>

#include <fmt/format.h>

#include "command.h"
#include "scoring.h"
#include "tandem/core/parallel.h"
#include "tandem/data/indices.h"
#include "tandem/engine/evaluator.h"

namespace tandem::app {

namespace {

struct Options {
    std::string network;
    DataOptions data;
    std::string portion = "test";
    std::optional<std::int64_t> samples;
    std::string indices;
    StrategyOptions strategy;
    CommonOptions common;
};

Result<ReferenceSamples> chosen_samples(const Options& options, const Experiment& experiment,
                                        Portion portion) {
    if (options.indices.empty()) return reference_samples(experiment, portion);
    if (portion != Portion::test) {
        return bad_input("--indices", "", "indices of validation images", "--split test");
    }
    const auto indices = TANDEM_TRY(load_indices(options.indices, experiment.dataset.test.count()));
    return reference_samples(experiment, indices);
}

Result<void> execute(const Options& options) {
    std::optional<ThreadLimit> limit;
    if (options.common.threads > 0) limit.emplace(options.common.threads);
    const Portion portion = TANDEM_TRY(parse_portion(options.portion));
    const Experiment experiment = TANDEM_TRY(load_experiment(options.network, options.data));
    std::optional<Strategy> strategy = TANDEM_TRY(strategy_for(options.strategy, experiment));
    ReferenceSamples reference = TANDEM_TRY(chosen_samples(options, experiment, portion));
    if (options.samples) keep_first(reference, *options.samples);
    const auto samples = static_cast<std::int64_t>(reference.labels.size());
    const double in_float = float_accuracy(reference);
    double top1 = in_float;
    Document::Map result{{"network", options.network},
                         {"dataset", options.data.dataset},
                         {"images", options.portion},
                         {"samples", samples},
                         {"float_accuracy", in_float}};
    std::string text = fmt::format("float     {:.2f} %  ({} {} images of {})\n", 100.0 * in_float, samples,
                                   options.portion, options.data.dataset);
    if (strategy) {
        const auto [network, ready] = TANDEM_TRY(quantize(experiment, std::move(*strategy)));
        const IntegerProgram program = TANDEM_TRY(lower_to_integers(network, ready));
        const Quality quality = Evaluator(std::move(reference), Bytes(0)).evaluate(program);
        top1 = quality.accuracy;
        result.emplace_back("accuracy", quality.accuracy);
        result.emplace_back("kl_divergence", quality.kl_divergence);
        text += fmt::format("integers  {:.2f} %  (KL divergence from float {:.4f} nats)\n",
                            100.0 * quality.accuracy, quality.kl_divergence);
    }
    // What was asked for: the strategy where there is one, else the float network.
    result.emplace_back("top1", top1);
    result.emplace_back("correct",
                        static_cast<std::int64_t>(std::llround(top1 * static_cast<double>(samples))));
    if (options.common.json) return print_json(result);
    return print(text);
}

} // namespace

void add_eval(CLI::App& app, Action& action) {
    const auto options = std::make_shared<Options>();
    app.add_option("NETWORK", options->network, "ONNX or TensorFlow Lite file, or folder of a supernet")
        ->required();
    add_data_options(app, options->data);
    app.add_option("--on,--split", options->portion, "test or validation images")->capture_default_str();
    app.add_option("--samples", options->samples, "score the first so many images alone")
        ->check(CLI::Range(1, 1'000'000'000));
    app.add_option("--indices", options->indices, "score the test images whose numbers this file lists");
    add_strategy_options(app, options->strategy);
    add_work_options(app, options->common);
    add_json_option(app, options->common);
    app.callback([options, &action] { action = [options] { return execute(*options); }; });
}

} // namespace tandem::app
