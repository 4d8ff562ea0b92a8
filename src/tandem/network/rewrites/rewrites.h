// Rewrites: functions from a valid network to a valid network that computes the same. Each is
// validated after it ran.
#pragma once

#include "tandem/network/network.h"

namespace tandem {

/// Folds each BatchNormalization into the Conv or Gemm before it when that layer has no other
/// reader: weights scale per output channel, the rest becomes the bias. The layer keeps its name; its
/// output takes the name of the BatchNormalization's. One whose folded values would leave the range
/// of float32 stays.
Network fold_batch_normalization(Network network);

/// Replaces nodes whose inputs are all parameters by their result (Constant, Identity, Reshape of
/// parameters), and removes nodes that pass an activation through: Identity, and Reshape, Flatten
/// and Pad that leave the shape as it is. An Identity stays where an output of the network copies an
/// input or another output.
Network fold_constants(Network network);

/// Folds a zero Pad of rows and columns into the pads of the convolution that alone reads it.
Network fold_padding(Network network);

/// Gives every layer a bias of shape (outputs): zeros where it has none.
Network complete_biases(Network network);

/// Evens out the ranges of weights between layers that follow each other through a Relu, a pooling or
/// nothing, and that alone read each other's output: each channel is divided by a factor where it is written
/// and multiplied by it where it is read, until both sides have one range (cross-layer equalisation: Nagel et
/// al., ICCV 2019, eq. 11). For a prepared network; it computes the same but for the last bits of floats.
Network equalize_layers(Network network);

/// The list in order: constants, padding, batch normalisation, biases. After it every layer has its
/// bias, its weights are parameters, and no pass-through node remains but those fold_constants names.
/// Everything that executes or prices a network starts here.
Network prepare_for_deployment(Network network);

} // namespace tandem
