#include "tandem/training/plugin/weight_levels.h"

#include <algorithm>
#include <cmath>

#include "tandem/numerics/range_search.h"

namespace tandem {

using torch::Tensor;

namespace {

/// Of the largest first step: one of a channel whose weights are all but zero, whose bias then fits 32 bits.
constexpr double kSmallestShare = 1.0 / 256.0;

} // namespace

Tensor by_output(const Tensor& latent, bool is_column_major) {
    return latent.transpose(0, is_column_major ? 1 : 0).flatten(1);
}

Tensor sign_through(const Tensor& latent) {
    const Tensor sign =
        torch::where(latent.detach() >= 0, torch::ones_like(latent), -torch::ones_like(latent));
    const Tensor limited = torch::clamp(latent, -1.0, 1.0);
    return limited + (sign - limited).detach();
}

Tensor ternary_signs(const Tensor& latent) {
    return torch::sign(latent) * (latent.abs() > 0.7 * latent.abs().mean());
}

Tensor ternary_magnitude(const Tensor& latent) {
    const Tensor is_beyond = ternary_signs(latent).abs();
    return ((latent.abs() * is_beyond).sum() / is_beyond.sum().clamp_min(1.0)).clamp_min(kSmallestStep);
}

Tensor first_steps(const Tensor& rows, bool is_bipolar, int bits) {
    Tensor steps = torch::empty({rows.size(0)});
    for (std::int64_t row = 0; row < rows.size(0); ++row) {
        const Tensor values = rows[row].detach().contiguous();
        steps[row] =
            is_bipolar
                ? values.abs().mean().item<float>()
                : search_weight_scale({values.data_ptr<float>(), static_cast<std::size_t>(values.numel())},
                                      CalibrationMethod::mse, bits);
    }
    const double largest = steps.max().item<double>();
    return steps.clamp_min(std::max(kSmallestStep, largest * kSmallestShare));
}

double step_gradient_scale(std::int64_t values, const NumberFormat& format) {
    const double highest = std::max(1.0, static_cast<double>(maximum_integer(format)));
    const double beyond = std::exp2(std::max(0, format.bits - 8));
    return 1.0 / (std::sqrt(static_cast<double>(values) * highest) * std::pow(beyond, 1.5));
}

} // namespace tandem
