// How the one-pass operators of training end: what is done to a number last, kept in the graph, and chosen at
// compile time in the loops. Included by their sources only.
#pragma once

#include <algorithm>
#include <type_traits>
#include <vector>

#include <torch/csrc/autograd/custom_function.h>

#include "tandem/core/check.h"
#include "tandem/training/plugin/fake_quantize.h"
#include "tandem/training/plugin/rounding_kernels.h"

namespace tandem::rounding {

/// A tail as the passes take it, and as a node of the graph keeps it.
class PassTail {
  public:
    explicit PassTail(const OutputTail& tail) : floor_(tail.floor), ceiling_(tail.ceiling) {
        TANDEM_CHECK(!tail.is_rectified || !tail.clips(), "a Relu or a Clip");
        if (tail.is_rectified) kind_ = Tail::rectified;
        if (tail.clips()) kind_ = Tail::clipped;
        if (!tail.rounding) return;
        kind_ = Tail::rounded;
        quantizer_ = tail.rounding->quantizer;
        TANDEM_CHECK(!quantizer_.is_bipolar, "a rounding to integers");
        // What a Relu before a rounding comes to.
        if (tail.is_rectified) quantizer_.lowest = std::max(quantizer_.lowest, 0.0F);
    }

    static PassTail load(torch::autograd::AutogradContext& context) {
        const std::vector<double> kept = context.saved_data["tail"].toDoubleVector();
        PassTail tail;
        tail.kind_ = static_cast<Tail>(kept[0]);
        tail.floor_ = static_cast<float>(kept[1]);
        tail.ceiling_ = static_cast<float>(kept[2]);
        tail.quantizer_ = {.lowest = static_cast<float>(kept[3]),
                           .highest = static_cast<float>(kept[4]),
                           .gradient = static_cast<StepGradient>(kept[5]),
                           .gradient_scale = kept[6]};
        return tail;
    }
    void save(torch::autograd::AutogradContext& context) const {
        context.saved_data["tail"] = std::vector<double>{static_cast<double>(kind_),
                                                         static_cast<double>(floor_),
                                                         static_cast<double>(ceiling_),
                                                         static_cast<double>(quantizer_.lowest),
                                                         static_cast<double>(quantizer_.highest),
                                                         static_cast<double>(quantizer_.gradient),
                                                         quantizer_.gradient_scale};
    }

    /// With the step as it is now, or the one of a row.
    Constants constants(const torch::Tensor& step, std::int64_t row = 0) const {
        const float size = step.data_ptr<float>()[row];
        return {.floor = floor_,
                .ceiling = ceiling_,
                .step = size,
                .inverse = 1.0F / size,
                .lowest = quantizer_.lowest,
                .highest = quantizer_.highest,
                .of_rounding = quantizer_.gradient == StepGradient::learned ? 1.0F : 0.0F};
    }

    /// Calls with the kind as a type and the constants of the step.
    template <class Pass> void run(const torch::Tensor& step, const Pass& pass) const {
        const Constants found = constants(step);
        switch (kind_) {
        case Tail::none: return pass(std::integral_constant<Tail, Tail::none>(), found);
        case Tail::rectified: return pass(std::integral_constant<Tail, Tail::rectified>(), found);
        case Tail::clipped: return pass(std::integral_constant<Tail, Tail::clipped>(), found);
        case Tail::rounded: return pass(std::integral_constant<Tail, Tail::rounded>(), found);
        }
    }

    /// The gradient of the step, or of those of the rows, or an undefined tensor, out of sums without its
    /// scale.
    torch::Tensor step_gradient(const std::vector<double>& sums, const torch::Tensor& step) const {
        if (kind_ != Tail::rounded || quantizer_.gradient == StepGradient::none) return {};
        torch::Tensor gradient = torch::empty_like(step);
        for (std::size_t row = 0; row < sums.size(); ++row) {
            gradient.data_ptr<float>()[row] = static_cast<float>(sums[row] * quantizer_.gradient_scale);
        }
        return gradient;
    }

  private:
    PassTail() = default;

    Tail kind_ = Tail::none;
    float floor_ = 0.0F;
    float ceiling_ = 0.0F;
    FakeQuantizer quantizer_;
};

/// Calls with a function from tensors to their numbers, whose type is that of the values.
template <class Pass> void by_number(const torch::Tensor& values, const Pass& pass) {
    if (values.scalar_type() == torch::kBFloat16) {
        pass([](const torch::Tensor& tensor) { return tensor.data_ptr<c10::BFloat16>(); });
    } else {
        pass([](const torch::Tensor& tensor) { return tensor.data_ptr<float>(); });
    }
}

/// A gradient whose element i lies where element i of the values does.
inline torch::Tensor laid_out_like(const torch::Tensor& values, const torch::Tensor& gradient) {
    const bool is_alike =
        gradient.strides() == values.strides() && gradient.scalar_type() == values.scalar_type();
    return is_alike ? gradient : torch::empty_like(values).copy_(gradient);
}

} // namespace tandem::rounding
