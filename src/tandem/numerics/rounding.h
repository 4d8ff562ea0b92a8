// The roundings of a shift, by name. docs/integer-semantics.md has the equations.
#pragma once

#include <cstdint>

namespace tandem {

enum class Rounding {
    half_even,  ///< to nearest, ties to even: Tandem's own
    half_away,  ///< to nearest, ties away from zero
    half_up,    ///< to nearest, ties towards plus infinity: add half, shift
    truncation, ///< towards minus infinity: the shift alone
    stochastic, ///< up with the probability of the fraction that is lost
};

/// floor((integer + draw) / 2^shift) for Rounding::stochastic, the stated rounding of integer / 2^shift
/// for the others, which leave `draw` aside. `draw` is 64 random bits, of which the lowest `shift` count. A
/// shift of 0 or less multiplies exactly (the caller keeps the result within 63 bits), one above 62 gives
/// what an exact quotient that small rounds to.
std::int64_t shift_rounded(std::int64_t integer, int shift, Rounding rounding, std::uint64_t draw = 0);

/// numerator / denominator to nearest, ties away from zero; denominator positive, both below 2^62.
std::int64_t divide_half_away(std::int64_t numerator, std::int64_t denominator);

/// The random bits of stochastic rounding: a function of the seed, the element's place in its sample and
/// the integer that is rounded, so that a sample gives the same result in any batch and order. The finaliser
/// is that of SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014).
std::uint64_t rounding_draw(std::uint64_t seed, std::uint64_t element, std::int64_t integer);

} // namespace tandem
