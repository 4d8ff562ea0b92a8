#include "training_start.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "scoring.h"
#include "tandem/codesign/quantized_training.h"
#include "tandem/network/rewrites/rewrites.h"

namespace tandem::app {

namespace {

/// The one width of a list that a strategy can have.
Result<std::optional<int>> single_width(const std::string& option, const std::vector<int>& widths) {
    if (widths.empty()) return std::nullopt;
    if (widths.size() == 1) return widths.front();
    return bad_input(option, "", fmt::format("{} widths", widths.size()), "one, or --supernet");
}

BaseCounts base_counts(const StartOptions& options) {
    constexpr std::int64_t kUsualBases = 3;
    return {.weights = options.weight_bases.value_or(kUsualBases),
            .activations = options.activation_bases.value_or(kUsualBases)};
}

/// The strategy to learn to be quantised by; none where the network trains in float. Errors: a method without
/// a strategy, or the reverse.
Result<std::optional<QuantizedStart>> quantized_start(const StartOptions& options, const Network& initial,
                                                      const Dataset& dataset) {
    StrategyOptions strategy;
    strategy.file = options.strategy;
    strategy.first_last_bits = options.first_last_bits;
    strategy.weight_bits = TANDEM_TRY(single_width("--weight-bits", options.weight_bits));
    strategy.activation_bits = TANDEM_TRY(single_width("--activation-bits", options.activation_bits));
    const std::optional<Strategy> widths =
        TANDEM_TRY(load_strategy(strategy, prepare_for_deployment(initial)));
    if (options.method != "abc" && (options.weight_bases || options.activation_bases)) {
        return bad_input(options.weight_bases ? "--weight-bases" : "--activation-bases", "",
                         "bases without --method abc", "--method abc beside them");
    }
    if (!widths && options.method.empty()) return std::nullopt;
    if (!widths) return no_strategy("--method");
    const QuantizationMethod method =
        TANDEM_TRY(parse_quantization_method(options.method.empty() ? "lsq" : options.method));
    QuantizedStart start =
        TANDEM_TRY(method == QuantizationMethod::abc
                       ? start_training_of_bases(initial, *widths, base_counts(options), dataset)
                       : start_quantized_training(initial, *widths, method, dataset));
    start.setup.distillation = options.distillation;
    return start;
}

/// The space of a supernet. Errors: options of a single strategy, widths missing.
Result<PrecisionSpace> supernet_space(const StartOptions& options) {
    const bool has_bases = options.weight_bases || options.activation_bases;
    if (!options.strategy.empty() || !options.method.empty() || options.distillation > 0.0 || has_bases) {
        return bad_input("--supernet", "", "--strategy, --method, bases or --distillation beside it",
                         "lists of widths: every strategy of them learns, by lsq, from the widest");
    }
    if (options.weight_bits.empty() || options.activation_bits.empty()) {
        return bad_input("--supernet", "", "no widths", "--weight-bits and --activation-bits, as in 2,4,8");
    }
    const auto rising = [](std::vector<int> widths) {
        std::sort(widths.begin(), widths.end());
        widths.erase(std::unique(widths.begin(), widths.end()), widths.end());
        return widths;
    };
    return PrecisionSpace{.weight_bits = rising(options.weight_bits),
                          .activation_bits = rising(options.activation_bits),
                          .first_last_bits = options.first_last_bits};
}

} // namespace

Result<TrainingStart> make_training_start(const StartOptions& options, const Network& initial,
                                          const Dataset& dataset) {
    if (options.supernet) {
        PrecisionSpace space = TANDEM_TRY(supernet_space(options));
        SupernetStart supernet = TANDEM_TRY(start_supernet(initial, std::move(space), dataset));
        return TrainingStart{.setup = std::move(supernet.setup), .network = std::move(supernet.network)};
    }
    std::optional<QuantizedStart> quantized = TANDEM_TRY(quantized_start(options, initial, dataset));
    if (!quantized) return TrainingStart{.setup = {}, .network = initial};
    return TrainingStart{.setup = std::move(quantized->setup), .network = std::move(quantized->network)};
}

void add_start_options(CLI::App& app, StartOptions& options) {
    app.add_option("--strategy", options.strategy, "strategy file (JSON) to learn to be quantised by");
    const auto add_widths = [&app](const std::string& name, std::vector<int>& widths, const std::string& of) {
        app.add_option(name, widths, "one width for " + of + " of all layers; of a supernet a list: 1,2,4,8")
            ->delimiter(',')
            ->check(CLI::Range(1, kMaximumBits));
    };
    add_widths("--weight-bits", options.weight_bits, "the weights");
    add_widths("--activation-bits", options.activation_bits, "the inputs");
    app.add_option("--first-last-bits", options.first_last_bits,
                   "another width for weights and input of the first and the last layer")
        ->check(CLI::Range(1, kMaximumBits));
    app.add_flag("--supernet", options.supernet,
                 "train one set of weights that any layer may have at any of these widths");
    app.add_option("--method", options.method,
                   "of learning to be quantised by the strategy: " +
                       fmt::format("{}", fmt::join(quantization_method_names(), ", ")) + "; lsq if left out");
    const auto add_bases = [&app](const std::string& name, std::optional<std::int64_t>& count,
                                  const std::string& of) {
        app.add_option(name, count,
                       "of --method abc, binary bases in place of " + of + " of 1 bit; 3 if left out")
            ->check(CLI::Range(std::int64_t{1}, kMaximumBases));
    };
    add_bases("--weight-bases", options.weight_bases, "weights");
    add_bases("--activation-bases", options.activation_bases, "inputs");
    app.add_option("--distillation", options.distillation,
                   "share of the loss that is the divergence from the network in float")
        ->check(CLI::Range(0.0, 1.0));
}

} // namespace tandem::app
