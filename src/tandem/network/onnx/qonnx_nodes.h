// The nodes of QONNX (Pappalardo et al. 2022, "QONNX: representing arbitrary-precision quantized neural
// networks"): Quant and BipolarQuant, which round a tensor in place and leave it float.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <onnx/onnx_pb.h>

#include "tandem/core/result.h"
#include "tandem/network/onnx/quantized_onnx.h"

namespace tandem {

inline constexpr std::string_view kQonnxDomain = "qonnx.custom_op.general";

/// Quant and BipolarQuant, of that domain or of the ones that tools used before it.
bool is_qonnx_node(const onnx::NodeProto& node);

/// Takes these nodes out of the graph: what they say of activations and constants goes to `result`, constants
/// become what their integers stand for. Problems: scales that are no constants, widths beyond 16 bits of an
/// activation or 32 of a constant, roundings but to nearest even.
void take_qonnx_nodes(onnx::GraphProto& graph, const std::string& file, QuantizedOnnx& result,
                      std::vector<Problem>& problems);

} // namespace tandem
