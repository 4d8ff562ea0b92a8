// From what `tandem train` starts: the network in float, quantised by a strategy, or as a supernet.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "command.h"
#include "tandem/training/training.h"

namespace tandem::app {

/// The options that say how a network learns to be quantised; none of them: it trains in float.
struct StartOptions {
    std::string strategy;         ///< a file, or
    std::vector<int> weight_bits; ///< one for all layers, or those that a supernet is trained for
    std::vector<int> activation_bits;
    std::optional<int> first_last_bits;
    bool supernet = false;
    std::string method;
    std::optional<std::int64_t> weight_bases;
    std::optional<std::int64_t> activation_bases;
    double distillation = 0.0;
};
void add_start_options(CLI::App& app, StartOptions& options);

/// How a network trains, and from what it starts.
struct TrainingStart {
    TrainingSetup setup;
    Network network;
};

/// Errors: options that exclude each other, widths or a strategy that are missing, a strategy that does not
/// fit the network.
[[nodiscard]] Result<TrainingStart> make_training_start(const StartOptions& options, const Network& initial,
                                                        const Dataset& dataset);

} // namespace tandem::app
