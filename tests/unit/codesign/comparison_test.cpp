#include "tandem/codesign/comparison.h"

#include <gtest/gtest.h>

namespace tandem {
namespace {

std::vector<ComparedRun> runs() {
    const auto run = [](const char* algorithm, std::int64_t seed, double hypervolume,
                        std::vector<Objectives> front) {
        return ComparedRun{.algorithm = algorithm,
                           .seed = seed,
                           .hypervolumes = {hypervolume / 2.0, hypervolume},
                           .front = std::move(front),
                           .evaluations = 2,
                           .seconds = 1.0};
    };
    return {run("nsga2", 1, 0.5, {{0.25, 30.0}, {0.5, 10.0}}),
            run("nsga2", 2, 0.7, {{0.25, 20.0}}),
            run("nsga2", 3, 0.6, {{0.5, 5.0}}),
            run("random", 1, 0.1, {{0.75, 40.0}}),
            run("random", 2, 0.2, {{0.75, 30.0}}),
            run("random", 3, 0.3, {})};
}

TEST(Comparison, HasQuartilesAndWhetherMethodsDiffer) {
    const Document comparison = compare_runs(runs(), find_objectives({"accuracy", "energy"}));
    EXPECT_EQ(comparison.find("runs")->get_if<Document::List>()->size(), 6U);
    const auto& methods = *comparison.find("algorithms")->get_if<Document::List>();
    ASSERT_EQ(methods.size(), 2U);
    EXPECT_EQ(*methods[0].find("hypervolume_median"), Document(0.6));
    EXPECT_EQ(*methods[0].find("hypervolume_lower_quartile"), Document(0.55));
    EXPECT_EQ(*methods[0].find("p_value"), Document());
    EXPECT_EQ(*methods[1].find("p_value"), Document(0.1)); // all below: 2 of the 20 deals
    EXPECT_EQ(*methods[1].find("superiority"), Document(0.0));
}

TEST(Comparison, FollowsTheHypervolumeOverEvaluations) {
    std::vector<ComparedRun> all = runs();
    // The longest run has four evaluations; the others keep what they had.
    all.push_back({.algorithm = "greedy",
                   .seed = 1,
                   .hypervolumes = {0.0, 0.1, 0.4, 0.8},
                   .front = {},
                   .evaluations = 4});
    const Document comparison = compare_runs(all, find_objectives({"accuracy", "energy"}));
    const auto& methods = *comparison.find("algorithms")->get_if<Document::List>();
    const auto column = [&](std::size_t method, const char* key) {
        std::vector<double> values;
        for (const Document& point : *methods[method].find("hypervolume_curve")->get_if<Document::List>()) {
            values.push_back(*point.find(key)->get_if<double>());
        }
        return values;
    };
    EXPECT_EQ(column(0, "median"), (std::vector<double>{0.3, 0.6, 0.6, 0.6}));
    EXPECT_EQ(column(0, "lower_quartile"), (std::vector<double>{0.275, 0.55, 0.55, 0.55}));
    EXPECT_EQ(column(2, "upper_quartile"), (std::vector<double>{0.0, 0.1, 0.4, 0.8}));
    EXPECT_EQ(*methods[2].find("evaluations"), Document(4));
    const Document& last = methods[0].find("hypervolume_curve")->get_if<Document::List>()->back();
    EXPECT_EQ(*last.find("evaluations"), Document(4));
}

TEST(Comparison, AddsUpARunDesignByDesign) {
    const auto design = [](std::int64_t id, double lost, double cost) {
        StoredDesign stored;
        stored.id = id;
        stored.evaluation.objectives = {lost, cost};
        return stored;
    };
    GenerationRecord generation;
    generation.seconds = 2.0;
    const ComparedRun run =
        summarize_run("nsga2", 1, {design(1, 0.5, 5.0), design(2, 0.6, 6.0), design(3, 0.0, 7.5)},
                      {generation}, {1.0, 10.0});
    // Of a box of 1 x 10 the first takes 0.5 x 5, the third 0.5 x 2.5 more; the second is dominated.
    ASSERT_EQ(run.hypervolumes.size(), 3U);
    EXPECT_DOUBLE_EQ(run.hypervolumes[0], 0.25);
    EXPECT_DOUBLE_EQ(run.hypervolumes[1], 0.25);
    EXPECT_DOUBLE_EQ(run.hypervolumes[2], 0.375);
    EXPECT_EQ(run.front.size(), 2U);
    EXPECT_EQ(run.seconds, 2.0);
}

TEST(Comparison, HasWhatOneHalfAndAllOfTheSeedsAttain) {
    const Document comparison = compare_runs(runs(), find_objectives({"accuracy", "energy"}));
    const Document& surfaces =
        *(*comparison.find("algorithms")->get_if<Document::List>())[0].find("attainment");
    const auto points = [](std::vector<std::pair<double, double>> pairs) {
        Document::List list;
        for (const auto& [accuracy, energy] : pairs) list.emplace_back(Document::List{accuracy, energy});
        return Document(list);
    };
    EXPECT_EQ(*surfaces.find("best"), points({{0.75, 20.0}, {0.5, 5.0}}));
    EXPECT_EQ(*surfaces.find("median"), points({{0.75, 30.0}, {0.5, 10.0}}));
    EXPECT_EQ(*surfaces.find("worst"), points({{0.5, 20.0}}));
    const Document many =
        compare_runs({runs().front()}, find_objectives({"accuracy", "divergence", "energy", "latency"}));
    EXPECT_EQ(*(*many.find("algorithms")->get_if<Document::List>())[0].find("attainment"), Document());
}

} // namespace
} // namespace tandem
