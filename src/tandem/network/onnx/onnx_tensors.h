// Tensors between protobuf and Parameter.
#pragma once

#include <string>

#include <onnx/onnx_pb.h>

#include "tandem/network/network.h"

namespace tandem {

/// More dimensions than any tensor of a network we know; a bound for messages and loops.
inline constexpr int kMaximumOnnxRank = 8;

/// The parameter a tensor says, or what is wrong with it; the caller fills in file and place.
tl::expected<Parameter, Problem> read_tensor(const onnx::TensorProto& tensor);

/// Writes name, type, dimensions and raw little-endian data.
void write_tensor(const std::string& name, const Parameter& parameter, onnx::TensorProto& tensor);

} // namespace tandem
