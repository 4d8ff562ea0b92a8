// A network of integers without training: formats from the calibration images, and what is done to weights
// and biases so that they lose less.
#pragma once

#include <optional>

#include "tandem/codesign/experiment.h"
#include "tandem/core/result.h"
#include "tandem/engine/calibration.h"
#include "tandem/strategy/quantized_network.h"
#include "tandem/strategy/strategy.h"

namespace tandem {

/// What is done beside rounding to the nearest, in this order.
struct PostTraining {
    bool equalizes = false;         ///< equalize_layers, before formats are found
    bool rounds_adaptively = false; ///< round_adaptively
    bool corrects_biases = false;   ///< correct_biases

    bool changes_network() const { return equalizes || rounds_adaptively || corrects_biases; }
};

/// The network and the strategy with formats placed anew: radix points, or scales where `scales` says how to
/// find them; then layers that read narrower than their input is stored are spelled out (split_narrow_reads).
/// Errors: those of calibration; a supernet or a network that comes quantised, whose weights are to be
/// changed.
[[nodiscard]] Result<QuantizedNetwork> quantize_after_training(const Experiment& experiment,
                                                               Strategy strategy,
                                                               const std::optional<ScaleOptions>& scales,
                                                               const PostTraining& changes);

} // namespace tandem
