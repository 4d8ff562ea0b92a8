// ONNX files in and out. The folder is the only place that sees protobuf.
#pragma once

#include <string>
#include <string_view>

#include "tandem/network/network.h"

namespace tandem {

/// Reads an ONNX file: checked and shape-inferred by libonnx, then validated by our own rules.
/// Errors, all at once: truncated or malformed file, every unsupported operator with its node,
/// unsupported tensor types, dynamic extents other than the batch.
[[nodiscard]] Result<Network> load_onnx(const std::string& path);

/// The same from bytes; `file` names them in errors.
[[nodiscard]] Result<Network> parse_onnx(std::string_view bytes, const std::string& file);

/// The bytes of an ONNX model that reads back equal. Deterministic.
std::string emit_onnx(const Network& network);

} // namespace tandem
