// Tensors between protobuf and Parameter.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <onnx/onnx_pb.h>

#include "tandem/network/network.h"

namespace tandem {

/// More dimensions than any tensor of a network we know; a bound for messages and loops.
inline constexpr int kMaximumOnnxRank = 8;

/// Reads the data that tensors of the model keep in other files of `folder` into the tensors themselves.
/// Problems name `file`: paths that leave the folder, files that are missing or too short, more data than
/// kMaximumElements allow.
void fetch_external_data(onnx::GraphProto& graph, const std::optional<std::filesystem::path>& folder,
                         const std::string& file, std::vector<Problem>& problems);

/// The parameter a tensor says, or what is wrong with it; the caller fills in file and place. Float types
/// become float32, integer types and truth values int64.
tl::expected<Parameter, Problem> read_tensor(const onnx::TensorProto& tensor);

/// Writes name, type, dimensions and raw little-endian data.
void write_tensor(const std::string& name, const Parameter& parameter, onnx::TensorProto& tensor);

} // namespace tandem
