// Recurrent networks as PyTorch exports them: time first inside, states computed of the size of the batch.
#pragma once

#include <onnx/onnx_pb.h>

namespace tandem {

/// input (N, 5, 3): an LSTM of both directions, a GRU on what it gives, and of that the last state and the
/// last time's output (which are equal) added and multiplied by a matrix: (N, 2).
onnx::ModelProto exported_recurrent();

} // namespace tandem
