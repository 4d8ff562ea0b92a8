#include "tandem/search/variation.h"

#include <map>
#include <set>

#include <gtest/gtest.h>

#include "toy_problem.h"

namespace tandem {
namespace {

/// What becomes of a genome of zeros that meets one of ones, over many draws.
std::set<Genome> children_of(const GenomeSpace& space) {
    const Crossover crossover(space);
    std::set<Genome> children;
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
        Genome left(space.alleles.size(), 0);
        Genome right(space.alleles.size(), 1);
        Random random(seed);
        crossover.cross(left, right, random);
        for (std::size_t i = 0; i < left.size(); ++i) EXPECT_EQ(left[i] + right[i], 1) << "seed " << seed;
        children.insert(left);
    }
    return children;
}

TEST(Crossover, CutsWhereSomethingIsParted) {
    GenomeSpace space = toy::space(4, 2);
    EXPECT_EQ(children_of(space), (std::set<Genome>{{0, 1, 1, 1}, {0, 0, 1, 1}, {0, 0, 0, 1}}));
    space.cut_points = {0, 2, 4};
    EXPECT_EQ(children_of(space), (std::set<Genome>{{0, 0, 1, 1}}));
    space.cut_points = {4};
    EXPECT_EQ(children_of(space), (std::set<Genome>{{0, 0, 0, 0}})) << "one layer: nothing to exchange";
    EXPECT_EQ(children_of(toy::space(0, 2)), (std::set<Genome>{{}}));
}

TEST(Crossover, KeepsTheGenesOfALayerTogether) {
    GenomeSpace space = toy::space(6, 2);
    space.cut_points = {2, 4};
    EXPECT_EQ(children_of(space), (std::set<Genome>{{0, 0, 1, 1, 1, 1}, {0, 0, 0, 0, 1, 1}}));
}

TEST(Crossover, ExchangesUnorderedGenesOneByOne) {
    GenomeSpace space = toy::space(5, 2);
    space.cut_points = {2};
    space.unordered_genes = {1, 4};
    std::set<Genome> expected;
    for (const int first : {0, 1}) {
        for (const int second : {0, 1}) expected.insert({0, first, 1, 1, second});
    }
    EXPECT_EQ(children_of(space), expected);
    space.unordered_genes = {0, 1, 2, 3, 4};
    EXPECT_EQ(children_of(space).size(), 32U) << "uniform crossover alone";
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
