// Convolutions of signs by signs: 64 products of -1 and 1 are the bits of one word, exclusive-or tells which
// are -1, and counting them is the sum.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "tandem/engine/instruction_set.h"
#include "tandem/engine/integer_program.h"
#include "tandem/engine/integer_values.h"

namespace tandem {

class BinaryConvolution {
  public:
    /// Whether the layer multiplies signs: weights of -1 and 1, a bipolar input read as it is stored, one
    /// group.
    static bool takes(const IntegerProgram& program, const LayerStep& step);

    BinaryConvolution(const IntegerProgram& program, const LayerStep& step);

    /// The sums of products of `samples` samples of signed bytes, (sample, row, column, channel); padding is
    /// 0.
    void run(const std::int8_t* input, std::int64_t samples, std::int32_t* sums) const;
    /// The signs of these sums: 1 from `least` on, which is by output channel, and -1 below.
    void run_signs(const std::int8_t* input, std::int64_t samples, std::span<const std::int32_t> least,
                   std::int8_t* signs) const;

  private:
    /// Where the windows of a row of outputs lie.
    struct Row {
        const std::uint64_t* signs; ///< of the sample
        std::int64_t row;
    };
    /// Writes a window's words, zeros for padding, and returns whether there is padding.
    bool gather(const Row& row, std::int64_t column, std::uint64_t* window) const;
    void finish(const Row& row, std::int64_t column, bool is_padded, const std::int32_t* negatives,
                std::int32_t* sums) const;
    std::int32_t products() const; ///< of a window
    /// Calls visit(row, column, is padded, negatives) for every window, in the order of outputs.
    template <class Visit>
    void visit_windows(const std::int8_t* input, std::int64_t samples, const Visit& visit) const;
    bool is_inside(const Row& row, std::int64_t column, std::int64_t tap) const;

    Extents input_;
    Extents output_;
    Window window_;
    std::size_t taps_;
    std::size_t words_;          ///< of a pixel
    std::size_t padded_outputs_; ///< channels, filled up for whole vectors
    /// (tap, word, output channel): a bit is set where the weight is -1.
    std::vector<std::uint64_t, RawAllocator<std::uint64_t>> weights_;
    std::vector<std::int32_t> tap_sums_; ///< (tap, output channel): of the weights
    InstructionSet set_;
};

} // namespace tandem
