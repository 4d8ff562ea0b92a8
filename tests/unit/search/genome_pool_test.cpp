#include "tandem/search/genome_pool.h"

#include <limits>
#include <set>

#include <gtest/gtest.h>

#include "tandem/core/check.h"
#include "toy_problem.h"

namespace tandem {
namespace {

TEST(GenomeCount, MultipliesAndStopsAtTheLargestNumber) {
    EXPECT_EQ(genome_count(toy::space(0, 2)), 1U);
    EXPECT_EQ(genome_count(toy::space(3, 4)), 64U);
    EXPECT_EQ(genome_count(toy::space(63, 2)), std::uint64_t{1} << 63U);
    EXPECT_EQ(genome_count(toy::space(64, 2)), std::numeric_limits<std::uint64_t>::max());
    EXPECT_EQ(genome_count(toy::space(100, 5)), std::numeric_limits<std::uint64_t>::max());
}

TEST(GenomePool, TakesEveryGenomeOfASmallSpaceOnce) {
    const GenomeSpace space = toy::space(4, 3);
    GenomePool pool(space);
    Random random(1);
    std::set<Genome> taken;
    while (!pool.is_exhausted()) taken.insert(pool.take_near(Genome(4, 1), random));
    EXPECT_EQ(taken.size(), 81U);
    EXPECT_TRUE(pool.take_random(5, random).empty());
    EXPECT_THROW(static_cast<void>(pool.take_near(Genome(4, 1), random)), InternalError);
}

TEST(GenomePool, TakesANewGenomeAsItIs) {
    const GenomeSpace space = toy::space(4, 3);
    GenomePool pool(space);
    Random random(1);
    EXPECT_EQ(pool.take_near({0, 1, 2, 0}, random), (Genome{0, 1, 2, 0}));
    EXPECT_NE(pool.take_near({0, 1, 2, 0}, random), (Genome{0, 1, 2, 0}));
}

TEST(GenomePool, LeavesAGeneWithoutChoiceAlone) {
    GenomeSpace space = toy::space(3, 2);
    space.alleles = {1, 2, 1};
    GenomePool pool(space);
    Random random(1);
    const std::vector<Genome> all = pool.take_random(9, random);
    EXPECT_EQ(std::set<Genome>(all.begin(), all.end()), (std::set<Genome>{{0, 0, 0}, {0, 1, 0}}));
}

TEST(GenomePool, StartsWithTheGuessesAndNoMoreThanAPopulation) {
    GenomeSpace space = toy::space(4, 3);
    space.first_guesses = {{0, 0, 0, 0}, {2, 2, 2, 2}, {0, 0, 0, 0}, {1, 1, 1, 1}};
    Random random(1);
    GenomePool pool(space);
    const std::vector<Genome> first = pool.take_first(5, random);
    ASSERT_EQ(first.size(), 5U);
    EXPECT_EQ(first[0], space.first_guesses[0]);
    EXPECT_EQ(first[1], space.first_guesses[1]);
    EXPECT_EQ(first[2], space.first_guesses[3]) << "a repeated guess is one guess";
    EXPECT_EQ(std::set<Genome>(first.begin(), first.end()).size(), 5U);

    GenomePool other(space);
    EXPECT_EQ(other.take_first(2, random), (std::vector<Genome>{{0, 0, 0, 0}, {2, 2, 2, 2}}));
}

TEST(GenomeSpace, IsCheckedBeforeASearch) {
    const auto broken = [](auto&& breakage) {
        GenomeSpace space = toy::space(3, 2);
        breakage(space);
        return space;
    };
    EXPECT_NO_THROW(check_space(toy::space(3, 2)));
    EXPECT_THROW(check_space(broken([](GenomeSpace& s) { s.gene_names.pop_back(); })), InternalError);
    EXPECT_THROW(check_space(broken([](GenomeSpace& s) { s.alleles[1] = 0; })), InternalError);
    EXPECT_THROW(check_space(broken([](GenomeSpace& s) { s.cut_points = {4}; })), InternalError);
    EXPECT_THROW(check_space(broken([](GenomeSpace& s) { s.first_guesses = {{0, 0}}; })), InternalError);
    EXPECT_THROW(check_space(broken([](GenomeSpace& s) { s.first_guesses = {{0, 2, 0}}; })), InternalError);
}

} // namespace
} // namespace tandem
