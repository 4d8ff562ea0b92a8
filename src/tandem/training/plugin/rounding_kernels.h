// What the one-pass operators of training do to a number, and to its gradient; loops that a compiler turns
// into vectors. Included by their sources only.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>

#include <c10/util/BFloat16.h>

/// Three generations of each loop; the best that the processor has is taken.
#if defined(__x86_64__) && !defined(__clang__) // which has no clones of templates
#define TANDEM_CLONES __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define TANDEM_CLONES
#endif

namespace tandem::rounding {

inline float load(const float* values, std::int64_t i) { return values[i]; }
inline float load(const c10::BFloat16* values, std::int64_t i) {
    return std::bit_cast<float>(static_cast<std::uint32_t>(values[i].x) << 16U);
}
inline void store(float* values, std::int64_t i, float value) { values[i] = value; }
inline void store(c10::BFloat16* values, std::int64_t i, float value) {
    // To nearest, ties to even; no training goes on after a NaN, so it needs no care.
    const auto bits = std::bit_cast<std::uint32_t>(value);
    values[i].x = static_cast<std::uint16_t>((bits + 0x7FFFU + ((bits >> 16U) & 1U)) >> 16U);
}

/// To nearest, ties to even, within 2^22: the last bits of the sum are units.
inline float nearest(float value) {
    constexpr float kUnits = 12582912.0F; // 1.5 * 2^23
    return (value + kUnits) - kUnits;
}
inline float limited(float value, float lowest, float highest) {
    const float raised = value < lowest ? lowest : value;
    return raised > highest ? highest : raised;
}

/// The value where the condition holds, else zero. A choice becomes a branch round the load of the value, and
/// of a branch with numbers of 16 bits compilers make no vectors; of a mask they do.
inline float where(bool condition, float value) {
    const std::uint32_t mask = -static_cast<std::uint32_t>(condition);
    return std::bit_cast<float>(std::bit_cast<std::uint32_t>(value) & mask);
}

/// What is done to a number last.
enum class Tail {
    none,
    rectified,
    clipped,
    rounded, ///< clipped before, to what may be no bounds
};

struct Constants {
    float floor = 0.0F; ///< the bounds of clipping
    float ceiling = 0.0F;
    float step = 1.0F;
    float inverse = 1.0F; ///< of the step
    float lowest = 0.0F;
    float highest = 0.0F;
    float of_rounding =
        0.0F; ///< 1 where the step's gradient is that of what is rounded too (LSQ), else 0 (PACT)
};

template <Tail tail> [[gnu::always_inline]] inline float finish(float value, const Constants& constants) {
    if constexpr (tail == Tail::none) return value;
    if constexpr (tail == Tail::rectified) return value < 0.0F ? 0.0F : value; // which keeps a NaN
    const float clipped = limited(value, constants.floor, constants.ceiling);
    if constexpr (tail == Tail::clipped) return clipped;
    return nearest(limited(clipped * constants.inverse, constants.lowest, constants.highest)) *
           constants.step;
}

/// The gradient of a value, out of that of what finish() made of it, and that of the step without its scale.
struct Gradients {
    float of_value = 0.0F;
    float of_step = 0.0F;
};
template <Tail tail> [[gnu::always_inline]] inline Gradients differentiate(float value, float gradient,
                                                                           const Constants& constants) {
    if constexpr (tail == Tail::none) return {.of_value = gradient};
    if constexpr (tail == Tail::rectified) return {.of_value = where(value > 0.0F, gradient)};
    const float clipped = limited(value, constants.floor, constants.ceiling);
    const float passed = where(clipped == value, gradient);
    if constexpr (tail == Tail::clipped) return {.of_value = passed};
    const float scaled = clipped * constants.inverse;
    const float within = limited(scaled, constants.lowest, constants.highest);
    const bool is_inside = within == scaled;
    // round(scaled) - scaled inside, where it counts; the end that is reached beyond.
    const float of_step =
        where(is_inside, constants.of_rounding * (nearest(within) - within)) + where(!is_inside, within);
    return {.of_value = where(is_inside, passed), .of_step = gradient * of_step};
}

} // namespace tandem::rounding
