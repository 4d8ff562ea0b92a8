#include "tandem/engine/weight_digits.h"

#include <algorithm>

namespace tandem {
namespace {

/// Cuts the lowest digit off a weight: the digit in [-2^(bits-1), 2^(bits-1)), and what remains.
std::int32_t cut_digit(std::int32_t& weight, int bits) {
    const std::int32_t half = std::int32_t{1} << (bits - 1);
    const std::int32_t digit = ((weight + half) & (2 * half - 1)) - half;
    weight = (weight - digit) >> bits;
    return digit;
}

} // namespace

std::vector<std::vector<std::int8_t>> cut_into_digits(std::span<const std::int16_t> weights, int bits) {
    std::vector<std::int32_t> rest(weights.begin(), weights.end());
    std::vector<std::vector<std::int8_t>> digits;
    do {
        auto& plane = digits.emplace_back(rest.size());
        std::transform(rest.begin(), rest.end(), plane.begin(), [&](std::int32_t& weight) {
            return static_cast<std::int8_t>(cut_digit(weight, bits));
        });
    } while (std::any_of(rest.begin(), rest.end(), [](std::int32_t weight) { return weight != 0; }));
    return digits;
}

std::int64_t largest_digit_sum(std::span<const std::int8_t> digits, std::size_t channels,
                               const Clamp& operands) {
    const std::size_t reads = digits.size() / channels;
    std::int64_t largest = 0;
    for (std::size_t channel = 0; channel < channels; ++channel) {
        std::int64_t upper = 0;
        std::int64_t lower = 0;
        for (const std::int8_t digit : digits.subspan(channel * reads, reads)) {
            const std::int64_t ends[] = {std::int64_t{digit} * operands.minimum,
                                         std::int64_t{digit} * operands.maximum};
            // An operand may be 0 too: padding.
            upper += std::max({std::int64_t{0}, ends[0], ends[1]});
            lower += std::min({std::int64_t{0}, ends[0], ends[1]});
        }
        largest = std::max({largest, upper, -lower});
    }
    return largest;
}

} // namespace tandem
