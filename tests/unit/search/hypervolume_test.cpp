#include <cmath>

#include <gtest/gtest.h>

#include "tandem/core/check.h"
#include "tandem/core/random.h"
#include "tandem/search/front.h"

namespace tandem {
namespace {

TEST(Hypervolume, OfOneObjectiveIsTheBestGap) { EXPECT_EQ(hypervolume({{3}, {1}, {2}}, {5}), 4.0); }

TEST(Hypervolume, OfTwoObjectivesIsTheStaircase) {
    // Against (4, 4): 1x3 box of (3, 1) and what (1, 2) adds left of it, 2x2, and (2, 3) adds nothing.
    EXPECT_EQ(hypervolume({{3, 1}, {1, 2}, {2, 3}}, {4, 4}), 3.0 + 4.0);
    EXPECT_EQ(hypervolume({{1, 1}, {1, 1}}, {4, 4}), 9.0) << "a repeated point counts once";
}

TEST(Hypervolume, OfThreeObjectivesIsTheUnionOfBoxes) {
    // Boxes of (0,0,1), (0,1,0) and (1,0,0) up to (2,2,2): 4 each, 2 in each pair, 1 in all: 12 - 6 + 1.
    EXPECT_EQ(hypervolume({{0, 0, 1}, {0, 1, 0}, {1, 0, 0}}, {2, 2, 2}), 7.0);
    // (1,2,3) and (2,1,2) up to (4,4,4): 3*2*1 + 2*3*2 - 2*2*1.
    EXPECT_EQ(hypervolume({{1, 2, 3}, {2, 1, 2}}, {4, 4, 4}), 14.0);
}

TEST(Hypervolume, LeavesOutPointsNotBetterThanTheReference) {
    EXPECT_EQ(hypervolume({{4, 0}, {0, 5}, {9, 9}}, {4, 4}), 0.0);
    EXPECT_EQ(hypervolume({{4, 0}, {3, 3}}, {4, 4}), 1.0);
    EXPECT_EQ(hypervolume({}, {1, 1, 1}), 0.0);
}

TEST(Hypervolume, RefusesPointsOfOtherObjectives) {
    EXPECT_THROW(static_cast<void>(hypervolume({{1, 2}}, {3, 3, 3})), InternalError);
    EXPECT_THROW(static_cast<void>(hypervolume({}, {})), InternalError);
}

TEST(Hypervolume, AgreesWithMonteCarloInFourAndFiveObjectives) {
    constexpr int kSamples = 200'000;
    for (const std::size_t objectives : {4U, 5U}) {
        Random random(objectives);
        std::vector<Objectives> points(40, Objectives(objectives));
        for (Objectives& point : points) {
            for (double& value : point) value = random.uniform();
        }
        int covered = 0;
        for (int sample = 0; sample < kSamples; ++sample) {
            Objectives place(objectives);
            for (double& value : place) value = random.uniform();
            bool is_covered = false;
            for (const Objectives& point : points) {
                bool covers = true;
                for (std::size_t i = 0; i < objectives; ++i) covers = covers && point[i] <= place[i];
                is_covered = is_covered || covers;
            }
            if (is_covered) ++covered;
        }
        const double estimate = static_cast<double>(covered) / kSamples;
        const double deviation = std::sqrt(estimate * (1.0 - estimate) / kSamples);
        EXPECT_NEAR(hypervolume(points, Objectives(objectives, 1.0)), estimate, 4.0 * deviation)
            << objectives << " objectives";
    }
}

TEST(Hypervolume, DoesNotDependOnTheOrderOfThePoints) {
    Random random(3);
    std::vector<Objectives> points(50, Objectives(4));
    for (Objectives& point : points) {
        for (double& value : point) value = random.uniform();
    }
    const double volume = hypervolume(points, {1, 1, 1, 1});
    for (int i = 0; i < 10; ++i) {
        random.shuffle(std::span<Objectives>(points));
        EXPECT_EQ(hypervolume(points, {1, 1, 1, 1}), volume) << "to the last bit";
    }
}

TEST(HypervolumeGain, IsTheDifferenceItMakes) {
    for (const std::size_t objectives : {1U, 2U, 3U, 4U, 5U}) {
        Random random(objectives);
        const Objectives reference(objectives, 0.9);
        std::vector<Objectives> front;
        double volume = 0.0;
        for (int i = 0; i < 40; ++i) {
            Objectives point(objectives);
            for (double& value : point) value = random.uniform();
            volume += hypervolume_gain(point, front, reference);
            front.push_back(std::move(point));
            ASSERT_NEAR(volume, hypervolume(front, reference), 1e-12) << objectives << " objectives";
        }
    }
}

} // namespace
} // namespace tandem
