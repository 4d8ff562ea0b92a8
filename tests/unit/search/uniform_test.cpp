#include <gtest/gtest.h>

#include "toy_problem.h"

namespace tandem {
namespace {

std::vector<Genome> proposals(const GenomeSpace& space, std::int64_t population) {
    SearchOptions options;
    options.algorithm = "uniform";
    options.population = population;
    const auto algorithm = make_algorithm(space, options);
    std::vector<Genome> all;
    for (auto proposal = algorithm->propose(); !proposal.empty(); proposal = algorithm->propose()) {
        EXPECT_LE(proposal.size(), static_cast<std::size_t>(population));
        all.insert(all.end(), proposal.begin(), proposal.end());
    }
    return all;
}

TEST(Uniform, TriesEveryWidthOfWeightsWithEveryWidthOfInputs) {
    GenomeSpace space = toy::space(6, 3);
    space.cut_points = {2, 4};
    space.alleles = {1, 1, 3, 2, 3, 2}; // the first layer is given
    const std::vector<Genome> all = proposals(space, 4);
    EXPECT_EQ(all, (std::vector<Genome>{{0, 0, 2, 1, 2, 1},
                                        {0, 0, 1, 1, 1, 1},
                                        {0, 0, 0, 1, 0, 1},
                                        {0, 0, 2, 0, 2, 0},
                                        {0, 0, 1, 0, 1, 0},
                                        {0, 0, 0, 0, 0, 0}}));
}

TEST(Uniform, KeepsAnArrayAsTheFirstGuessHasIt) {
    GenomeSpace space = toy::space(4, 3);
    space.cut_points = {1, 2};
    space.unordered_genes = {2, 3};
    space.first_guesses = {{2, 2, 1, 0}, {0, 1, 2, 2}};
    EXPECT_EQ(proposals(space, 10),
              (std::vector<Genome>{{2, 2, 1, 0}, {0, 1, 2, 2}, {1, 1, 1, 0}, {0, 0, 1, 0}}));
}

} // namespace
} // namespace tandem
