// The multipliers of the generated C beside those of the engine: one file of tests for each way to round, for
// the C is compiled as it is, and a macro says which.
#pragma once

#include <cstdint>
#include <limits>

#include <gtest/gtest.h>

#include "tandem/core/random.h"
#include "tandem/numerics/fixed_point_multiplier.h"

namespace tandem {

/// At the ends of what 32 bits hold, at ties and at every shift; then at random.
template <class Rescale> void expect_as_engine(MultiplierRounding rounding, const Rescale& rescale) {
    const auto check = [&](std::int32_t sum, const FixedPointMultiplier& by) {
        ASSERT_EQ(rescale(sum, {by.multiplier, by.shift}), multiply(sum, by, rounding))
            << sum << " by " << by.multiplier << " and a shift of " << by.shift;
    };
    constexpr std::int32_t kLeast = std::numeric_limits<std::int32_t>::min();
    constexpr std::int32_t kMost = std::numeric_limits<std::int32_t>::max();
    constexpr std::int32_t kHalf = std::int32_t{1} << 30;
    for (int shift = -31; shift <= 30; ++shift) {
        for (const std::int32_t multiplier : {0, kHalf, kHalf + 1, kHalf + kHalf / 2, kMost - 1, kMost}) {
            for (const std::int32_t edge : {kLeast, -kHalf, 0, kHalf, kMost}) {
                for (const std::int32_t step : {0, 1, 2, 3}) {
                    check(edge > 0 ? edge - step : edge + step, {multiplier, shift});
                }
            }
            if (shift < 0) { // half of what the shift takes away
                for (const std::int32_t odd : {-3, -1, 1, 3}) {
                    const std::int64_t tie = odd * (std::int64_t{1} << (-shift - 1));
                    if (tie >= kLeast && tie <= kMost)
                        check(static_cast<std::int32_t>(tie), {multiplier, shift});
                }
            }
        }
    }
    Random random(1);
    for (int trial = 0; trial < 200'000; ++trial) {
        const auto sum = static_cast<std::int32_t>(random.below(std::uint64_t{1} << 32) >> random.below(32));
        const auto multiplier = static_cast<std::int32_t>(std::uint64_t{1} << 30 | random.below(kHalf));
        const int shift = static_cast<int>(random.below(62)) - 31;
        check(trial % 2 == 0 ? sum : ~sum, {multiplier, shift});
    }
}

} // namespace tandem
