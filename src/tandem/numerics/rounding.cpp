#include "tandem/numerics/rounding.h"

#include "tandem/core/check.h"
#include "tandem/numerics/number_format.h"

namespace tandem {

namespace {

std::uint64_t finalized(std::uint64_t bits) {
    bits += 0x9E3779B97F4A7C15U;
    bits = (bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9U;
    bits = (bits ^ (bits >> 27)) * 0x94D049BB133111EBU;
    return bits ^ (bits >> 31);
}

} // namespace

std::int64_t shift_rounded(std::int64_t integer, int shift, Rounding rounding, std::uint64_t draw) {
    constexpr int kLargestShift = 62;
    if (shift <= 0 || rounding == Rounding::half_even) return shift_half_even(integer, shift);
    // Of a larger shift the fraction alone remains, and too little of it to round up to nearest.
    if (shift > kLargestShift) {
        const bool rounds_to_nearest = rounding == Rounding::half_away || rounding == Rounding::half_up;
        return integer < 0 && !rounds_to_nearest ? -1 : 0;
    }
    const std::int64_t floor = integer >> shift;
    const std::int64_t rest = integer - (floor << shift);
    const std::int64_t half = std::int64_t{1} << (shift - 1);
    switch (rounding) {
    case Rounding::half_even: break; // dealt with above
    case Rounding::half_away: return floor + ((rest > half || (rest == half && integer >= 0)) ? 1 : 0);
    case Rounding::half_up: return floor + (rest >= half ? 1 : 0);
    case Rounding::truncation: return floor;
    case Rounding::stochastic: {
        const std::uint64_t mask = (std::uint64_t{1} << shift) - 1;
        // Both parts are below 2^62, so their sum is below 2^63.
        return floor + ((rest + static_cast<std::int64_t>(draw & mask)) >> shift);
    }
    }
    TANDEM_CHECK(false, "a rounding of a known name");
}

std::int64_t divide_half_away(std::int64_t numerator, std::int64_t denominator) {
    TANDEM_CHECK(denominator > 0, "a positive denominator");
    const std::int64_t half = denominator / 2;
    return (numerator >= 0 ? numerator + half : numerator - half) / denominator;
}

std::uint64_t rounding_draw(std::uint64_t seed, std::uint64_t element, std::int64_t integer) {
    return finalized(finalized(finalized(seed) ^ element) ^ static_cast<std::uint64_t>(integer));
}

} // namespace tandem
