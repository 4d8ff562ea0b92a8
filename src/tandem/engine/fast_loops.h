// The flat loops of the fast engine, each compiled for several generations of processors and chosen
// when the program starts. Sums wrap around like the two's complement they are, so that parts may
// leave the range as long as the whole does not.
#pragma once

#include <cstddef>
#include <cstdint>

namespace tandem::fast_loops {

/// Stored elements as 32-bit integers.
void widen(const std::uint8_t* elements, std::int32_t* wide, std::size_t count);
void widen(const std::int8_t* elements, std::int32_t* wide, std::size_t count);
void widen(const std::uint16_t* elements, std::int32_t* wide, std::size_t count);
void widen(const std::int16_t* elements, std::int32_t* wide, std::size_t count);

/// 32-bit integers times 2^shift, with shift below the width of the sums they go into.
struct Shifted {
    const std::int32_t* integers = nullptr;
    int shift = 0;
};

/// result = sums + one + other; `result` may be `sums`. Two at a time, because sums of 64 bits cost more to
/// load and store than to add.
void add_shifted(const std::int32_t* sums, Shifted one, Shifted other, std::int32_t* result,
                 std::size_t count);
void add_shifted(const std::int64_t* sums, Shifted one, Shifted other, std::int64_t* result,
                 std::size_t count);
/// result = sums + one.
void add_shifted(const std::int32_t* sums, Shifted one, std::int32_t* result, std::size_t count);
void add_shifted(const std::int64_t* sums, Shifted one, std::int64_t* result, std::size_t count);

/// clamp(shift_half_even(sum, shift)). Sums and their multiples (for a negative shift) stay within
/// half of their type's range.
void round(const std::int32_t* sums, int shift, std::int32_t minimum, std::int32_t maximum,
           std::int32_t* rounded, std::size_t count);
void round(const std::int64_t* sums, int shift, std::int32_t minimum, std::int32_t maximum,
           std::int32_t* rounded, std::size_t count);

/// The low bytes, or low 16 bits, of (integer + offset) shifted right.
void take_bytes(const std::int32_t* integers, std::int32_t offset, int shift, std::uint8_t* bytes,
                std::size_t count);
void take_words(const std::int32_t* integers, std::uint16_t* words, std::size_t count);

/// The nearest integers to values times `scale`, ties to even, within [minimum, maximum]; NaN gives 0. Bounds
/// of at most 2^22 in magnitude.
void quantize(const float* values, float scale, std::int32_t minimum, std::int32_t maximum,
              std::int32_t* integers, std::size_t count);

/// The same by a scale and zero point: the nearest integers to values / `scale`, a double's quotient, ties to
/// even, plus `zero_point`, within [minimum, maximum]; NaN gives `zero_point`.
void quantize(const float* values, double scale, std::int32_t zero_point, std::int32_t minimum,
              std::int32_t maximum, std::int32_t* integers, std::size_t count);

/// sums[channel] += the elements of `positions` pixels one behind the other.
void add_pixels(const std::uint8_t* elements, std::size_t positions, std::size_t channels,
                std::int32_t* sums);
void add_pixels(const std::int8_t* elements, std::size_t positions, std::size_t channels, std::int32_t* sums);
void add_pixels(const std::uint16_t* elements, std::size_t positions, std::size_t channels,
                std::int32_t* sums);
void add_pixels(const std::int16_t* elements, std::size_t positions, std::size_t channels,
                std::int32_t* sums);

/// An Add of scaled tensors: the nearest integers to (left * l + right * r) / output, l and r less their zero
/// points, each operation a float's, ties to even; plus the output's zero point, within [minimum, maximum].
/// Bounds less the zero point of at most 2^22 in magnitude.
struct ScaledSum {
    float left = 1.0F;
    float right = 1.0F;
    float output = 1.0F;
    std::int32_t left_zero = 0;
    std::int32_t right_zero = 0;
    std::int32_t output_zero = 0;
    std::int32_t minimum = 0;
    std::int32_t maximum = 0;
};
void add_scaled(const std::int32_t* left, const std::int32_t* right, const ScaledSum& rule,
                std::int32_t* sums, std::size_t count);

/// The nearest integers to sums times their scales, sum and product in float, ties to even, plus the output's
/// zero point, within [minimum, maximum]; `scales` are as many as sums. Bounds less the zero point of at most
/// 2^22 in magnitude.
struct RescaleRule {
    std::int32_t zero_point = 0;
    std::int32_t minimum = 0;
    std::int32_t maximum = 0;
};
void rescale(const std::int32_t* sums, const float* scales, const RescaleRule& rule, std::int32_t* scaled,
             std::size_t count);
void rescale(const std::int64_t* sums, const float* scales, const RescaleRule& rule, std::int32_t* scaled,
             std::size_t count);

/// lowest + how many of its channel's thresholds each sum reaches, within [minimum, maximum]; thresholds lie
/// as (threshold, channel), and `count` is a multiple of `channels`.
struct ThresholdRule {
    std::int32_t lowest = 0;
    std::int32_t minimum = 0;
    std::int32_t maximum = 0;
};
void count_reached(const std::int32_t* sums, const std::int32_t* thresholds, std::size_t threshold_count,
                   std::size_t channels, const ThresholdRule& rule, std::int32_t* reached, std::size_t count);

/// 1 where an integer is at most its limit, else -1.
void signs_up_to(const std::int32_t* integers, const std::int32_t* limits, std::int8_t* signs,
                 std::size_t count);

/// bytes = min(max(bytes, minimum), maximum).
void limit(std::uint8_t* bytes, std::uint8_t minimum, std::uint8_t maximum, std::size_t count);
void limit(std::int8_t* bytes, std::int8_t minimum, std::int8_t maximum, std::size_t count);

/// maxima = max(maxima, integers).
void raise(std::int32_t* maxima, const std::int32_t* integers, std::size_t count);

} // namespace tandem::fast_loops
