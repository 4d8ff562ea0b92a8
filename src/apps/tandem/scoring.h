// What eval, quantize and deploy share: a strategy from a file or from uniform widths, calibrated,
// and its score.
#pragma once

#include <optional>
#include <string>

#include "command.h"
#include "tandem/codesign/experiment.h"
#include "tandem/strategy/quantized_network.h"
#include "tandem/strategy/strategy.h"

namespace tandem::app {

/// How a command line names a strategy: a file, or one width for all layers. Neither: none.
struct StrategyOptions {
    std::string file;
    std::optional<int> weight_bits;
    std::optional<int> activation_bits;
    std::optional<int> first_last_bits; ///< of weights and input of the first and of the last layer

    /// Whether any of them was given.
    bool names_any() const { return !file.empty() || weight_bits || activation_bits || first_last_bits; }
};
void add_strategy_options(CLI::App& app, StrategyOptions& options);

/// The strategy asked for, not calibrated unless its file is; none when none was asked for.
/// Errors: a file and widths, one width without the other, a file that does not fit the network.
[[nodiscard]] Result<std::optional<Strategy>> load_strategy(const StrategyOptions& options,
                                                            const Network& network);

/// The same, or, when none was asked for, that of a network that comes quantised.
[[nodiscard]] Result<std::optional<Strategy>> strategy_for(const StrategyOptions& options,
                                                           const Experiment& experiment);

/// The refusal of a `command` that was asked for no strategy.
tl::unexpected<Error> no_strategy(const std::string& command);

/// A network under a strategy, ready to be scored or written.
struct ReadyNetwork {
    Experiment experiment; ///< its network is the one that the strategy is of
    Strategy strategy;     ///< calibrated
    IntegerProgram program;
};

/// Loads the network, its data and the strategy asked for, which must be one (`command` is named where
/// there is none), and lowers them.
[[nodiscard]] Result<ReadyNetwork> load_ready_network(const std::string& command, const std::string& network,
                                                      const DataOptions& data,
                                                      const StrategyOptions& strategy);

/// The network with a calibrated strategy: of the files alone where they have one, else calibrated on data.
[[nodiscard]] Result<QuantizedNetwork> load_quantized_network(const std::string& command,
                                                              const std::string& path,
                                                              const DataOptions& data,
                                                              const StrategyOptions& options);

/// Leaves the first so many samples, or all if there are fewer.
void keep_first(ReferenceSamples& reference, std::int64_t samples);

/// Which images: "test" or "validation".
[[nodiscard]] Result<Portion> parse_portion(const std::string& word);

} // namespace tandem::app
