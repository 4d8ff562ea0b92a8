// What the weights of a layer become under few bits, and with which steps they begin to learn.
#pragma once

#include <cstdint>

#include <torch/types.h>

#include "tandem/numerics/number_format.h"

namespace tandem {

constexpr double kSmallestStep = 1e-8;

/// The weights of each output channel as a row; `is_column_major`: as (inputs, outputs).
torch::Tensor by_output(const torch::Tensor& latent, bool is_column_major);

/// The sign, that of zero being positive, with the gradient of a hard tanh.
torch::Tensor sign_through(const torch::Tensor& latent);

/// -1, 0 or 1: the sign of a weight whose magnitude is beyond 0.7 of the mean one, which for weights that are
/// spread normally is within a few percent of the best threshold (Li, Liu, 2016, equation 6).
torch::Tensor ternary_signs(const torch::Tensor& latent);
/// The mean magnitude of those beyond, which brings the squares of all differences to their least (equation
/// 4).
torch::Tensor ternary_magnitude(const torch::Tensor& latent);

/// Steps that learned ones begin as, one for each row of the weights: of signs the mean magnitude, else those
/// of the least squared error.
torch::Tensor first_steps(const torch::Tensor& rows, bool is_bipolar, int bits);

/// Of the gradient of a learned step: 1 over the root of the values times the highest integer (Esser et al.,
/// ICLR 2020, section 2.2). By that a step's relative change still grows with the highest integer to the
/// power of 1.5. Beyond 8 bits, where the published tables end, it is held at that of 8: at 16 bits the loss
/// diverges without.
double step_gradient_scale(std::int64_t values, const NumberFormat& format);

} // namespace tandem
