// Layers on oneDNN's convolutions of bytes. Both operands are written as sums of byte planes, x = sum
// x_p * 2^(8 p) and w = sum w_q * 2^(d q) with balanced digits w_q of d bits, so that a layer of any
// width is a few convolutions of unsigned by signed bytes whose 32-bit results are added up exactly.
//
// Signed operands are read with an offset of half their range, which the bias takes back as it does a zero
// point; their padding is then written out, because zero is no longer zero.
//
// A rule other than the shift half to even is applied to the exact sums, element by element.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "tandem/engine/fast_sum.h"
#include "tandem/engine/integer_executor.h"
#include "tandem/engine/onednn.h"

namespace tandem {

class FastLayer {
  public:
    /// Whether the layer's rules are ones that this computes; the others are left to the plain engine.
    static bool takes(const IntegerProgram& program, const LayerStep& step);

    FastLayer(const IntegerProgram& program, const LayerStep& step, KernelRules rules);

    /// `residual` is null where the step has none.
    void execute(const IntegerValues& input, const IntegerValues* residual, IntegerValues& output,
                 std::int64_t samples) const;

  private:
    struct Buffers;

    void prepare_convolution(const LayerStep& step);
    void prepare_weights(const LayerStep& step, int digit_bits);
    void prepare_sum(const IntegerProgram& program, const LayerStep& step, int digit_bits);
    void requantize_into(IntegerValues& output, std::size_t first, std::span<const Term> terms,
                         std::size_t count) const;
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

    // The products: by digit and plane, for `batch_` samples at once.
    Extents output_;
    std::int64_t batch_ = 1;
    dnnl::convolution_forward::primitive_desc description_;
    dnnl::convolution_forward convolution_;
    std::vector<dnnl::memory> weights_; ///< by digit

    // The sum.
    std::vector<int> product_shifts_; ///< by digit and plane
    int residual_shift_ = 0;
    std::unique_ptr<RoundedSum> sum_;

    // What a rule of its own makes of the sum; none for the shift half to even, which `sum_` rounds by.
    std::optional<Requantization> rule_;
    int rule_shift_ = 0;
    Clamp clamp_;
    std::int32_t output_zero_point_ = 0;
};

} // namespace tandem
