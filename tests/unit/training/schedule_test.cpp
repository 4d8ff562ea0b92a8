#include "tandem/training/schedule.h"

#include <gtest/gtest.h>

namespace tandem {
namespace {

TEST(Schedule, WarmsUpLinearlyOverTheFirstTwentieth) {
    // 40 steps: 2 of warm-up, at a third and two thirds of the peak, which comes next.
    EXPECT_NEAR(learning_rate_at("cosine", 0, 40, 0.3), 0.1, 1e-12);
    EXPECT_NEAR(learning_rate_at("cosine", 1, 40, 0.3), 0.2, 1e-12);
    EXPECT_NEAR(learning_rate_at("cosine", 2, 40, 0.3), 0.3, 1e-12);
}

TEST(Schedule, FallsAlongHalfACosine) {
    // 38 steps after the warm-up: half way is step 2 + 19.
    EXPECT_NEAR(learning_rate_at("cosine", 21, 40, 0.3), 0.15, 1e-12);
    EXPECT_LT(learning_rate_at("cosine", 39, 40, 0.3), 0.001);
    EXPECT_GT(learning_rate_at("cosine", 39, 40, 0.3), 0.0);
}

TEST(Schedule, FallsInStepsAtHalfAndThreeQuarters) {
    for (const auto& [step, rate] :
         {std::pair{2, 0.3}, {19, 0.3}, {20, 0.03}, {29, 0.03}, {30, 0.003}, {39, 0.003}}) {
        EXPECT_NEAR(learning_rate_at("step", step, 40, 0.3), rate, 1e-12) << step;
    }
}

TEST(Schedule, RunsOneCycle) {
    EXPECT_NEAR(learning_rate_at("one-cycle", 0, 100, 0.5), 0.02, 1e-12);
    EXPECT_NEAR(learning_rate_at("one-cycle", 15, 100, 0.5), 0.26, 1e-12); // half way up
    EXPECT_NEAR(learning_rate_at("one-cycle", 30, 100, 0.5), 0.5, 1e-12);
    EXPECT_NEAR(learning_rate_at("one-cycle", 65, 100, 0.5), 0.250001, 1e-12); // half way down to 2e-6
}

TEST(Schedule, StaysConstant) {
    for (const int step : {0, 20, 39}) EXPECT_EQ(learning_rate_at("constant", step, 40, 0.3), 0.3);
}

TEST(Schedule, OfOneStepIsThePeak) { EXPECT_DOUBLE_EQ(learning_rate_at("cosine", 0, 1, 0.3), 0.3); }

} // namespace
} // namespace tandem
