// What lies between two layers of a network that trains, in one pass forward and two backward: batch
// normalisation or a sum, the Relu or Clip after it, and the rounding of what is stored. As LibTorch's
// operators they take a pass each, and at the sizes of small networks a pass costs about what a convolution
// does.
#pragma once

#include <torch/types.h>

#include "tandem/training/plugin/fake_quantize.h"

namespace tandem {

/// Of a batch: parameters and statistics by channel, float32.
struct ChannelNormalization {
    torch::Tensor scale;
    torch::Tensor shift;
    torch::Tensor running_mean;
    torch::Tensor running_variance;
    double share = 0.1; ///< of this batch in the running statistics
    double epsilon = 1e-5;
};

/// Whether normalize_batch takes such values: on the processor, (N, C, H, W), channels innermost, float32 or
/// bfloat16.
bool suits_fusion(const torch::Tensor& values);
/// Whether add takes such a pair: on the processor, in memory alike and without gaps, both float32 or
/// bfloat16.
bool suits_fusion(const torch::Tensor& left, const torch::Tensor& right);

/// Values less the mean of the batch, over the root of its variance plus epsilon, times scale plus shift
/// (Ioffe, Szegedy, ICML 2015, algorithm 1), then the tail. Moves the running statistics, their variance the
/// unbiased one.
torch::Tensor normalize_batch(const torch::Tensor& values, const ChannelNormalization& normalization,
                              const OutputTail& tail);
/// The same as a chain of LibTorch's operators: on every device, and what the passes are tested against. Not
/// in training, it normalises by the running statistics and leaves them.
torch::Tensor normalize_plainly(const torch::Tensor& values, const ChannelNormalization& normalization,
                                const OutputTail& tail, bool is_training);

/// The sum, then the tail.
torch::Tensor add(const torch::Tensor& left, const torch::Tensor& right, const OutputTail& tail);
/// The same as a chain of LibTorch's operators.
torch::Tensor add_plainly(const torch::Tensor& left, const torch::Tensor& right, const OutputTail& tail);

} // namespace tandem
