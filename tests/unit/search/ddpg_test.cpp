// The agent, where the training plug-in is built; and what is said where it is not.
#include <algorithm>

#include <gtest/gtest.h>

#include "tandem/training/training.h"
#include "toy_problem.h"

namespace tandem {
namespace {

class Ddpg : public testing::Test {
  protected:
    void SetUp() override {
        const auto trainer = load_trainer();
        if (!trainer) GTEST_SKIP() << to_string(trainer.error());
    }

    /// How many genes of a generation's genomes have the allele 3, by generation. A design is worth the more
    /// the more of them it has.
    static std::vector<int> learn(std::int64_t seed) {
        GenomeSpace space = toy::space(8, 4);
        space.alleles[5] = 1; // no step of an episode
        SearchOptions options;
        options.algorithm = "ddpg";
        options.population = 12;
        options.generations = 8;
        options.agent_updates = 10;
        options.seed = seed;
        const auto algorithm = make_algorithm(space, options);
        std::vector<int> counts;
        for (auto proposal = algorithm->propose(); !proposal.empty(); proposal = algorithm->propose()) {
            int count = 0;
            std::vector<EvaluatedGenome> evaluated;
            for (const Genome& genome : proposal) {
                const auto threes = static_cast<int>(std::ranges::count(genome, 3));
                count += threes;
                evaluated.push_back({genome, {}});
                evaluated.back().evaluation.objectives = {10.0 - threes};
            }
            algorithm->report(evaluated);
            counts.push_back(count);
        }
        return counts;
    }
};

TEST_F(Ddpg, LearnsWhichAllelesAreWorthMore) {
    const std::vector<int> counts = learn(1);
    // 84 genes a generation have a choice: a quarter of them by chance, most of them at the end.
    EXPECT_LT(counts.front(), 30);
    EXPECT_GT(counts.back(), 45);
}

TEST_F(Ddpg, IsNoInnerSearch) {
    SearchOptions options;
    options.algorithm = "nested";
    const auto rows = list_fields([&](Fields& fields) { describe(fields, options); });
    for (const auto& row : rows) {
        EXPECT_EQ(row.type.find("ddpg") != std::string::npos, row.path == "algorithm") << row.path;
    }
}

} // namespace
} // namespace tandem
