#include "tandem/training/plugin/base_sums.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include <torch/csrc/autograd/custom_function.h>

namespace tandem {

namespace {

using torch::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr double kSmallest = 1e-8;

/// Solves a symmetric system by elimination; what depends on what came before gets 0.
std::vector<double> solve(std::vector<std::vector<double>> rows, std::vector<double> right) {
    const std::size_t count = right.size();
    std::vector<bool> is_free(count, false);
    for (std::size_t i = 0; i < count; ++i) {
        // Diagonals are counts of weights before, so this is far below one and far above what is left of 0.
        if (rows[i][i] < 1e-6) {
            is_free[i] = true;
            continue;
        }
        for (std::size_t j = i + 1; j < count; ++j) {
            const double factor = rows[j][i] / rows[i][i];
            for (std::size_t k = i; k < count; ++k) rows[j][k] -= factor * rows[i][k];
            right[j] -= factor * right[i];
        }
    }
    std::vector<double> solution(count, 0.0);
    for (std::size_t i = count; i-- > 0;) {
        if (is_free[i]) continue;
        double rest = right[i];
        for (std::size_t k = i + 1; k < count; ++k) rest -= rows[i][k] * solution[k];
        solution[i] = rest / rows[i][i];
    }
    return solution;
}

std::vector<float> numbers_of(const Tensor& tensor) {
    const Tensor plain = tensor.detach().to(torch::kCPU, torch::kFloat32).contiguous();
    return {plain.data_ptr<float>(), plain.data_ptr<float>() + plain.numel()};
}

/// 1 where a value takes the scale of a basis, -1 where it takes it off, else 0.
Tensor share_of(const Tensor& values, float threshold) {
    return threshold > 0.0F ? values.gt(threshold).to(torch::kFloat32)
                            : values.lt(threshold).to(torch::kFloat32).neg();
}

/// As if each step were a slope as wide as the window, whose middle is the threshold: a hard tanh.
class SumOfBases : public torch::autograd::Function<SumOfBases> {
  public:
    static Tensor forward(AutogradContext* context, const Tensor& values, const Tensor& thresholds,
                          const Tensor& scales, double window) {
        context->save_for_backward({values, thresholds, scales});
        context->saved_data["window"] = window;
        const std::vector<float> at = numbers_of(thresholds);
        const std::vector<float> by = numbers_of(scales);
        const Tensor exact = values.to(torch::kFloat32);
        Tensor sum = torch::zeros_like(exact);
        for (std::size_t n = 0; n < at.size(); ++n) sum.add_(share_of(exact, at[n]), by[n]);
        return sum.to(values.scalar_type());
    }

    static variable_list backward(AutogradContext* context, const variable_list& outputs) {
        const variable_list saved = context->get_saved_variables();
        const double window = context->saved_data["window"].toDouble();
        const Tensor exact = saved[0].to(torch::kFloat32);
        const Tensor gradient = outputs[0].to(torch::kFloat32);
        const std::vector<float> at = numbers_of(saved[1]);
        const std::vector<float> by = numbers_of(saved[2]);
        Tensor of_values = torch::zeros_like(exact);
        std::vector<Tensor> of_thresholds;
        std::vector<Tensor> of_scales;
        for (std::size_t n = 0; n < at.size(); ++n) {
            const double slope = static_cast<double>(by[n]) / window;
            const Tensor passed = gradient * (exact - at[n]).abs().le(0.5 * window);
            of_values.add_(passed, slope);
            of_thresholds.push_back(passed.sum() * -slope);
            of_scales.push_back((gradient * share_of(exact, at[n])).sum());
        }
        const torch::Device place = saved[1].device();
        return {of_values.to(saved[0].scalar_type()), torch::stack(of_thresholds).to(place),
                torch::stack(of_scales).to(place), Tensor()};
    }
};

/// The value with its gradient scaled.
Tensor with_gradient_scale(const Tensor& value, double scale) {
    return value * scale + (value * (1.0 - scale)).detach();
}

} // namespace

WeightBases find_weight_bases(const Tensor& latent, std::int64_t count) {
    const torch::NoGradGuard no_gradients;
    const Tensor weights = latent.detach().to(torch::kFloat64);
    const Tensor centred = weights - weights.mean();
    const Tensor deviation = centred.pow(2).mean().sqrt();
    WeightBases bases;
    std::vector<double> right;
    for (std::int64_t i = 0; i < count; ++i) {
        const double move =
            count == 1 ? 0.0 : -1.0 + 2.0 * static_cast<double>(i) / static_cast<double>(count - 1);
        const Tensor moved = centred + move * deviation;
        bases.signs.push_back(torch::where(moved >= 0, torch::ones_like(moved), -torch::ones_like(moved)));
        right.push_back((bases.signs.back() * weights).sum().item<double>());
    }
    std::vector<std::vector<double>> rows;
    for (const Tensor& left : bases.signs) {
        rows.emplace_back();
        for (const Tensor& other : bases.signs) rows.back().push_back((left * other).sum().item<double>());
    }
    bases.scales = solve(std::move(rows), std::move(right));
    for (std::size_t i = 0; i < bases.signs.size(); ++i) {
        if (bases.scales[i] < 0.0) bases.signs[i].neg_();
        bases.scales[i] = std::max(std::abs(bases.scales[i]), kSmallest);
        bases.signs[i] = bases.signs[i].to(torch::kFloat32);
    }
    return bases;
}

std::vector<WeightBasis> terms_of(const WeightBases& bases, const Tensor& gains) {
    std::vector<WeightBasis> terms;
    for (std::size_t m = 0; m < bases.scales.size(); ++m) {
        terms.push_back({.signs = numbers_of(bases.signs[m]), .scales = numbers_of(gains * bases.scales[m])});
    }
    return terms;
}

Tensor sum_of_bases(const Tensor& latent, const WeightBases& bases) {
    Tensor sum = torch::zeros_like(latent.detach());
    for (std::size_t i = 0; i < bases.signs.size(); ++i) sum.add_(bases.signs[i], bases.scales[i]);
    const Tensor limited = torch::clamp(latent, -1.0, 1.0);
    return limited + (sum - limited).detach();
}

ActivationBases spread_bases(const NumberFormat& format, double distance, std::int64_t count,
                             std::int64_t values) {
    const double middle =
        format.signedness == Signedness::is_signed ? 0.5 * static_cast<double>(count + 1) : 0.5;
    std::vector<float> thresholds;
    for (std::int64_t n = 1; n <= count; ++n) {
        const double threshold = (static_cast<double>(n) - middle) * distance;
        thresholds.push_back(static_cast<float>(threshold == 0.0 ? kSmallest : threshold));
    }
    const Tensor sides = torch::sign(torch::tensor(thresholds));
    return {.thresholds = torch::tensor(thresholds).requires_grad_(),
            .sides = sides,
            .scales = torch::full({count}, distance, torch::kFloat32).requires_grad_(),
            .window = distance,
            .gradient_scale = 1.0 / std::sqrt(static_cast<double>(values * count))};
}

std::vector<ActivationBasis> terms_of(const ActivationBases& bases) {
    const std::vector<float> thresholds = numbers_of(bases.thresholds);
    const std::vector<float> scales = numbers_of(bases.scales);
    std::vector<ActivationBasis> terms;
    for (std::size_t n = 0; n < scales.size(); ++n) {
        terms.push_back({.threshold = thresholds[n], .scale = scales[n]});
    }
    return terms;
}

Tensor sum_of_bases(const Tensor& values, const ActivationBases& bases) {
    return SumOfBases::apply(values, with_gradient_scale(bases.thresholds, bases.gradient_scale),
                             with_gradient_scale(bases.scales, bases.gradient_scale), bases.window);
}

void keep_positive(const ActivationBases& bases) {
    const torch::NoGradGuard no_gradients;
    bases.thresholds.copy_(torch::clamp_min(bases.thresholds * bases.sides, kSmallest) * bases.sides);
    Tensor scales = bases.scales;
    scales.clamp_min_(kSmallest);
}

} // namespace tandem
