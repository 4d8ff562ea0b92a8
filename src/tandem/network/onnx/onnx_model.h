// Between models and networks: what reading and writing of plain and of quantised files share.
#pragma once

#include <string>

#include <onnx/onnx_pb.h>

#include "tandem/network/onnx/onnx.h"

namespace tandem {

/// The network of a model whose external data have been fetched. Errors as parse_onnx.
[[nodiscard]] Result<Network> network_of(onnx::ModelProto model, const std::string& file,
                                         const OnnxOptions& options);

/// The model of a network, IR version 8; and its bytes.
onnx::ModelProto model_of(const Network& network);
std::string bytes_of(const onnx::ModelProto& model);

} // namespace tandem
