#include "tandem/engine/fast_sum.h"

#include <algorithm>
#include <iterator>

#include "tandem/core/check.h"
#include "tandem/engine/fast_loops.h"

namespace tandem {
namespace {

/// Elements a block: sums, terms and results together fill half of a 32 KiB cache.
constexpr std::size_t kBlock = 1024;
/// Sums up to here are computed in 32 bits: half the range is left for rounding.
constexpr std::int64_t kLargestNarrowSum = std::int64_t{1} << 30;

} // namespace

ElementType element_type(const NumberFormat& format) {
    const bool is_signed = format.signedness == Signedness::is_signed;
    if (IntegerValues::bytes_per_element(format) == 1) return is_signed ? ElementType::s8 : ElementType::u8;
    return is_signed ? ElementType::s16 : ElementType::u16;
}

Term term_of(const IntegerValues& values, std::size_t first, int shift) {
    return {element_type(values.format()),
            values.as<std::uint8_t>() + first * IntegerValues::bytes_per_element(values.format()), shift};
}

const std::int32_t* widened(const Term& term, std::size_t first, std::size_t count,
                            RawVector<std::int32_t>& scratch) {
    switch (term.type) {
    case ElementType::u8:
        fast_loops::widen(static_cast<const std::uint8_t*>(term.elements) + first, scratch.data(), count);
        return scratch.data();
    case ElementType::s8:
        fast_loops::widen(static_cast<const std::int8_t*>(term.elements) + first, scratch.data(), count);
        return scratch.data();
    case ElementType::u16:
        fast_loops::widen(static_cast<const std::uint16_t*>(term.elements) + first, scratch.data(), count);
        return scratch.data();
    case ElementType::s16:
        fast_loops::widen(static_cast<const std::int16_t*>(term.elements) + first, scratch.data(), count);
        return scratch.data();
    case ElementType::s32: return static_cast<const std::int32_t*>(term.elements) + first;
    }
    TANDEM_CHECK(false, "a known element type");
    return nullptr;
}

RoundedSum::RoundedSum(const SumRule& rule) : shift_(rule.shift), clamp_(rule.clamp) {
    const std::size_t channels = std::max<std::size_t>(1, rule.bias.size());
    block_ = channels * std::max<std::size_t>(1, kBlock / channels);
    const auto fill = [&](auto& start) {
        start.resize(block_);
        for (std::size_t i = 0; i < block_; ++i) {
            // Cut to the sums' width: a bias beyond it is brought back by the terms.
            const std::int64_t bias = rule.bias.empty() ? 0 : rule.bias[i % channels];
            start[i] = static_cast<typename std::remove_reference_t<decltype(start)>::value_type>(bias);
        }
    };
    if (rule.largest <= kLargestNarrowSum) {
        fill(start_.emplace<RawVector<std::int32_t>>());
    } else {
        fill(start_.emplace<RawVector<std::int64_t>>());
    }
}

std::vector<Term> RoundedSum::live_terms(std::span<const Term> terms) const {
    const int width_bits = std::holds_alternative<RawVector<std::int32_t>>(start_) ? 32 : 64;
    std::vector<Term> live;
    std::copy_if(terms.begin(), terms.end(), std::back_inserter(live),
                 [&](const Term& term) { return term.shift < width_bits; });
    return live;
}

template <class Sum> const Sum* RoundedSum::add_up(const Sum* before, std::span<const Term> terms,
                                                   std::size_t first, std::size_t count,
                                                   Scratch& scratch) const {
    // The buffer is sized and aligned for the wider of the two.
    Sum* const sums = reinterpret_cast<Sum*>(scratch.sums.data());
    const auto shifted = [&](const Term& term, RawVector<std::int32_t>& buffer) {
        return fast_loops::Shifted{widened(term, first, count, buffer), term.shift};
    };
    for (std::size_t i = 0; i < terms.size(); i += 2) {
        const fast_loops::Shifted one = shifted(terms[i], scratch.widened);
        if (i + 1 < terms.size()) {
            const fast_loops::Shifted other = shifted(terms[i + 1], scratch.rounded);
            fast_loops::add_shifted(before, one, other, sums, count);
        } else {
            fast_loops::add_shifted(before, one, sums, count);
        }
        before = sums;
    }
    return before;
}

template const std::int32_t* RoundedSum::add_up(const std::int32_t*, std::span<const Term>, std::size_t,
                                                std::size_t, Scratch&) const;
template const std::int64_t* RoundedSum::add_up(const std::int64_t*, std::span<const Term>, std::size_t,
                                                std::size_t, Scratch&) const;

void RoundedSum::round_block(std::span<const Term> terms, std::size_t first, std::size_t count,
                             Scratch& scratch) const {
    visit_sums(terms, first, count, scratch, [&](const auto* sums) {
        fast_loops::round(sums, shift_, clamp_.minimum, clamp_.maximum, scratch.rounded.data(), count);
    });
}

void RoundedSum::run_into(IntegerValues& output, std::size_t first, std::span<const Term> terms,
                          std::size_t count) const {
    if (IntegerValues::bytes_per_element(output.format()) == 1) {
        std::uint8_t* const bytes = output.as<std::uint8_t>() + first;
        run(terms, count, [&](std::size_t at, const std::int32_t* rounded, std::size_t size) {
            fast_loops::take_bytes(rounded, 0, 0, bytes + at, size);
        });
    } else {
        std::uint16_t* const words = output.as<std::uint16_t>() + first;
        run(terms, count, [&](std::size_t at, const std::int32_t* rounded, std::size_t size) {
            fast_loops::take_words(rounded, words + at, size);
        });
    }
}

} // namespace tandem
