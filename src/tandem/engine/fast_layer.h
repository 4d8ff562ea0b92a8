// Layers on oneDNN's convolutions of bytes.
//
// Where one convolution does it, and a float holds every sum on the way exactly, oneDNN rounds too: sums and
// residual are integers below 2^24 at one radix point, scales are powers of two, so the one rounding is the
// one that is defined. (A scale that is none rounds the product once more, and so does the rule `float`.)
// Else both operands are written as sums of byte planes, x = sum x_p * 2^(8 p) and w = sum w_q * 2^(d q) with
// balanced digits w_q of d bits, so that a layer of any width is a few convolutions of unsigned by signed
// bytes whose 32-bit results are added up exactly.
//
// Signed operands that kernels do not take as they are are read with an offset of half their range, which the
// bias takes back as it does a zero point; their padding is then written out, because zero is no longer zero.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "tandem/engine/binary_convolution.h"
#include "tandem/engine/byte_convolution.h"
#include "tandem/engine/fast_sum.h"
#include "tandem/engine/integer_executor.h"
#include "tandem/engine/layer_tail.h"
#include "tandem/engine/onednn.h"

namespace tandem {

class FastLayer {
  public:
    /// Whether the layer's rules are ones that this computes; the others are left to the plain engine.
    static bool takes(const IntegerProgram& program, const LayerStep& step);

    /// `batch` samples are computed at once where there are as many, or fewer where their sums leave the
    /// cache.
    FastLayer(const IntegerProgram& program, const LayerStep& step, KernelRules rules, std::int64_t batch);

    /// `residual` is null where the step has none.
    void execute(const IntegerValues& input, const IntegerValues* residual, IntegerValues& output,
                 std::int64_t samples) const;

  private:
    struct Buffers;

    void prepare(const IntegerProgram& program, const LayerStep& step, ElementType source, KernelRules rules);
    void prepare_reading(const IntegerProgram& program, const LayerStep& step, ElementType source);
    bool prepare_rounding(const IntegerProgram& program, const LayerStep& step, ElementType source,
                          KernelRules rules);
    std::optional<ByteOutput> byte_output(const IntegerProgram& program, const LayerStep& step) const;
    void prepare_sums(const IntegerProgram& program, const LayerStep& step, ElementType source,
                      KernelRules rules);
    void prepare_binary(const IntegerProgram& program, const LayerStep& step);
    void prepare_sum(const IntegerProgram& program, const LayerStep& step, int digit_bits);
    ConvolutionShape shape_of(const LayerStep& step, ElementType source) const;
    std::vector<std::int64_t> bias_of_operands(const LayerStep& step) const;
    const std::uint8_t* prepare_operand(const IntegerValues& input, std::int64_t first, std::int64_t samples,
                                        Buffers& buffers) const;

    // The operand: the input as the convolution reads it.
    Extents input_;
    Extents padded_;                          ///< `input_` with the padding that is written out
    std::array<std::int64_t, 2> begin_{0, 0}; ///< rows and columns of it before the input
    std::int32_t offset_ = 0;                 ///< added to each integer to make it unsigned
    std::int32_t zero_ = 0;                   ///< what zero is read as: the offset and the zero point
    std::size_t planes_ = 1;
    bool is_read_in_place_ = false;
    RoundedSum reading_; ///< from the stored format to the input format
    Clamp bytes_;        ///< the least and largest byte of an operand

    // The products: by digit (a set of weights) and plane, for `batch_` samples at once.
    Extents output_;
    std::int64_t largest_batch_;
    std::int64_t batch_ = 1;
    std::unique_ptr<ByteConvolution> convolution_;
    bool rounds_ = false;                       ///< the convolution writes the output itself
    std::unique_ptr<BinaryConvolution> binary_; ///< instead, of signs by signs
    std::vector<std::int32_t>
        signs_from_; ///< by channel: the sum from which it writes 1; none for other rules

    // The sum.
    std::vector<int> product_shifts_; ///< by digit and plane
    int residual_shift_ = 0;
    std::unique_ptr<LayerTail> tail_;
    bool limits_bytes_ = true; ///< whether bytes that the convolution writes are limited afterwards
    Clamp clamp_;
};

} // namespace tandem
