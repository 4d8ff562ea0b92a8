// Between a network with its strategy and the quantised ONNX files of network/onnx: what another tool
// quantised, read; what Tandem quantised, written.
#pragma once

#include <string>

#include "tandem/core/result.h"
#include "tandem/network/onnx/quantized_onnx.h"
#include "tandem/strategy/quantized_network.h"

namespace tandem {

/// The network, prepared for deployment, and its strategy. Where every scale is a power of two, one a tensor,
/// and every zero point 0, the strategy is one of shifts; else its requantization is `float`. Weights have
/// the least width that holds them, activations that of the file. Errors: layers whose weights or input are
/// not quantised.
[[nodiscard]] Result<QuantizedNetwork> from_onnx_form(QuantizedOnnx quantized, const std::string& file);

/// The reverse, for a network prepared for deployment and a calibrated strategy for it. Errors: what the form
/// does not say: layers that read narrower than is stored, roundings and accumulators of other kinds, opsets
/// before 13; of QDQ also bipolar and ternary formats.
[[nodiscard]] Result<QuantizedOnnx> to_onnx_form(const Network& network, const Strategy& strategy,
                                                 QuantizedOnnxForm form = QuantizedOnnxForm::qdq);

} // namespace tandem
