// Calibration from real samples in the float network: the radix points of every layer and stored tensor at
// every width, which a strategy is then calibrated by looking up; or the scales of one strategy.
#pragma once

#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "tandem/core/result.h"
#include "tandem/network/network.h"
#include "tandem/numerics/range_search.h"
#include "tandem/strategy/strategy.h"

namespace tandem {

struct Calibration {
    std::map<std::pair<std::string, int>, NumberFormat> weights;     ///< by layer and width
    std::map<std::pair<std::string, int>, NumberFormat> activations; ///< by tensor and width

    bool operator==(const Calibration&) const = default;
};

/// Runs the samples (N, C, H, W) through the network and finds the least-squared-error format of
/// every layer's weights and of every activation, at each of `widths` and at kOutputBits.
[[nodiscard]] Result<Calibration> calibrate(const Network& network, std::span<const float> samples,
                                            std::vector<int> widths);

/// The strategy with its formats filled in. Widths must be among those calibrated.
Strategy apply_calibration(Strategy strategy, const Network& network, const Calibration& calibration);

/// How scales are found.
struct ScaleOptions {
    CalibrationMethod method = CalibrationMethod::mse; ///< of activations; of weights too where it is mse
    Symmetry symmetry = Symmetry::symmetric;           ///< of activations
    bool is_per_channel = false;                       ///< of weights: a scale an output channel
    RequantizationKind requantization = RequantizationKind::floating; ///< one that uses scales
};

/// The strategy with scales for its widths. Every operand of an Add has a scale of its own; a maximum and
/// what is rearranged have that of their source, and so has a mean where multipliers requantise. Errors: no
/// samples, nodes without an integer form.
[[nodiscard]] Result<Strategy> calibrate_scales(Strategy strategy, const Network& network,
                                                std::span<const float> samples, const ScaleOptions& options);

} // namespace tandem
