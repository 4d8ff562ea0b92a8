// Sums of stored tensors and layer products, rounded to an output format: the tail of every layer,
// an addition, a change of format. Works through blocks that stay in the first-level cache, with 32-bit
// sums where the headroom allows them and 64-bit sums elsewhere.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <variant>
#include <vector>

#include "tandem/engine/integer_program.h"
#include "tandem/engine/integer_values.h"

namespace tandem {

/// What a term's elements are in memory.
enum class ElementType { u8, s8, u16, s16, s32 };
ElementType element_type(const NumberFormat& format);

/// `elements` times 2^shift.
struct Term {
    ElementType type = ElementType::s32;
    const void* elements = nullptr;
    int shift = 0;
};

/// The elements of a stored tensor from one sample on.
Term term_of(const IntegerValues& values, std::size_t first, int shift);

/// `count` elements of a term from `first` on as 32-bit integers: in place where they are that already,
/// else in `scratch`.
const std::int32_t* widened(const Term& term, std::size_t first, std::size_t count,
                            RawVector<std::int32_t>& scratch);

/// What a sum is, but for its terms: out = clamp(shift_half_even(bias + terms, shift)).
struct SumRule {
    std::span<const std::int64_t> bias; ///< by channel, innermost in the elements; empty for zeros
    int shift = 0;
    Clamp clamp;
    std::int64_t largest = 0; ///< bounds the whole sum, before and after a left shift; at most 2^62
};

class RoundedSum {
  public:
    explicit RoundedSum(const SumRule& rule);

    /// How many elements a sink gets at most; of each call but the last that many, whole pixels.
    std::size_t block() const { return block_; }

    /// Computes elements [0, count) of all terms; count is a multiple of the channels. Calls
    /// sink(first, rounded integers, how many) block after block.
    template <class Sink> void run(std::span<const Term> terms, std::size_t count, const Sink& sink) const {
        Scratch scratch(block_);
        const std::vector<Term> live = live_terms(terms);
        for (std::size_t first = 0; first < count; first += block_) {
            const std::size_t size = count - first < block_ ? count - first : block_;
            round_block(live, first, size, scratch);
            sink(first, scratch.rounded.data(), size);
        }
    }

    /// The same before rounding: calls sink(first, exact sums, how many), with sums of 32 or of 64 bits.
    template <class Sink>
    void run_exact(std::span<const Term> terms, std::size_t count, const Sink& sink) const {
        Scratch scratch(block_);
        const std::vector<Term> live = live_terms(terms);
        for (std::size_t first = 0; first < count; first += block_) {
            const std::size_t size = count - first < block_ ? count - first : block_;
            visit_sums(live, first, size, scratch, [&](const auto* sums) { sink(first, sums, size); });
        }
    }

    /// The same into a tensor from element `first` on, whose format the clamp respects.
    void run_into(IntegerValues& output, std::size_t first, std::span<const Term> terms,
                  std::size_t count) const;

  private:
    struct Scratch {
        explicit Scratch(std::size_t block) : widened(block), rounded(block), sums(block) {}
        RawVector<std::int32_t> widened;
        RawVector<std::int32_t> rounded;
        RawVector<std::int64_t> sums;
    };
    /// Multiples of 2^width vanish from sums of that width.
    std::vector<Term> live_terms(std::span<const Term> terms) const;
    /// visit(the exact sums of a block): whole numbers of 32 or of 64 bits.
    template <class Visit> void visit_sums(std::span<const Term> terms, std::size_t first, std::size_t count,
                                           Scratch& scratch, const Visit& visit) const {
        std::visit([&](const auto& start) { visit(add_up(start.data(), terms, first, count, scratch)); },
                   start_);
    }
    template <class Sum> const Sum* add_up(const Sum* before, std::span<const Term> terms, std::size_t first,
                                           std::size_t count, Scratch& scratch) const;
    void round_block(std::span<const Term> terms, std::size_t first, std::size_t count,
                     Scratch& scratch) const;

    std::size_t block_;
    int shift_;
    Clamp clamp_;
    /// What the sums of a block start from, the bias of each channel in turn; its type is the sums'.
    std::variant<RawVector<std::int32_t>, RawVector<std::int64_t>> start_;
};

} // namespace tandem
