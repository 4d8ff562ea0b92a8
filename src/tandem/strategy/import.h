// The one door for networks from files: ONNX as it is, or what another tool has quantised, with its strategy.
#pragma once

#include <optional>
#include <string>

#include "tandem/core/result.h"
#include "tandem/network/onnx/onnx.h"
#include "tandem/strategy/strategy.h"

namespace tandem {

struct ImportedNetwork {
    Network network;
    std::optional<Strategy> strategy; ///< calibrated; of a file that comes quantised
};

/// By the name's ending: .tflite is TensorFlow Lite, everything else ONNX, quantised or not. Errors: those of
/// the readers.
[[nodiscard]] Result<ImportedNetwork> import_network(const std::string& path,
                                                     const OnnxOptions& options = {});

} // namespace tandem
