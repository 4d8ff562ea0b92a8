// Quantised networks from TensorFlow Lite files. The folder is the only place that sees FlatBuffers.
#pragma once

#include <string>
#include <string_view>

#include "tandem/core/result.h"
#include "tandem/strategy/quantized_network.h"

namespace tandem {

/// Reads a fully quantised network of one subgraph, 8-bit activations and weights: the network with its
/// weights and biases as the floats that their integers stand for, channels first, and the strategy that
/// makes those integers of them again, by `multiplier_double_rounding`. Operators: ADD, AVERAGE_POOL_2D,
/// CONV_2D, DEPTHWISE_CONV_2D, FULLY_CONNECTED, MAX_POOL_2D, RESHAPE to a vector, SOFTMAX as the last.
/// Errors, all at once: a damaged file, operators and types that have no reading here.
[[nodiscard]] Result<QuantizedNetwork> load_tflite(const std::string& path);

/// The same from bytes; `file` names them in errors.
[[nodiscard]] Result<QuantizedNetwork> parse_tflite(std::string_view bytes, const std::string& file);

} // namespace tandem
