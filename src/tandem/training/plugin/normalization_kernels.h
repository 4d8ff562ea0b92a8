// The passes of fused_output.cpp over memory, included there only.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "tandem/training/plugin/rounding_kernels.h"

namespace tandem::rounding {

/// By place of a stretch, which is as many whole pixels as make about kStretch values. Numbers by channel are
/// written out for all of its places, so every loop runs over one flat stretch, whatever the number of
/// channels; and each place has sums of its own, so that their order is fixed.
using Places = std::vector<float>;
constexpr std::int64_t kStretch = 512; ///< some eight of them stay in the nearest cache

inline Places no_sums(std::int64_t channels) {
    return Places(static_cast<std::size_t>(channels * std::max<std::int64_t>(1, kStretch / channels)));
}

template <class ByChannel> Places spread(std::int64_t channels, const ByChannel& by_channel) {
    Places places = no_sums(channels);
    for (std::size_t i = 0; i < places.size(); ++i) {
        places[i] = static_cast<float>(by_channel(i % static_cast<std::size_t>(channels)));
    }
    return places;
}

/// Sums by channel of what lies at its places.
inline std::vector<double> gather(const Places& places, std::int64_t channels) {
    std::vector<double> sums(static_cast<std::size_t>(channels));
    for (std::size_t i = 0; i < places.size(); ++i) sums[i % sums.size()] += static_cast<double>(places[i]);
    return sums;
}

/// Calls with the begin and length of each stretch of the values.
template <class Take>
[[gnu::always_inline]] inline void in_stretches(std::int64_t count, const Places& any, const Take& take) {
    const auto stretch = static_cast<std::int64_t>(any.size());
    for (std::int64_t begin = 0; begin < count; begin += stretch)
        take(begin, std::min(stretch, count - begin));
}

/// Sums of the differences from a number near the mean, and of their squares.
struct Moments {
    Places around;
    Places sums;
    Places squares;
};

template <class Number>
[[gnu::always_inline]] inline void add_stretch(const Number* __restrict values,
                                               const float* __restrict around, float* __restrict sums,
                                               float* __restrict squares, std::int64_t count) {
    for (std::int64_t i = 0; i < count; ++i) {
        const float difference = load(values, i) - around[i];
        sums[i] += difference;
        squares[i] += difference * difference;
    }
}

template <class Number>
TANDEM_CLONES void add_moments(const Number* values, std::int64_t count, Moments& moments) {
    in_stretches(count, moments.sums, [&](std::int64_t begin, std::int64_t taken) {
        add_stretch(values + begin, moments.around.data(), moments.sums.data(), moments.squares.data(),
                    taken);
    });
}

/// slope * value + offset.
struct Lines {
    Places slope;
    Places offset;
};

template <Tail tail, class Number> [[gnu::always_inline]] inline void
normalize_stretch(const Number* __restrict values, const float* __restrict slope,
                  const float* __restrict offset, Number* __restrict results, std::int64_t count,
                  const Constants constants) {
    for (std::int64_t i = 0; i < count; ++i) {
        store(results, i, finish<tail>(slope[i] * load(values, i) + offset[i], constants));
    }
}

template <Tail tail, class Number> TANDEM_CLONES void normalize(const Number* values, Number* results,
                                                                std::int64_t count, const Lines& lines,
                                                                const Constants& constants) {
    in_stretches(count, lines.slope, [&](std::int64_t begin, std::int64_t taken) {
        normalize_stretch<tail>(values + begin, lines.slope.data(), lines.offset.data(), results + begin,
                                taken, constants);
    });
}

/// Sums of the gradients of what was normalised, of those times the value's difference from the mean, and of
/// the step's.
struct GradientSums {
    Places mean;
    Places sums;
    Places products;
    Places of_step;
};

template <Tail tail, class Number> [[gnu::always_inline]] inline void
sum_stretch(const Number* __restrict values, const Number* __restrict gradients,
            const float* __restrict slope, const float* __restrict offset, const float* __restrict mean,
            float* __restrict sums, float* __restrict products, float* __restrict of_step, std::int64_t count,
            const Constants constants) {
    for (std::int64_t i = 0; i < count; ++i) {
        const float value = load(values, i);
        const Gradients found =
            differentiate<tail>(slope[i] * value + offset[i], load(gradients, i), constants);
        sums[i] += found.of_value;
        products[i] += found.of_value * (value - mean[i]);
        if constexpr (tail == Tail::rounded) of_step[i] += found.of_step;
    }
}

template <Tail tail, class Number>
TANDEM_CLONES void add_gradient_sums(const Number* values, const Number* gradients, std::int64_t count,
                                     const Lines& lines, const Constants& constants, GradientSums& sums) {
    in_stretches(count, sums.sums, [&](std::int64_t begin, std::int64_t taken) {
        sum_stretch<tail>(values + begin, gradients + begin, lines.slope.data(), lines.offset.data(),
                          sums.mean.data(), sums.sums.data(), sums.products.data(), sums.of_step.data(),
                          taken, constants);
    });
}

template <Tail tail, class Number> [[gnu::always_inline]] inline void
differentiate_stretch(const Number* __restrict values, const Number* __restrict gradients,
                      const float* __restrict slope, const float* __restrict offset,
                      const float* __restrict back_slope, const float* __restrict back_offset,
                      Number* __restrict results, std::int64_t count, const Constants constants) {
    for (std::int64_t i = 0; i < count; ++i) {
        const float value = load(values, i);
        const float gradient =
            differentiate<tail>(slope[i] * value + offset[i], load(gradients, i), constants).of_value;
        store(results, i, slope[i] * gradient - (back_slope[i] * value + back_offset[i]));
    }
}

/// The gradient of a value: the slope times that of what it became, less what it moves through mean and
/// variance, which is a line in the value.
template <Tail tail, class Number>
TANDEM_CLONES void differentiate_normalized(const Number* values, const Number* gradients, Number* results,
                                            std::int64_t count, const Lines& lines, const Lines& back,
                                            const Constants& constants) {
    in_stretches(count, lines.slope, [&](std::int64_t begin, std::int64_t taken) {
        differentiate_stretch<tail>(values + begin, gradients + begin, lines.slope.data(),
                                    lines.offset.data(), back.slope.data(), back.offset.data(),
                                    results + begin, taken, constants);
    });
}

template <Tail tail, class Number>
TANDEM_CLONES void add_all(const Number* __restrict left, const Number* __restrict right,
                           Number* __restrict results, std::int64_t count, const Constants& constants) {
    const Constants own = constants;
    for (std::int64_t i = 0; i < count; ++i)
        store(results, i, finish<tail>(load(left, i) + load(right, i), own));
}

template <Tail tail, class Number> [[gnu::always_inline]] inline void
differentiate_sum_stretch(const Number* __restrict left, const Number* __restrict right,
                          const Number* __restrict gradients, Number* __restrict results,
                          float* __restrict of_step, std::int64_t count, const Constants constants) {
    for (std::int64_t i = 0; i < count; ++i) {
        const Gradients found =
            differentiate<tail>(load(left, i) + load(right, i), load(gradients, i), constants);
        store(results, i, found.of_value);
        if constexpr (tail == Tail::rounded) of_step[i] += found.of_step;
    }
}

/// The gradient of either of two that were added; the sums of the step's are added to `of_step`.
template <Tail tail, class Number>
TANDEM_CLONES void differentiate_sum(const Number* left, const Number* right, const Number* gradients,
                                     Number* results, std::int64_t count, const Constants& constants,
                                     Places& of_step) {
    in_stretches(count, of_step, [&](std::int64_t begin, std::int64_t taken) {
        differentiate_sum_stretch<tail>(left + begin, right + begin, gradients + begin, results + begin,
                                        of_step.data(), taken, constants);
    });
}

} // namespace tandem::rounding
