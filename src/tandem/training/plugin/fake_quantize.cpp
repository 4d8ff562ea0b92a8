#include "tandem/training/plugin/fake_quantize.h"

#include <algorithm>
#include <array>
#include <bit>

#include <torch/csrc/autograd/custom_function.h>

#include "tandem/core/check.h"

#define TANDEM_CLONES __attribute__((target_clones("avx512f", "avx2", "default")))

namespace tandem {

namespace {

using torch::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// Values that are taken at a time: they stay in the nearest cache, between loops that a compiler turns into
/// vectors. The step's gradient is added in kLanes partial sums of each, so its order is fixed.
constexpr std::int64_t kBlock = 1024;
constexpr std::size_t kLanes = 16;

inline float load(const float* values, std::int64_t i) { return values[i]; }
inline float load(const c10::BFloat16* values, std::int64_t i) {
    return std::bit_cast<float>(static_cast<std::uint32_t>(values[i].x) << 16U);
}
inline void store(float* values, std::int64_t i, float value) { values[i] = value; }
inline void store(c10::BFloat16* values, std::int64_t i, float value) {
    // To nearest, ties to even; no training goes on after a NaN, so it needs no care.
    const auto bits = std::bit_cast<std::uint32_t>(value);
    values[i].x = static_cast<std::uint16_t>((bits + 0x7FFFU + ((bits >> 16U) & 1U)) >> 16U);
}

/// To nearest, ties to even, within 2^22: the last bits of the sum are units.
inline float nearest(float value) {
    constexpr float kUnits = 12582912.0F; // 1.5 * 2^23
    return (value + kUnits) - kUnits;
}
inline float limited(float value, float lowest, float highest) {
    const float raised = value < lowest ? lowest : value;
    return raised > highest ? highest : raised;
}

struct Constants {
    float step;
    float inverse;
    float lowest;
    float highest;
};

template <class Number> [[gnu::always_inline]] inline void
quantize_all(const Number* values, Number* results, std::int64_t count, const Constants& constants) {
    const auto [step, inverse, lowest, highest] = constants;
    for (std::int64_t i = 0; i < count; ++i) {
        store(results, i, nearest(limited(load(values, i) * inverse, lowest, highest)) * step);
    }
}

/// The gradients of a block of values, in place of those of the results, and the sum that is the step's: with
/// `of_rounding` LSQ's, else PACT's.
[[gnu::always_inline]] inline double differentiate_block(const std::array<float, kBlock>& values,
                                                         std::array<float, kBlock>& gradients,
                                                         const Constants& constants, bool of_rounding) {
    const auto [step, inverse, lowest, highest] = constants;
    const float share = of_rounding ? 1.0F : 0.0F;
    std::array<float, kBlock> of_step;
    for (std::size_t i = 0; i < kBlock; ++i) {
        const float scaled = values[i] * inverse;
        const float within = limited(scaled, lowest, highest);
        const float is_inside = within == scaled ? 1.0F : 0.0F;
        // round(scaled) - scaled inside, which counts by `share`; the end that is reached beyond.
        of_step[i] =
            gradients[i] * (is_inside * share * (nearest(within) - within) + (1.0F - is_inside) * within);
        gradients[i] *= is_inside;
    }
    std::array<float, kLanes> lanes{};
    for (std::size_t i = 0; i < kBlock; i += kLanes) {
        for (std::size_t lane = 0; lane < kLanes; ++lane) lanes[lane] += of_step[i + lane];
    }
    double sum = 0.0;
    for (const float lane : lanes) sum += static_cast<double>(lane);
    return sum;
}

template <class Number>
[[gnu::always_inline]] inline double differentiate_all(const Number* values, const Number* gradients,
                                                       Number* results, std::int64_t count,
                                                       const Constants& constants, bool of_rounding) {
    std::array<float, kBlock> block_values{};
    std::array<float, kBlock> block_gradients{};
    double sum = 0.0;
    for (std::int64_t begin = 0; begin < count; begin += kBlock) {
        const std::int64_t taken = std::min(kBlock, count - begin);
        // What is beyond the end has the gradient 0, and adds nothing.
        if (taken < kBlock) block_gradients.fill(0.0F);
        for (std::int64_t i = 0; i < taken; ++i) {
            block_values[static_cast<std::size_t>(i)] = load(values + begin, i);
            block_gradients[static_cast<std::size_t>(i)] = load(gradients + begin, i);
        }
        sum += differentiate_block(block_values, block_gradients, constants, of_rounding);
        for (std::int64_t i = 0; i < taken; ++i) {
            store(results + begin, i, block_gradients[static_cast<std::size_t>(i)]);
        }
    }
    return sum;
}

TANDEM_CLONES void quantize_floats(const float* values, float* results, std::int64_t count,
                                   const Constants& constants) {
    quantize_all(values, results, count, constants);
}
TANDEM_CLONES void quantize_bfloats(const c10::BFloat16* values, c10::BFloat16* results, std::int64_t count,
                                    const Constants& constants) {
    quantize_all(values, results, count, constants);
}
TANDEM_CLONES double differentiate_floats(const float* values, const float* gradients, float* results,
                                          std::int64_t count, const Constants& constants, bool of_rounding) {
    return differentiate_all(values, gradients, results, count, constants, of_rounding);
}
TANDEM_CLONES double differentiate_bfloats(const c10::BFloat16* values, const c10::BFloat16* gradients,
                                           c10::BFloat16* results, std::int64_t count,
                                           const Constants& constants, bool of_rounding) {
    return differentiate_all(values, gradients, results, count, constants, of_rounding);
}

/// One pass each way over memory that has no gaps.
class FakeQuantize : public torch::autograd::Function<FakeQuantize> {
  public:
    static Tensor forward(AutogradContext* context, const Tensor& values, const Tensor& step, double lowest,
                          double highest, std::int64_t gradient, double gradient_scale) {
        context->save_for_backward({values, step});
        context->saved_data["lowest"] = lowest;
        context->saved_data["highest"] = highest;
        context->saved_data["gradient"] = gradient;
        context->saved_data["gradient_scale"] = gradient_scale;
        const Constants constants = constants_of(step, lowest, highest);
        Tensor results = torch::empty_like(values);
        if (values.scalar_type() == torch::kBFloat16) {
            quantize_bfloats(values.data_ptr<c10::BFloat16>(), results.data_ptr<c10::BFloat16>(),
                             values.numel(), constants);
        } else {
            quantize_floats(values.data_ptr<float>(), results.data_ptr<float>(), values.numel(), constants);
        }
        return results;
    }

    static variable_list backward(AutogradContext* context, const variable_list& outputs) {
        const variable_list saved = context->get_saved_variables();
        const Tensor& values = saved[0];
        const Tensor& step = saved[1];
        const Constants constants = constants_of(step, context->saved_data["lowest"].toDouble(),
                                                 context->saved_data["highest"].toDouble());
        const auto kind = static_cast<StepGradient>(context->saved_data["gradient"].toInt());
        // Element i of one lies where element i of the other does.
        Tensor gradients = outputs[0];
        if (gradients.strides() != values.strides() || gradients.scalar_type() != values.scalar_type()) {
            gradients = torch::empty_like(values).copy_(gradients);
        }
        Tensor results = torch::empty_like(values);
        const bool of_rounding = kind == StepGradient::learned;
        const double sum =
            values.scalar_type() == torch::kBFloat16
                ? differentiate_bfloats(values.data_ptr<c10::BFloat16>(), gradients.data_ptr<c10::BFloat16>(),
                                        results.data_ptr<c10::BFloat16>(), values.numel(), constants,
                                        of_rounding)
                : differentiate_floats(values.data_ptr<float>(), gradients.data_ptr<float>(),
                                       results.data_ptr<float>(), values.numel(), constants, of_rounding);
        Tensor of_step;
        if (kind != StepGradient::none) {
            of_step = torch::full_like(step, sum * context->saved_data["gradient_scale"].toDouble());
        }
        return {results, of_step, Tensor(), Tensor(), Tensor(), Tensor()};
    }

  private:
    static Constants constants_of(const Tensor& step, double lowest, double highest) {
        const float size = step.item<float>();
        return {.step = size,
                .inverse = 1.0F / size,
                .lowest = static_cast<float>(lowest),
                .highest = static_cast<float>(highest)};
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
    const Tensor size = learns ? with_gradient_scale(step, quantizer.gradient_scale) : step.detach();
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
    TANDEM_CHECK(step.numel() == 1, "one step");
    const bool is_float = values.scalar_type() == torch::kFloat32 || values.scalar_type() == torch::kBFloat16;
    if (!values.device().is_cpu() || quantizer.is_bipolar || !is_float) {
        return fake_quantize_plainly(values, step, quantizer);
    }
    const Tensor dense = values.is_non_overlapping_and_dense() ? values : values.contiguous();
    return FakeQuantize::apply(dense, step, static_cast<double>(quantizer.lowest),
                               static_cast<double>(quantizer.highest),
                               static_cast<std::int64_t>(quantizer.gradient), quantizer.gradient_scale);
}

} // namespace tandem
