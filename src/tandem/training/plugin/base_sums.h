// Sums of binary bases in place of numbers (Lin, Zhao, Pan, NIPS 2017, "Towards accurate binary convolutional
// neural network", sections 3.1 and 3.2). docs/training.md has the equations.
#pragma once

#include <cstdint>
#include <vector>

#include <torch/types.h>

#include "tandem/numerics/number_format.h"
#include "tandem/strategy/binary_bases.h"

namespace tandem {

/// What stands in for a layer's weights.
struct WeightBases {
    std::vector<torch::Tensor> signs; ///< -1 and 1
    std::vector<double> scales;       ///< positive
};

/// Signs of the weights less their mean, moved by -1 to 1 standard deviations in equal steps (by none where
/// `count` is 1), with the scales that bring the squares of all differences to their least.
WeightBases find_weight_bases(const torch::Tensor& latent, std::int64_t count);

/// The same as a network has them, batch normalisation folded: `gains` by output channel.
std::vector<WeightBasis> terms_of(const WeightBases& bases, const torch::Tensor& gains);

/// Their sum, with the gradient of the latent weights.
torch::Tensor sum_of_bases(const torch::Tensor& latent, const WeightBases& bases);

/// What stands in for a tensor: the sum over n of scales[n] where a value lies above thresholds[n]; of a
/// negative threshold, less scales[n] where it lies below. Both learn.
struct ActivationBases {
    torch::Tensor thresholds;
    torch::Tensor sides; ///< of 0, on which they stay: -1 or 1
    torch::Tensor scales;
    double window = 1.0;         ///< around a threshold, within which a value's gradient passes
    double gradient_scale = 1.0; ///< of thresholds and scales
};

/// `count` bases that lie `distance` apart: as a uniform quantiser would round, from 0 on, or on both sides
/// of 0 where the format has a sign. `values` is how many a sample has.
ActivationBases spread_bases(const NumberFormat& format, double distance, std::int64_t count,
                             std::int64_t values);

std::vector<ActivationBasis> terms_of(const ActivationBases& bases);

torch::Tensor sum_of_bases(const torch::Tensor& values, const ActivationBases& bases);

/// After a step of the optimiser: thresholds stay on their sides, scales positive.
void keep_positive(const ActivationBases& bases);

} // namespace tandem
