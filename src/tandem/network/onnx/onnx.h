// ONNX files in and out. The folder is the only place that sees protobuf.
#pragma once

#include <string>
#include <string_view>

#include "tandem/network/network.h"

namespace tandem {

/// Reads an ONNX file (opset 7 to 21, float32 and int64 tensors inside the file): judged by our own
/// rules, then by libonnx's checker and shape inference, whose shapes must be ours. Errors, all at
/// once: truncated or malformed file, every unsupported operator with its node, unsupported tensor
/// types, dynamic extents other than the batch.
///
/// The first extent of every input is the batch: a name, nothing, 0 or 1 in the file. Constant nodes
/// become parameters, Dropout becomes Identity, initializers that no node reads are left out, and
/// nodes without a name (or with one that is taken) get one.
[[nodiscard]] Result<Network> load_onnx(const std::string& path);

/// The same from bytes; `file` names them in errors.
[[nodiscard]] Result<Network> parse_onnx(std::string_view bytes, const std::string& file);

/// The bytes of an ONNX model (IR version 8) that reads back equal, but for Constant nodes, which come
/// back as parameters. Deterministic. The network must be valid.
std::string emit_onnx(const Network& network);

} // namespace tandem
