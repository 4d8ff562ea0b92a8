#include "tandem/search/pareto_ranks.h"

#include <gtest/gtest.h>

#include "tandem/core/check.h"
#include "tandem/core/random.h"

namespace tandem {
namespace {

/// Front after front is peeled off, as the definition says.
std::vector<std::size_t> peeled_ranks(const std::vector<double>& values, std::size_t objectives) {
    const std::size_t count = values.size() / objectives;
    const auto is_dominated = [&](std::size_t by, std::size_t point) {
        bool better = false;
        for (std::size_t i = 0; i < objectives; ++i) {
            const double left = values[by * objectives + i];
            const double right = values[point * objectives + i];
            if (left > right) return false;
            better = better || left < right;
        }
        return better;
    };
    constexpr std::size_t kNone = ~std::size_t{0};
    std::vector<std::size_t> ranks(count, kNone);
    std::size_t left = count;
    for (std::size_t rank = 0; left > 0; ++rank) {
        std::vector<std::size_t> front;
        for (std::size_t i = 0; i < count; ++i) {
            if (ranks[i] != kNone) continue;
            bool dominated = false;
            for (std::size_t k = 0; k < count && !dominated; ++k) {
                dominated = ranks[k] == kNone && is_dominated(k, i);
            }
            if (!dominated) front.push_back(i);
        }
        for (const std::size_t i : front) ranks[i] = rank;
        left -= front.size();
    }
    return ranks;
}

TEST(ParetoRanks, AreThoseOfTheDefinition) {
    for (std::uint64_t seed = 0; seed < 60; ++seed) {
        Random random(seed);
        const std::size_t objectives = 1 + random.below(6);
        const std::size_t count = random.below(220);
        const std::uint64_t levels = 2 + random.below(40); // few levels: many ties and equal points
        std::vector<double> values;
        for (std::size_t i = 0; i < count * objectives; ++i) {
            values.push_back(static_cast<double>(random.below(levels)) - 7.5);
        }
        ASSERT_EQ(pareto_ranks(values, objectives), peeled_ranks(values, objectives))
            << "seed " << seed << ", " << count << " points in " << objectives << " objectives";
    }
}

TEST(ParetoRanks, AreTheSameBeyondWhatSixteenBitsCount) {
    // 40,000 points on 200 parallel lines: the line is the rank.
    std::vector<double> values;
    std::vector<std::size_t> expected;
    for (std::size_t i = 0; i < 40'000; ++i) {
        const auto along = static_cast<double>(i / 200);
        const std::size_t line = i % 200;
        values.push_back(along + static_cast<double>(line) * 1000.0);
        values.push_back(-along + static_cast<double>(line) * 1000.0);
        values.push_back(static_cast<double>(line));
        expected.push_back(line);
    }
    EXPECT_EQ(pareto_ranks(values, 3), expected);
}

TEST(ParetoRanks, OfNothingAreNone) {
    EXPECT_TRUE(pareto_ranks({}, 4).empty());
    EXPECT_THROW(static_cast<void>(pareto_ranks({}, 0)), InternalError);
}

} // namespace
} // namespace tandem
