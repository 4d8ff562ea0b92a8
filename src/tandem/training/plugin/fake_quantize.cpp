#include "tandem/training/plugin/fake_quantize.h"

#include <algorithm>
#include <array>
#include <vector>

#include <torch/csrc/autograd/custom_function.h>

#include "tandem/core/check.h"
#include "tandem/training/plugin/pass_tail.h"
#include "tandem/training/plugin/rounding_kernels.h"

namespace tandem {

namespace {

using torch::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

using rounding::by_number;
using rounding::Constants;
using rounding::laid_out_like;
using rounding::PassTail;
using rounding::Tail;

/// The sums of the step's gradient that are added side by side, so that their order is fixed.
constexpr std::int64_t kSums = 512;

template <class Number> TANDEM_CLONES void quantize_all(const Number* __restrict values,
                                                        Number* __restrict results, std::int64_t count,
                                                        const Constants& constants) {
    const Constants own = constants;
    for (std::int64_t i = 0; i < count; ++i) {
        rounding::store(results, i, rounding::finish<Tail::rounded>(rounding::load(values, i), own));
    }
}

template <class Number>
[[gnu::always_inline]] inline void differentiate_stretch(const Number* __restrict values,
                                                         const Number* __restrict gradients,
                                                         Number* __restrict results, float* __restrict sums,
                                                         std::int64_t count, const Constants constants) {
    for (std::int64_t i = 0; i < count; ++i) {
        const rounding::Gradients found = rounding::differentiate<Tail::rounded>(
            rounding::load(values, i), rounding::load(gradients, i), constants);
        rounding::store(results, i, found.of_value);
        sums[i] += found.of_step;
    }
}

/// Returns the step's gradient, without its scale.
template <class Number> TANDEM_CLONES double differentiate_all(const Number* values, const Number* gradients,
                                                               Number* results, std::int64_t count,
                                                               const Constants& constants) {
    std::array<float, kSums> sums{};
    for (std::int64_t begin = 0; begin < count; begin += kSums) {
        differentiate_stretch(values + begin, gradients + begin, results + begin, sums.data(),
                              std::min(kSums, count - begin), constants);
    }
    double sum = 0.0;
    for (const float part : sums) sum += static_cast<double>(part);
    return sum;
}

/// One pass each way over memory that has no gaps, of which each of the steps has an equal stretch.
class FakeQuantize : public torch::autograd::Function<FakeQuantize> {
  public:
    static Tensor forward(AutogradContext* context, const Tensor& values, const Tensor& step,
                          const PassTail& tail) {
        context->save_for_backward({values, step});
        tail.save(*context);
        Tensor results = torch::empty_like(values);
        by_number(values, [&](auto numbers) {
            in_rows(values, step, [&](std::int64_t begin, std::int64_t count, std::int64_t row) {
                quantize_all(numbers(values) + begin, numbers(results) + begin, count,
                             tail.constants(step, row));
            });
        });
        return results;
    }

    static variable_list backward(AutogradContext* context, const variable_list& outputs) {
        const variable_list saved = context->get_saved_variables();
        const Tensor& values = saved[0];
        const Tensor& step = saved[1];
        const PassTail tail = PassTail::load(*context);
        const Tensor gradients = laid_out_like(values, outputs[0]);
        Tensor results = torch::empty_like(values);
        std::vector<double> sums;
        by_number(values, [&](auto numbers) {
            in_rows(values, step, [&](std::int64_t begin, std::int64_t count, std::int64_t row) {
                sums.push_back(differentiate_all(numbers(values) + begin, numbers(gradients) + begin,
                                                 numbers(results) + begin, count, tail.constants(step, row)));
            });
        });
        return {results, tail.step_gradient(sums, step), Tensor()};
    }

  private:
    template <class Take> static void in_rows(const Tensor& values, const Tensor& steps, const Take& take) {
        const std::int64_t count = values.numel() / steps.numel();
        for (std::int64_t row = 0; row < steps.numel(); ++row) take(row * count, count, row);
    }
};

/// The value of `forward` with the gradient of `backward`.
Tensor straight_through(const Tensor& forward, const Tensor& backward) {
    return backward + (forward - backward).detach();
}

Tensor plain_sign(const Tensor& values, const Tensor& step) {
    const Tensor sign =
        torch::where(values.detach() >= 0, torch::ones_like(values), -torch::ones_like(values));
    return straight_through(sign * step.detach(), torch::clamp(values, -step.item(), step.item())) +
           sign * (step - step.detach());
}

/// Scales the gradient alone.
Tensor with_gradient_scale(const Tensor& step, double scale) { return straight_through(step, step * scale); }

} // namespace

Tensor fake_quantize_plainly(const Tensor& values, const Tensor& step, const FakeQuantizer& quantizer) {
    const bool learns = quantizer.gradient != StepGradient::none;
    Tensor size = learns ? with_gradient_scale(step, quantizer.gradient_scale) : step.detach();
    if (step.numel() > 1) {
        std::vector<std::int64_t> extents(static_cast<std::size_t>(values.dim()), 1);
        extents.front() = -1;
        size = size.reshape(extents);
    }
    if (quantizer.is_bipolar) return plain_sign(values, size);
    const bool of_rounding = quantizer.gradient == StepGradient::learned;
    const Tensor scaled = torch::clamp(values / size, quantizer.lowest, quantizer.highest);
    if (of_rounding) return straight_through(torch::round(scaled), scaled) * size;
    // With the rounding left out of the step's gradient: that of clamp(values, lowest * step, highest *
    // step).
    const Tensor limited = torch::max(torch::min(values, size * quantizer.highest), size * quantizer.lowest);
    return straight_through(torch::round(scaled) * size, limited);
}

Tensor fake_quantize(const Tensor& values, const Tensor& step, const FakeQuantizer& quantizer) {
    TANDEM_CHECK(step.numel() == 1 || step.numel() == values.size(0), "one step, or one a row");
    const bool is_float = values.scalar_type() == torch::kFloat32 || values.scalar_type() == torch::kBFloat16;
    if (!values.device().is_cpu() || quantizer.is_bipolar || !is_float) {
        return fake_quantize_plainly(values, step, quantizer);
    }
    const bool is_dense = values.is_non_overlapping_and_dense() &&
                          (step.numel() == 1 || values.stride(0) * values.size(0) == values.numel());
    const Tensor dense = is_dense ? values : values.contiguous();
    return FakeQuantize::apply(dense, step, PassTail({.rounding = StoredRounding{quantizer, step}}));
}

} // namespace tandem
