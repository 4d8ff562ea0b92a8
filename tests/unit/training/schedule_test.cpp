#include "tandem/training/schedule.h"

#include <gtest/gtest.h>

namespace tandem {
namespace {

TEST(Schedule, WarmsUpLinearlyOverTheFirstTwentieth) {
    // 40 steps: 2 of warm-up, at a third and two thirds of the peak, which comes next.
    EXPECT_NEAR(learning_rate_at(0, 40, 0.3), 0.1, 1e-12);
    EXPECT_NEAR(learning_rate_at(1, 40, 0.3), 0.2, 1e-12);
    EXPECT_NEAR(learning_rate_at(2, 40, 0.3), 0.3, 1e-12);
}

TEST(Schedule, FallsAlongHalfACosine) {
    // 38 steps after the warm-up: half way is step 2 + 19.
    EXPECT_NEAR(learning_rate_at(21, 40, 0.3), 0.15, 1e-12);
    EXPECT_LT(learning_rate_at(39, 40, 0.3), 0.001);
    EXPECT_GT(learning_rate_at(39, 40, 0.3), 0.0);
}

TEST(Schedule, OfOneStepIsThePeak) { EXPECT_DOUBLE_EQ(learning_rate_at(0, 1, 0.3), 0.3); }

} // namespace
} // namespace tandem
