// Convolutions of bytes by signed bytes on oneDNN, for a batch of samples and for one. They give the exact
// sums, or, where a float holds everything on the way, the rounded bytes of the next tensor at once.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "tandem/engine/fast_sum.h"
#include "tandem/engine/integer_program.h"
#include "tandem/engine/onednn.h"

namespace tandem {

/// How sums become bytes: out = clamp(round((sum + bias) * scale + residual * its scale)), in float32, ties
/// to even. The caller sees to it that nothing but `round` rounds, or that this is what the step defines.
struct ByteOutput {
    ElementType type = ElementType::u8; ///< or s8
    std::vector<float> bias;            ///< by channel
    std::vector<float> scales;          ///< one, or one a channel
    struct Residual {
        float scale = 1.0F;
        ElementType type = ElementType::u8; ///< or s8
    };
    std::optional<Residual> residual; ///< lies where the output goes
    std::optional<Clamp> clamp;       ///< none: the ends of the type
};

struct ConvolutionShape {
    Extents input;
    Extents output;
    Window window;
    std::int64_t groups = 1;
    ElementType source = ElementType::u8; ///< or s8
    std::int64_t batch = 1;
};

class ByteConvolution {
  public:
    /// Into sums of 32 bits, or into bytes.
    explicit ByteConvolution(const ConvolutionShape& shape, std::optional<ByteOutput> output = {});

    /// Whether all its kernels multiply bytes without saturating on the way, and whether they keep sums as
    /// integers; the others pass them through a float.
    bool has_dot_products() const;
    bool keeps_integers() const;
    /// Whether one of them is the library's plain loop, which is slower than two passes.
    bool is_reference() const;
    /// Whether bytes come out within a clamp.
    bool limits_bytes() const { return output_ && output_->clamp; }

    /// Weights (output channel, filter row, filter column, input channel of its group); more than one set may
    /// be added, each for calls of its own.
    void add_weights(std::span<const std::int8_t> weights);
    std::size_t weight_sets() const { return weights_.size(); }

    std::size_t scratchpad_bytes() const;
    /// Runs `batch` samples, or one.
    enum class Samples { batch, one };
    void run(Samples samples, const void* source, std::size_t weight_set, void* output,
             void* scratchpad) const;

  private:
    struct Kernel {
        dnnl::convolution_forward::primitive_desc description;
        dnnl::convolution_forward primitive;
    };

    Kernel make_kernel(std::int64_t samples) const;
    const Kernel& kernel(Samples samples) const { return kernels_[samples == Samples::one ? 1 : 0]; }

    ConvolutionShape shape_;
    std::optional<ByteOutput> output_;
    std::array<Kernel, 2> kernels_; ///< of a batch, of one sample
    dnnl::memory bias_;
    std::vector<std::array<dnnl::memory, 2>> weights_; ///< by set, for each kernel
};

} // namespace tandem
