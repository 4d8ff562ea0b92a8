// Calibration: the radix points of every layer and stored tensor at every width, from one pass of
// real samples through the float network. A strategy is then calibrated by looking them up.
#pragma once

#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "tandem/core/result.h"
#include "tandem/network/network.h"
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

} // namespace tandem
