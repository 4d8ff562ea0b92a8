// The one door for networks from files: ONNX as it is, or what another tool has quantised, with its strategy.
#pragma once

#include <string>

#include "tandem/core/result.h"
#include "tandem/network/onnx/onnx.h"
#include "tandem/strategy/imported_network.h"

namespace tandem {

/// By the name's ending: .tflite is TensorFlow Lite, everything else ONNX, quantised or not. Errors: those of
/// the readers.
[[nodiscard]] Result<ImportedNetwork> import_network(const std::string& path,
                                                     const OnnxOptions& options = {});

} // namespace tandem
