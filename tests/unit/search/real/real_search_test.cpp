// The published problems, at their full size: the algorithm must reach what others measured.
#include "tandem/search/real/real_search.h"

#include <map>

#include <gtest/gtest.h>

#include "tandem/search/indicators.h"
#include "tandem/search/real/quality.h"

namespace tandem {
namespace {

TEST(TestProblems, HaveTheFrontsThatTheirAuthorsGive) {
    // Against 1.1: 1.1 * 1.1 less the area below 1 - sqrt(f1), 1/3, or below 1 - f1^2, 2/3.
    const std::map<std::string_view, double> expected = {
        {"zdt1", 1.21 - 1.0 / 3.0}, {"zdt2", 1.21 - 2.0 / 3.0}, {"zdt4", 1.21 - 1.0 / 3.0}};
    for (const RealProblem& problem : test_problems()) {
        const std::vector<Objectives> front = problem.exact_front();
        for (const Objectives& point : front) EXPECT_EQ(point.size(), problem.objectives);
        const auto known = expected.find(problem.name);
        if (known == expected.end()) continue;
        EXPECT_NEAR(hypervolume(front, {1.1, 1.1}), known->second, 2e-3) << problem.name;
    }
}

TEST(TestProblems, AttainTheirFrontsWhereTheDistanceVariablesAreBest) {
    for (const RealProblem& problem : test_problems()) {
        const bool is_dtlz2 = problem.name == "dtlz2";
        std::vector<double> variables(problem.lower.size(), is_dtlz2 ? 0.5 : 0.0);
        std::vector<Objectives> points;
        for (int i = 0; i <= 2000; ++i) {
            variables[0] = i / 2000.0;
            points.emplace_back(problem.objectives);
            problem.evaluate(variables, points.back());
        }
        const std::vector<Objectives> exact = problem.exact_front();
        if (is_dtlz2) {
            EXPECT_LT(igd_plus(exact, points), 1e-2) << "an arc of the sphere, between points of a grid";
        } else {
            EXPECT_LT(igd_plus(points, exact), 1e-3) << problem.name;
        }
    }
}

TEST(RealSearch, GivesTheSameForTheSameSeedAlone) {
    const RealProblem& problem = test_problems().front();
    const auto found = [&](std::int64_t seed) {
        RealSearchOptions options;
        options.population = 20;
        options.generations = 20;
        options.seed = seed;
        return search_real(problem, options).population;
    };
    EXPECT_EQ(found(3), found(3));
    EXPECT_NE(found(3), found(4));
}

/// The bars: population 100, 250 generations, median over 11 seeds.
TEST(RealSearch, ReachesThePublishedHypervolumes) {
    const std::map<std::string_view, double> bars = {{"dtlz2", 0.695}, {"zdt1", 0.868}, {"zdt2", 0.535},
                                                     {"zdt3", 1.326},  {"zdt4", 0.860}, {"zdt6", 0.494}};
    for (const RealProblem& problem : test_problems()) {
        const std::vector<QualityRun> runs = measure_quality(problem, {}, 11);
        EXPECT_GE(hypervolume_summary(runs).median, bars.at(problem.name)) << problem.name;
        EXPECT_EQ(runs.front().evaluations, 25'000);
    }
}

} // namespace
} // namespace tandem
