// Convolutions of signs by signs: 64 products of -1 and 1 are the bits of one word, exclusive-or tells which
// are -1, and counting them is the sum.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "tandem/engine/binary_kernels.h"
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
    /// A place of the output.
    struct Place {
        std::int64_t row = 0;
        std::int64_t column = 0;
    };
    bool sees_padding(const Place& place) const;
    void finish(const Place& place, const std::int32_t* negatives, std::int32_t* sums) const;
    std::int32_t products() const; ///< of a window
    /// Calls visit(first place, how many, their windows) for neighbouring places of a row of outputs, as many
    /// as the kernels take, in the order of outputs.
    template <class Visit>
    void visit_groups(const std::int8_t* input, std::int64_t samples, const Visit& visit) const;
    /// Calls visit(place, negatives) for every window, in the order of outputs.
    template <class Visit>
    void visit_windows(const std::int8_t* input, std::int64_t samples, const Visit& visit) const;
    void run_signs_in_vectors(const std::int8_t* input, std::int64_t samples,
                              std::span<const std::int32_t> least, std::int8_t* signs) const;
    /// By output channel, filled up: the most products of -1 for a sum of at least `least`, where the taps of
    /// `outside` see padding.
    std::vector<std::int64_t> most_negatives(std::span<const std::int32_t> least,
                                             std::uint64_t outside) const;
    /// The taps of a window that see padding, a bit each.
    std::uint64_t taps_outside(const Place& place) const;
    bool is_inside(const Place& place, std::int64_t tap) const;

    Extents input_;
    Extents output_;
    Window window_;
    std::size_t taps_;
    std::size_t words_;                ///< of a pixel
    std::size_t padded_outputs_;       ///< channels, filled up for whole vectors
    Extents padded_;                   ///< what the windows see, of words
    std::vector<std::size_t> offsets_; ///< of a window's words
    /// (tap, word, output channel): a bit is set where the weight is -1.
    std::vector<std::uint64_t, RawAllocator<std::uint64_t>> weights_;
    std::vector<std::int32_t> tap_sums_; ///< (tap, output channel): of the weights
    InstructionSet set_;
};

} // namespace tandem
