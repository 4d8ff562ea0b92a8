#include "tandem/engine/fast_loops.h"

#include <algorithm>
#include <type_traits>

// Sanitizers instrument the resolvers that choose a clone, which run before the sanitizer does. g++
// takes the name of one processor ("arch=skylake-avx512") to mean no other, so levels are named; clang
// knows the levels not, but the instructions that make them.
#if !defined(__x86_64__) || defined(TANDEM_SANITIZED)
#define TANDEM_CLONES
#elif defined(__clang__)
#define TANDEM_CLONES __attribute__((target_clones("avx512bw", "avx2", "default")))
#else
#define TANDEM_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#endif

namespace tandem::fast_loops {
namespace {

// The bodies are inlined into each clone and take its instructions there. `omp simd` states that no
// iteration depends on another, also where the result overwrites an operand.
template <class Element> [[gnu::always_inline]] inline void
widen_all(const Element* __restrict elements, std::int32_t* __restrict wide, std::size_t count) {
#pragma omp simd
    for (std::size_t i = 0; i < count; ++i) wide[i] = elements[i];
}

template <class Sum>
[[gnu::always_inline]] inline void add_all(const Sum* sums, Shifted one, Sum* result, std::size_t count) {
    using Bits = std::make_unsigned_t<Sum>;
#pragma omp simd
    for (std::size_t i = 0; i < count; ++i) {
        result[i] =
            static_cast<Sum>(static_cast<Bits>(sums[i]) + (static_cast<Bits>(one.integers[i]) << one.shift));
    }
}

template <class Sum> [[gnu::always_inline]] inline void add_all(const Sum* sums, Shifted one, Shifted other,
                                                                Sum* result, std::size_t count) {
    using Bits = std::make_unsigned_t<Sum>;
#pragma omp simd
    for (std::size_t i = 0; i < count; ++i) {
        result[i] =
            static_cast<Sum>(static_cast<Bits>(sums[i]) + (static_cast<Bits>(one.integers[i]) << one.shift) +
                             (static_cast<Bits>(other.integers[i]) << other.shift));
    }
}

/// The upper bits of a sum grow by one when the rest exceeds a half, or equals it and they are odd: adding
/// half less one, and the lowest of the upper bits, carries exactly then.
template <class Sum> [[gnu::always_inline]] inline void round_all(const Sum* __restrict sums, int shift,
                                                                  std::int32_t minimum, std::int32_t maximum,
                                                                  std::int32_t* __restrict rounded,
                                                                  std::size_t count) {
    constexpr int kLargestShift = static_cast<int>(sizeof(Sum)) * 8 - 1; // all smaller sums round to 0
    const auto clamped = [=](Sum sum) {
        return static_cast<std::int32_t>(
            std::min(std::max(sum, static_cast<Sum>(minimum)), static_cast<Sum>(maximum)));
    };
    if (shift <= 0) {
        const int left = std::min(-shift, kLargestShift);
#pragma omp simd
        for (std::size_t i = 0; i < count; ++i) rounded[i] = clamped(sums[i] << left);
        return;
    }
    const int right = std::min(shift, kLargestShift);
    const Sum less_than_half = static_cast<Sum>((Sum{1} << (right - 1)) - 1);
#pragma omp simd
    for (std::size_t i = 0; i < count; ++i) {
        const Sum odd = (sums[i] >> right) & 1;
        rounded[i] = clamped((sums[i] + less_than_half + odd) >> right);
    }
}

template <class Element>
[[gnu::always_inline]] inline void add_all_pixels(const Element* __restrict elements, std::size_t positions,
                                                  std::size_t channels, std::int32_t* __restrict sums) {
    for (std::size_t position = 0; position < positions; ++position, elements += channels) {
#pragma omp simd
        for (std::size_t channel = 0; channel < channels; ++channel) sums[channel] += elements[channel];
    }
}

/// Added to a number of at most 2^22, it leaves no bits for a fraction: the sum is rounded as floats are.
constexpr float kRounder = 1.5F * (1 << 23);

template <class Sum>
[[gnu::always_inline]] inline void rescale_all(const Sum* __restrict sums, const float* __restrict scales,
                                               const RescaleRule& rule, std::int32_t* __restrict scaled,
                                               std::size_t count) {
    const RescaleRule by = rule; // a copy that no store can change
    const auto least = static_cast<float>(by.minimum - by.zero_point);
    const auto most = static_cast<float>(by.maximum - by.zero_point);
#pragma omp simd
    for (std::size_t i = 0; i < count; ++i) {
        const float number = static_cast<float>(sums[i]) * scales[i];
        const float in_range = number < least ? least : number > most ? most : number;
        scaled[i] = static_cast<std::int32_t>((in_range + kRounder) - kRounder) + by.zero_point;
    }
}

} // namespace

TANDEM_CLONES void widen(const std::uint8_t* elements, std::int32_t* wide, std::size_t count) {
    widen_all(elements, wide, count);
}
TANDEM_CLONES void widen(const std::int8_t* elements, std::int32_t* wide, std::size_t count) {
    widen_all(elements, wide, count);
}
TANDEM_CLONES void widen(const std::uint16_t* elements, std::int32_t* wide, std::size_t count) {
    widen_all(elements, wide, count);
}
TANDEM_CLONES void widen(const std::int16_t* elements, std::int32_t* wide, std::size_t count) {
    widen_all(elements, wide, count);
}

TANDEM_CLONES void add_shifted(const std::int32_t* sums, Shifted one, Shifted other, std::int32_t* result,
                               std::size_t count) {
    add_all(sums, one, other, result, count);
}
TANDEM_CLONES void add_shifted(const std::int32_t* sums, Shifted one, std::int32_t* result,
                               std::size_t count) {
    add_all(sums, one, result, count);
}
TANDEM_CLONES void add_shifted(const std::int64_t* sums, Shifted one, Shifted other, std::int64_t* result,
                               std::size_t count) {
    add_all(sums, one, other, result, count);
}
TANDEM_CLONES void add_shifted(const std::int64_t* sums, Shifted one, std::int64_t* result,
                               std::size_t count) {
    add_all(sums, one, result, count);
}

TANDEM_CLONES void round(const std::int32_t* sums, int shift, std::int32_t minimum, std::int32_t maximum,
                         std::int32_t* rounded, std::size_t count) {
    round_all(sums, shift, minimum, maximum, rounded, count);
}
TANDEM_CLONES void round(const std::int64_t* sums, int shift, std::int32_t minimum, std::int32_t maximum,
                         std::int32_t* rounded, std::size_t count) {
    round_all(sums, shift, minimum, maximum, rounded, count);
}

TANDEM_CLONES void take_bytes(const std::int32_t* integers, std::int32_t offset, int shift,
                              std::uint8_t* bytes, std::size_t count) {
#pragma omp simd
    for (std::size_t i = 0; i < count; ++i) {
        bytes[i] = static_cast<std::uint8_t>((integers[i] + offset) >> shift);
    }
}
TANDEM_CLONES void take_words(const std::int32_t* integers, std::uint16_t* words, std::size_t count) {
#pragma omp simd
    for (std::size_t i = 0; i < count; ++i) words[i] = static_cast<std::uint16_t>(integers[i]);
}

TANDEM_CLONES void quantize(const float* values, float scale, std::int32_t minimum, std::int32_t maximum,
                            std::int32_t* integers, std::size_t count) {
    const auto least = static_cast<float>(minimum);
    const auto most = static_cast<float>(maximum);
#pragma omp simd
    for (std::size_t i = 0; i < count; ++i) {
        const float scaled = values[i] * scale;
        const float number = scaled == scaled ? scaled : 0.0F;
        const float in_range = number < least ? least : number > most ? most : number;
        integers[i] = static_cast<std::int32_t>((in_range + kRounder) - kRounder);
    }
}

TANDEM_CLONES void quantize(const float* values, double scale, std::int32_t zero_point, std::int32_t minimum,
                            std::int32_t maximum, std::int32_t* integers, std::size_t count) {
    // As kRounder, for a double: what is rounded lies within 17 bits.
    constexpr double kDoubleRounder = 1.5 * (std::int64_t{1} << 52);
    const double least = minimum - zero_point;
    const double most = maximum - zero_point;
#pragma omp simd
    for (std::size_t i = 0; i < count; ++i) {
        const double steps = static_cast<double>(values[i]) / scale;
        const double number = steps == steps ? steps : 0.0;
        const double in_range = number < least ? least : number > most ? most : number;
        integers[i] = static_cast<std::int32_t>((in_range + kDoubleRounder) - kDoubleRounder) + zero_point;
    }
}

TANDEM_CLONES void add_pixels(const std::uint8_t* elements, std::size_t positions, std::size_t channels,
                              std::int32_t* sums) {
    add_all_pixels(elements, positions, channels, sums);
}
TANDEM_CLONES void add_pixels(const std::int8_t* elements, std::size_t positions, std::size_t channels,
                              std::int32_t* sums) {
    add_all_pixels(elements, positions, channels, sums);
}
TANDEM_CLONES void add_pixels(const std::uint16_t* elements, std::size_t positions, std::size_t channels,
                              std::int32_t* sums) {
    add_all_pixels(elements, positions, channels, sums);
}
TANDEM_CLONES void add_pixels(const std::int16_t* elements, std::size_t positions, std::size_t channels,
                              std::int32_t* sums) {
    add_all_pixels(elements, positions, channels, sums);
}

TANDEM_CLONES void rescale(const std::int32_t* sums, const float* scales, const RescaleRule& rule,
                           std::int32_t* scaled, std::size_t count) {
    rescale_all(sums, scales, rule, scaled, count);
}
TANDEM_CLONES void rescale(const std::int64_t* sums, const float* scales, const RescaleRule& rule,
                           std::int32_t* scaled, std::size_t count) {
    rescale_all(sums, scales, rule, scaled, count);
}

TANDEM_CLONES void add_scaled(const std::int32_t* left, const std::int32_t* right, const ScaledSum& rule,
                              std::int32_t* sums, std::size_t count) {
    const ScaledSum by = rule; // a copy that no store can change
    const auto least = static_cast<float>(by.minimum - by.output_zero);
    const auto most = static_cast<float>(by.maximum - by.output_zero);
#pragma omp simd
    for (std::size_t i = 0; i < count; ++i) {
        const float sum = (by.left * static_cast<float>(left[i] - by.left_zero) +
                           by.right * static_cast<float>(right[i] - by.right_zero)) /
                          by.output;
        const float in_range = sum < least ? least : sum > most ? most : sum;
        sums[i] = static_cast<std::int32_t>((in_range + kRounder) - kRounder) + by.output_zero;
    }
}

TANDEM_CLONES void count_reached(const std::int32_t* sums, const std::int32_t* thresholds,
                                 std::size_t threshold_count, std::size_t channels, const ThresholdRule& rule,
                                 std::int32_t* reached, std::size_t count) {
    const ThresholdRule by = rule; // a copy that no store can change
    for (std::size_t first = 0; first < count; first += channels) {
        const std::int32_t* const own = sums + first;
        std::int32_t* const result = reached + first;
        std::fill(result, result + channels, by.lowest);
        for (std::size_t i = 0; i < threshold_count; ++i) {
            const std::int32_t* const least = thresholds + i * channels;
#pragma omp simd
            for (std::size_t channel = 0; channel < channels; ++channel) {
                result[channel] += own[channel] >= least[channel] ? 1 : 0;
            }
        }
#pragma omp simd
        for (std::size_t channel = 0; channel < channels; ++channel) {
            result[channel] = std::min(std::max(result[channel], by.minimum), by.maximum);
        }
    }
}

TANDEM_CLONES void signs_up_to(const std::int32_t* integers, const std::int32_t* limits, std::int8_t* signs,
                               std::size_t count) {
#pragma omp simd
    for (std::size_t i = 0; i < count; ++i) signs[i] = integers[i] <= limits[i] ? 1 : -1;
}

TANDEM_CLONES void limit(std::uint8_t* bytes, std::uint8_t minimum, std::uint8_t maximum, std::size_t count) {
#pragma omp simd
    for (std::size_t i = 0; i < count; ++i) bytes[i] = std::min(std::max(bytes[i], minimum), maximum);
}
TANDEM_CLONES void limit(std::int8_t* bytes, std::int8_t minimum, std::int8_t maximum, std::size_t count) {
#pragma omp simd
    for (std::size_t i = 0; i < count; ++i) bytes[i] = std::min(std::max(bytes[i], minimum), maximum);
}

TANDEM_CLONES void raise(std::int32_t* maxima, const std::int32_t* integers, std::size_t count) {
#pragma omp simd
    for (std::size_t i = 0; i < count; ++i) maxima[i] = std::max(maxima[i], integers[i]);
}

} // namespace tandem::fast_loops
