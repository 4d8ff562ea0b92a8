#include <algorithm>
#include <set>

#include <gtest/gtest.h>

#include "tandem/core/check.h"
#include "tandem/search/front.h"
#include "toy_problem.h"

namespace tandem {
namespace {

constexpr int kAlleles = 16;

/// What a search of 40 a generation finds on the 12-gene ZDT1 grid (16^12 genomes), as the
/// hypervolume against (1.1, 5) of all it evaluated. The whole front has 5.1299.
double found_hypervolume(const std::string& algorithm_name, std::int64_t generations, std::int64_t seed) {
    SearchOptions options;
    options.algorithm = algorithm_name;
    options.population = 40;
    options.generations = generations;
    options.seed = seed;
    const auto algorithm = make_algorithm(toy::space(12, kAlleles), options);
    std::vector<Objectives> points;
    for (auto proposal = algorithm->propose(); !proposal.empty(); proposal = algorithm->propose()) {
        std::vector<EvaluatedGenome> evaluated;
        for (const Genome& genome : proposal) {
            evaluated.push_back({genome, toy::zdt1(genome, kAlleles)});
            points.push_back(evaluated.back().evaluation.objectives);
        }
        algorithm->report(evaluated);
    }
    EXPECT_EQ(points.size(), static_cast<std::size_t>(40 * generations)) << "all distinct";
    return hypervolume(points, {1.1, 5.0});
}

TEST(Nsga2, FindsFarMoreThanRandomSearchWithTheSameEvaluations) {
    for (std::int64_t seed = 1; seed <= 11; ++seed) {
        EXPECT_GT(found_hypervolume("nsga2", 25, seed), 4.5) << "seed " << seed;
        EXPECT_LT(found_hypervolume("random", 25, seed), 3.5) << "seed " << seed;
    }
}

TEST(Nsga2, FindsTheWholeFrontInAHundredGenerations) {
    std::vector<Objectives> front;
    for (int allele = 0; allele < kAlleles; ++allele) {
        Genome best(12, 0);
        best[0] = allele;
        front.push_back(toy::zdt1(best, kAlleles).objectives);
    }
    for (std::int64_t seed = 1; seed <= 11; ++seed) {
        EXPECT_EQ(found_hypervolume("nsga2", 100, seed), hypervolume(front, {1.1, 5.0})) << "seed " << seed;
    }
}

TEST(Nsga2, KeepsTheBestOfParentsAndChildren) {
    const GenomeSpace space = toy::space(12, 8);
    const auto algorithm = make_algorithm(space, toy::options());
    std::vector<Genome> seen;
    std::vector<Evaluation> evaluations;
    for (auto proposal = algorithm->propose(); !proposal.empty(); proposal = algorithm->propose()) {
        std::vector<EvaluatedGenome> evaluated;
        for (const Genome& genome : proposal) {
            evaluated.push_back({genome, toy::constrained(genome)});
            seen.push_back(genome);
            evaluations.push_back(evaluated.back().evaluation);
        }
        algorithm->report(evaluated);
        // While the front of all seen fits into the population, none of it may be lost.
        const std::vector<std::size_t> front = front_indices(evaluations);
        if (front.size() > 10) continue;
        const std::vector<Genome> population = algorithm->population();
        ASSERT_LE(population.size(), 10U);
        for (const std::size_t index : front) {
            const bool is_kept = std::any_of(population.begin(), population.end(), [&](const Genome& g) {
                return toy::constrained(g).objectives == evaluations[index].objectives;
            });
            EXPECT_TRUE(is_kept) << "design " << index << " of " << seen.size();
        }
    }
}

TEST(Nsga2, FindsFeasibleDesignsBehindConstraints) {
    // Only genomes whose alleles are all 5 or more are feasible, one in 3 * 10^5 of eight genes;
    // the violation counts what is missing.
    const GenomeSpace space = toy::space(8, 8);
    SearchOptions options;
    options.seed = 3;
    const auto algorithm = make_algorithm(space, options);
    std::vector<Evaluation> all;
    for (auto proposal = algorithm->propose(); !proposal.empty(); proposal = algorithm->propose()) {
        std::vector<EvaluatedGenome> evaluated;
        for (const Genome& genome : proposal) {
            Evaluation evaluation = toy::zdt1(genome, 8);
            for (const int allele : genome) evaluation.violation += std::max(0, 5 - allele);
            evaluated.push_back({genome, evaluation});
            all.push_back(evaluation);
        }
        algorithm->report(evaluated);
    }
    EXPECT_FALSE(front_indices(all).empty());
}

TEST(Nsga2, RefusesAReportThatAnswersNothingProposed) {
    const auto algorithm = make_algorithm(toy::space(4, 4), toy::options());
    static_cast<void>(algorithm->propose());
    EXPECT_THROW(algorithm->report({}), InternalError);
}

TEST(Nsga2, ExchangesWholeLayersWhenItDoesNotMutate) {
    // Two layers of two genes, each layer uniform in the guesses: without mutation only re-mutated
    // duplicates can mix alleles inside a layer, and in the first brood there are new ones to find.
    GenomeSpace space = toy::space(4, 50);
    space.cut_points = {2, 4};
    for (int i = 0; i < 20; ++i) space.first_guesses.push_back(Genome(4, i));
    SearchOptions options;
    options.population = 20;
    options.generations = 2;
    options.crossover_probability = 1.0;
    options.mutation_probability = 1e-12;
    const auto algorithm = make_algorithm(space, options);
    std::vector<EvaluatedGenome> evaluated;
    for (const Genome& genome : algorithm->propose()) evaluated.push_back({genome, toy::zdt1(genome, 50)});
    algorithm->report(evaluated);
    int whole = 0;
    for (const Genome& genome : algorithm->propose()) {
        if (genome[0] == genome[1] && genome[2] == genome[3]) ++whole;
    }
    EXPECT_GE(whole, 12) << "of 20";
}

TEST(Nsga2, MutatesTheShareOfChildrenThatTheOptionSays) {
    // Without crossover a child is a copy of its parent, every gene of which mutation replaces; a copy that
    // is left alone is a duplicate and walks away by few genes.
    GenomeSpace space = toy::space(20, 50);
    SearchOptions options;
    options.population = 100;
    options.generations = 2;
    options.crossover_probability = 0.0;
    options.mutation_probability = 1.0;
    options.child_mutation_probability = 0.4;
    const auto algorithm = make_algorithm(space, options);
    std::vector<EvaluatedGenome> parents;
    for (const Genome& genome : algorithm->propose()) parents.push_back({genome, toy::zdt1(genome, 50)});
    algorithm->report(parents);
    const auto is_near_copy = [&](const Genome& child) {
        return std::ranges::any_of(parents, [&](const EvaluatedGenome& parent) {
            int changed = 0;
            for (std::size_t gene = 0; gene < child.size(); ++gene)
                changed += child[gene] != parent.genome[gene];
            return changed <= 5;
        });
    };
    const std::vector<Genome> children = algorithm->propose();
    // 40 expected, a standard deviation of 5.
    EXPECT_NEAR(static_cast<double>(std::ranges::count_if(children, is_near_copy)), 60.0, 15.0);
}

} // namespace
} // namespace tandem
