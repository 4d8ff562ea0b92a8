// The doors to protobuf and libonnx: bytes to a model, and the reference implementation's opinion of
// it. Their exceptions end here.
#pragma once

#include <string>
#include <string_view>

#include <onnx/onnx_pb.h>

#include "tandem/network/network.h"

namespace tandem {

/// Bytes to a model that has a graph and a supported opset. Errors: empty, truncated, malformed,
/// something else than ONNX, an opset outside our range.
[[nodiscard]] Result<onnx::ModelProto> parse_model(std::string_view bytes, const std::string& file);

/// The version of the ONNX operators that a model imports, or 0.
std::int64_t opset_of(const onnx::ModelProto& model);

/// Runs libonnx's checker and its strict shape inference, and compares the shapes it infers with the
/// network's; models of an opset that libonnx does not know pass. It trusts attributes to be sane, so the
/// network read from the model must have passed our own rules before.
[[nodiscard]] Result<void> check_with_libonnx(onnx::ModelProto model, const Network& network,
                                              const std::string& file);

} // namespace tandem
