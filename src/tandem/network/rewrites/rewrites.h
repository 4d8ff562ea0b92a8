// Rewrites: functions from a valid network to a valid network that computes the same. Each is
// validated after it ran.
#pragma once

#include "tandem/network/network.h"

namespace tandem {

/// Folds each BatchNormalization into the Conv or Gemm before it when that layer has no other
/// reader: weights scale per output channel, the rest becomes the bias.
Network fold_batch_normalization(Network network);

/// Replaces nodes whose inputs are all parameters by their result (Constant, Identity, Reshape of
/// parameters), and removes Identity and Dropout-like pass-through nodes.
Network fold_constants(Network network);

/// Folds a zero Pad into the pads of the convolution that alone reads it.
Network fold_padding(Network network);

/// The list in order: constants, padding, batch normalisation. After it every layer has its
/// bias and no pass-through node remains. Everything that executes or prices a network starts here.
Network prepare_for_deployment(Network network);

} // namespace tandem
