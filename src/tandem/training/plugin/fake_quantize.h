// The operator that quantisation-aware training puts where the integer program will round: quantised and
// back, in one pass forward and one pass backward, where a chain of LibTorch's operators takes six and
// eleven.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>

#include <torch/types.h>

namespace tandem {

/// What becomes of the step's gradient.
enum class StepGradient {
    none,    ///< the step stays as it is
    learned, ///< LSQ: that of what is rounded, and of what saturates (Esser et al., ICLR 2020, eq. 3)
    clipped, ///< PACT: of what saturates alone (Choi et al., 2018, eq. 3)
};

/// The integers of a format and how its step learns.
struct FakeQuantizer {
    float lowest = 0.0F;
    float highest = 0.0F;
    bool is_bipolar = false; ///< the sign, that of zero being positive, in place of a nearest integer
    StepGradient gradient = StepGradient::none;
    double gradient_scale = 1.0; ///< of the step's gradient; LSQ: 1 / sqrt(values * highest)
};

/// How a tensor is stored.
struct StoredRounding {
    FakeQuantizer quantizer; ///< not bipolar
    torch::Tensor step;      ///< one positive float32
};

/// What follows in the same pass.
struct OutputTail {
    bool is_rectified = false;
    float floor = -std::numeric_limits<float>::infinity(); ///< the bounds of a Clip
    float ceiling = std::numeric_limits<float>::infinity();
    std::optional<StoredRounding> rounding = {};

    bool clips() const { return !std::isinf(floor) || !std::isinf(ceiling); }
};

/// `step * integer`, where the integer is the nearest to value / step, ties to even, limited to the
/// quantiser's; float32 or bfloat16 like the values. `step` is one positive float32, or one for each row (the
/// first dimension), which a bipolar quantiser has not. Gradients: straight
/// through where nothing saturates, 0 elsewhere; a bipolar quantiser passes those of values within one step
/// of zero (hard tanh).
torch::Tensor fake_quantize(const torch::Tensor& values, const torch::Tensor& step,
                            const FakeQuantizer& quantizer);

/// The same as a chain of LibTorch's operators: on every device, and what the one pass is tested against.
torch::Tensor fake_quantize_plainly(const torch::Tensor& values, const torch::Tensor& step,
                                    const FakeQuantizer& quantizer);

} // namespace tandem
