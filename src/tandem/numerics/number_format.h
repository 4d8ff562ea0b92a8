// Fixed-point numbers: an integer of 1 to 16 bits times a power of two, one radix point a tensor.
// Rounding is to nearest, ties to even; out-of-range values saturate. Two formats use fewer integers than
// their width allows: bipolar and ternary. docs/integer-semantics.md is the full statement.
#pragma once

#include <compare>
#include <cstdint>
#include <string>

namespace tandem {

enum class Signedness { is_unsigned, is_signed };

/// Which integers of its range a signed format uses.
enum class Levels {
    all,
    ternary, ///< -1, 0 and 1
    bipolar, ///< -1 and 1; zero quantises to 1
};

inline constexpr int kMaximumBits = 16;
/// The radix points in use: magnitudes from 2^-33 to 2^47. A smaller value counts as zero, a larger
/// one saturates. The bound keeps every sum of aligned integers within 64 bits for sane networks
/// that hold a nearly dead tensor.
inline constexpr int kMinimumFractionBits = -32;
inline constexpr int kMaximumFractionBits = 32;

/// value = integer * 2^-fraction_bits; fraction_bits may be negative or exceed bits. A one-bit
/// signed format of all levels holds -1 and 0.
struct NumberFormat {
    int bits = 8;          ///< 1 to kMaximumBits
    int fraction_bits = 0; ///< kMinimumFractionBits to kMaximumFractionBits
    Signedness signedness = Signedness::is_signed;
    Levels levels = Levels::all; ///< bipolar: `bits` is 1; ternary: 2; both signed

    auto operator<=>(const NumberFormat&) const = default;
};

/// The smallest and largest integer of a format.
std::int32_t minimum_integer(const NumberFormat& format);
std::int32_t maximum_integer(const NumberFormat& format);

/// The format of a set of few levels at a radix point.
constexpr NumberFormat ternary_format(int fraction_bits = 0) {
    return {.bits = 2, .fraction_bits = fraction_bits, .levels = Levels::ternary};
}
constexpr NumberFormat bipolar_format(int fraction_bits = 0) {
    return {.bits = 1, .fraction_bits = fraction_bits, .levels = Levels::bipolar};
}

/// Nearest integer of the format, ties to even, saturating; NaN becomes what zero does.
std::int32_t quantize(float value, const NumberFormat& format);
/// Exact: 16 bits fit a float.
float dequantize(std::int32_t integer, const NumberFormat& format);

/// "s8.5" = signed, 8 bits, 5 of them fraction; "u4.6"; "bipolar.2", "ternary.0".
std::string to_string(const NumberFormat& format);

/// integer * 2^-shift to nearest, ties to even; a negative shift multiplies exactly (the caller
/// keeps the result within 63 bits). The rounding of power-of-two programs; rounding.h has others.
constexpr std::int64_t shift_half_even(std::int64_t integer, int shift) {
    if (shift <= 0) return integer * (std::int64_t{1} << -shift);
    if (shift > 62) return 0;
    const std::int64_t floor = integer >> shift;
    const std::int64_t rest = integer - (floor << shift);
    const std::int64_t half = std::int64_t{1} << (shift - 1);
    return floor + ((rest > half || (rest == half && (floor & 1) != 0)) ? 1 : 0);
}

/// numerator / denominator to nearest, ties to even; denominator positive.
std::int64_t divide_half_even(std::int64_t numerator, std::int64_t denominator);

/// The value integer * 2^-fraction_bits in another format: rounded to even, saturated; bipolar: its sign.
std::int32_t requantize(std::int64_t integer, int fraction_bits, const NumberFormat& format);

} // namespace tandem
