// What quantisation may do to weights without training: round each up or down so that the layer's outputs
// change least, and take the mean error of what is left out of biases. Both look at some real samples.
#pragma once

#include <span>

#include "tandem/core/result.h"
#include "tandem/network/network.h"
#include "tandem/strategy/strategy.h"

namespace tandem {

/// The network with weights that are integers of their formats times their scales, each one of the two
/// integers next to it: those for which the squared error of the layer's outputs is small on columns of its
/// inputs in float (the local objective of adaptive rounding: Nagel et al., ICML 2020, eq. 13, of which this
/// is a minimum by changing one weight at a time, begun at the nearest integers). At most 4,096 positions of
/// the output, or twice what one reads, drawn from all samples. Bipolar weights stay. `strategy` is
/// calibrated, for the prepared network. Errors: no samples, nodes without a float kernel.
[[nodiscard]] Result<Network> round_adaptively(Network network, const Strategy& strategy,
                                               std::span<const float> samples);

/// The network with biases by which every channel of every layer's sums has, in integers, the mean over the
/// samples that it has in float, layer after layer, so that each sees the inputs that the corrected ones
/// before it give (empirical bias correction: Nagel et al., ICCV 2019, section 4.2; means are taken of the
/// inputs, in which those of the sums are linear). `network` is `exact`, or that with its weights rounded.
/// The strategy gives no biases of its own. Errors: those of round_adaptively, and of lowering.
[[nodiscard]] Result<Network> correct_biases(Network network, const Network& exact, const Strategy& strategy,
                                             std::span<const float> samples);

} // namespace tandem
