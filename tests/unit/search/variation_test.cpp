#include "tandem/search/variation.h"

#include <map>
#include <set>

#include <gtest/gtest.h>

#include "toy_problem.h"

namespace tandem {
namespace {

TEST(CrossoverCuts, AreAllThatPartSomething) {
    GenomeSpace space = toy::space(4, 2);
    EXPECT_EQ(crossover_cuts(space), (std::vector<std::size_t>{1, 2, 3}));
    space.cut_points = {0, 2, 4};
    EXPECT_EQ(crossover_cuts(space), (std::vector<std::size_t>{2}));
    space.cut_points = {4};
    EXPECT_TRUE(crossover_cuts(space).empty()) << "one layer: nothing to exchange";
    EXPECT_TRUE(crossover_cuts(toy::space(0, 2)).empty());
}

TEST(Crossover, KeepsTheGenesOfALayerTogether) {
    const std::vector<std::size_t> cuts = {2, 4};
    std::set<Genome> children;
    for (std::uint64_t seed = 0; seed < 50; ++seed) {
        Genome left = {0, 0, 0, 0, 0, 0};
        Genome right = {1, 1, 1, 1, 1, 1};
        Random random(seed);
        cross_single_point(left, right, cuts, random);
        for (std::size_t i = 0; i < left.size(); ++i) EXPECT_EQ(left[i] + right[i], 1) << "seed " << seed;
        children.insert(left);
    }
    EXPECT_EQ(children, (std::set<Genome>{{0, 0, 1, 1, 1, 1}, {0, 0, 0, 0, 1, 1}}));
}

TEST(Crossover, WithoutCutsChangesNothing) {
    Genome left = {0, 0};
    Genome right = {1, 1};
    Random random(1);
    cross_single_point(left, right, {}, random);
    EXPECT_EQ(left, (Genome{0, 0}));
    EXPECT_EQ(right, (Genome{1, 1}));
}

TEST(Mutation, GivesOtherAllelesAllEquallyLikely) {
    GenomeSpace space = toy::space(3, 5);
    space.alleles[2] = 1;
    Random random(1);
    std::map<int, int> seen;
    for (int i = 0; i < 8000; ++i) {
        Genome genome = {2, 0, 0};
        mutate(genome, 1.0, space, random);
        EXPECT_NE(genome[1], 0);
        EXPECT_EQ(genome[2], 0) << "a gene without choice";
        ++seen[genome[0]];
    }
    EXPECT_EQ(seen.count(2), 0U);
    for (const int allele : {0, 1, 3, 4}) EXPECT_NEAR(seen[allele], 2000, 150) << "allele " << allele;
}

TEST(Mutation, ChangesEachGeneWithItsProbability) {
    const GenomeSpace space = toy::space(20, 4);
    Random random(2);
    int changed = 0;
    for (int i = 0; i < 1000; ++i) {
        Genome genome(20, 1);
        mutate(genome, 0.05, space, random);
        for (const int allele : genome) changed += allele != 1 ? 1 : 0;
    }
    EXPECT_NEAR(changed, 1000, 125); // four standard deviations of 20,000 draws at 0.05
    Genome untouched(20, 1);
    mutate(untouched, 0.0, space, random);
    EXPECT_EQ(untouched, Genome(20, 1));
}

} // namespace
} // namespace tandem
