#include "scoring.h"

#include "tandem/network/rewrites/rewrites.h"
#include "tandem/strategy/import.h"

namespace tandem::app {

void add_strategy_options(CLI::App& app, StrategyOptions& options) {
    app.add_option("--strategy", options.file, "strategy file (JSON)");
    app.add_option("--weight-bits", options.weight_bits, "one width for the weights of all layers")
        ->check(CLI::Range(1, kMaximumBits));
    app.add_option("--activation-bits", options.activation_bits, "one width for the inputs of all layers")
        ->check(CLI::Range(1, kMaximumBits));
    app.add_option("--first-last-bits", options.first_last_bits,
                   "another width for weights and input of the first and the last layer")
        ->check(CLI::Range(1, kMaximumBits));
}

Result<std::optional<Strategy>> load_strategy(const StrategyOptions& options, const Network& network) {
    const bool has_widths = options.weight_bits || options.activation_bits;
    if (!options.file.empty() && has_widths) {
        return bad_input("--strategy", "", "a file together with --weight-bits or --activation-bits",
                         "one or the other");
    }
    if (options.weight_bits.has_value() != options.activation_bits.has_value()) {
        return bad_input(options.weight_bits ? "--weight-bits" : "--activation-bits", "", "one width alone",
                         "both --weight-bits and --activation-bits");
    }
    if (options.first_last_bits && !has_widths) {
        return bad_input("--first-last-bits", "", "no widths for the other layers",
                         "--weight-bits and --activation-bits");
    }
    if (has_widths) {
        Strategy strategy = uniform_strategy(network, *options.weight_bits, *options.activation_bits);
        if (options.first_last_bits && !strategy.layers.empty()) {
            for (LayerStrategy* layer : {&strategy.layers.front(), &strategy.layers.back()}) {
                layer->weight_bits = layer->activation_bits = *options.first_last_bits;
            }
        }
        return strategy;
    }
    if (options.file.empty()) return std::optional<Strategy>();
    Strategy strategy = TANDEM_TRY(tandem::load_strategy(options.file));
    TANDEM_TRY(validate(strategy, network, options.file));
    return strategy;
}

Result<std::optional<Strategy>> strategy_for(const StrategyOptions& options, const Experiment& experiment) {
    std::optional<Strategy> asked = TANDEM_TRY(load_strategy(options, experiment.network));
    if (!asked) return experiment.strategy;
    return asked;
}

tl::unexpected<Error> no_strategy(const std::string& command) {
    return bad_input(command, "", "no strategy", "--strategy, or --weight-bits and --activation-bits");
}

Result<ReadyNetwork> load_ready_network(const std::string& command, const std::string& network,
                                        const DataOptions& data, const StrategyOptions& strategy) {
    Experiment experiment = TANDEM_TRY(load_experiment(network, data));
    std::optional<Strategy> asked = TANDEM_TRY(strategy_for(strategy, experiment));
    if (!asked) return no_strategy(command);
    auto [quantized, ready] = TANDEM_TRY(quantize(experiment, std::move(*asked)));
    experiment.network = std::move(quantized);
    IntegerProgram program = TANDEM_TRY(lower_to_integers(experiment.network, ready));
    return ReadyNetwork{std::move(experiment), std::move(ready), std::move(program)};
}

Result<QuantizedNetwork> load_quantized_network(const std::string& command, const std::string& path,
                                                const DataOptions& data, const StrategyOptions& options) {
    if (is_supernet(path)) { // its subnetworks are calibrated without data
        const Subnetworks supernet(TANDEM_TRY(load_supernet(path)));
        const std::optional<Strategy> strategy = TANDEM_TRY(load_strategy(options, supernet.network()));
        if (!strategy) return no_strategy(command);
        return supernet.subnetwork(*strategy);
    }
    ImportedNetwork imported = TANDEM_TRY(import_network(path));
    const Network network = prepare_for_deployment(std::move(imported.network));
    std::optional<Strategy> strategy = TANDEM_TRY(load_strategy(options, network));
    if (!strategy) strategy = std::move(imported.strategy);
    if (!strategy) return no_strategy(command);
    if (strategy->calibrated) return QuantizedNetwork{network, *std::move(strategy)};
    ReadyNetwork ready = TANDEM_TRY(load_ready_network(command, path, data, options));
    return QuantizedNetwork{std::move(ready.experiment.network), std::move(ready.strategy)};
}

void keep_first(ReferenceSamples& reference, std::int64_t samples) {
    const std::size_t count = reference.labels.size();
    const std::size_t kept = std::min(count, static_cast<std::size_t>(samples));
    reference.samples.resize(reference.samples.size() / count * kept);
    reference.logits.resize(reference.logits.size() / count * kept);
    reference.labels.resize(kept);
}

Result<Portion> parse_portion(const std::string& word) {
    if (word == "test") return Portion::test;
    if (word == "validation") return Portion::validation;
    return bad_input("--on", "", with_suggestion(word, {"test", "validation"}), "test or validation");
}

} // namespace tandem::app
