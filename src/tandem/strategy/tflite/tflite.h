// Networks from TensorFlow Lite files. The folder is the only place that sees FlatBuffers.
#pragma once

#include <string>
#include <string_view>

#include "tandem/core/result.h"
#include "tandem/strategy/imported_network.h"

namespace tandem {

/// Reads a network of one subgraph, channels first. Of a fully quantised one, with 8-bit activations and
/// weights, weights and biases become the floats that their integers stand for, and the strategy makes those
/// integers of them again, by `multiplier_double_rounding`. One with float activations is a network alone;
/// its 8-bit weights, if it has some, become floats too. Operators: ADD, AVERAGE_POOL_2D, CONV_2D,
/// DEPTHWISE_CONV_2D, FULLY_CONNECTED, MAX_POOL_2D, MEAN of rows and columns, PAD of them before a
/// convolution, QUANTIZE, RESHAPE to a vector, SOFTMAX as the last. Errors, all at once: a damaged file,
/// operators and types that have no reading here.
[[nodiscard]] Result<ImportedNetwork> load_tflite(const std::string& path);

/// The same from bytes; `file` names them in errors.
[[nodiscard]] Result<ImportedNetwork> parse_tflite(std::string_view bytes, const std::string& file);

} // namespace tandem
