#include "tandem/numerics/requantization.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "tandem/core/check.h"

namespace tandem {

namespace {

template <class Entry> const Entry& entry_of(const std::vector<Entry>& entries, std::size_t channel) {
    return entries[entries.size() == 1 ? 0 : channel];
}

struct Requantized {
    std::int64_t sum;
    int shift;
    Place place;

    std::int64_t operator()(const ShiftRequantization& rule) const {
        const bool draws = rule.rounding == Rounding::stochastic;
        return shift_rounded(sum, shift, rule.rounding,
                             draws ? rounding_draw(rule.seed, place.element, sum) : 0);
    }
    std::int64_t operator()(const MultiplierRequantization& rule) const {
        return multiply(sum_of_32_bits(), entry_of(rule.multipliers, place.channel), rule.rounding);
    }
    std::int64_t operator()(const ThresholdRequantization& rule) const {
        const std::vector<std::int64_t>& thresholds = entry_of(rule.thresholds, place.channel);
        return rule.lowest +
               (std::upper_bound(thresholds.begin(), thresholds.end(), sum) - thresholds.begin());
    }
    std::int64_t operator()(const FloatRequantization& rule) const {
        return rounded_float(static_cast<float>(sum) * entry_of(rule.scales, place.channel));
    }

    std::int32_t sum_of_32_bits() const {
        TANDEM_CHECK(sum >= std::numeric_limits<std::int32_t>::min() &&
                         sum <= std::numeric_limits<std::int32_t>::max(),
                     "a sum of 32 bits");
        return static_cast<std::int32_t>(sum);
    }
};

/// The smallest sum that the shift rounds to `integer` or more.
std::int64_t smallest_sum(std::int64_t integer, int shift, Rounding rounding) {
    // Rounding moves a quotient by less than one, so the sum lies between two multiples of 2^shift.
    std::int64_t below = (integer - 1) * (std::int64_t{1} << shift) - 1;
    std::int64_t reaching = integer * (std::int64_t{1} << shift);
    while (reaching - below > 1) {
        const std::int64_t middle = below + (reaching - below) / 2;
        (shift_rounded(middle, shift, rounding) >= integer ? reaching : below) = middle;
    }
    return reaching;
}

} // namespace

std::int64_t requantized(const Requantization& rule, std::int64_t sum, int shift, Place place) {
    return std::visit(Requantized{sum, shift, place}, rule);
}

std::int64_t rounded_float(float value) {
    constexpr float kLimit = 1 << 24; // keeps the conversion defined
    return static_cast<std::int64_t>(std::nearbyint(std::clamp(value, -kLimit, kLimit)));
}

bool needs_32_bit_sums(const Requantization& rule) {
    struct Needs {
        bool operator()(const ShiftRequantization&) const { return false; }
        bool operator()(const MultiplierRequantization&) const { return true; }
        bool operator()(const ThresholdRequantization&) const { return false; }
        bool operator()(const FloatRequantization&) const { return false; }
    };
    return std::visit(Needs{}, rule);
}

ThresholdRequantization threshold_table(Rounding rounding, int shift, std::int32_t lowest,
                                        std::int32_t highest) {
    constexpr int kLargestShift = 40; // with 16-bit outputs every threshold stays below 2^57
    TANDEM_CHECK(rounding != Rounding::stochastic, "a rounding that is a function of the sum");
    TANDEM_CHECK(shift <= kLargestShift, "a shift of at most 40 bits");
    ThresholdRequantization table{.lowest = lowest, .thresholds = {{}}};
    for (std::int64_t integer = std::int64_t{lowest} + 1; integer <= highest; ++integer) {
        // A shift to the left reaches an integer at the first multiple that is not below it.
        table.thresholds.front().push_back(shift > 0 ? smallest_sum(integer, shift, rounding)
                                                     : -((-integer) >> std::min(-shift, kLargestShift)));
    }
    return table;
}

} // namespace tandem
