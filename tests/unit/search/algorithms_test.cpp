// What single algorithms promise beyond the contract of all.
#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <set>

#include <gtest/gtest.h>

#include "tandem/search/front.h"
#include "toy_problem.h"

namespace tandem {
namespace {

using Evaluate = std::function<Evaluation(const Genome&)>;

struct Found {
    std::vector<Genome> genomes; ///< in order of proposal
    std::vector<Evaluation> evaluations;
    std::vector<Genome> population; ///< at the end
};

Found run(const GenomeSpace& space, const SearchOptions& options, const Evaluate& evaluate) {
    Found found;
    const auto algorithm = make_algorithm(space, options);
    for (auto proposal = algorithm->propose(); !proposal.empty(); proposal = algorithm->propose()) {
        std::vector<EvaluatedGenome> evaluated;
        for (const Genome& genome : proposal) {
            evaluated.push_back({genome, evaluate(genome)});
            found.genomes.push_back(genome);
            found.evaluations.push_back(evaluated.back().evaluation);
        }
        algorithm->report(evaluated);
        found.population = algorithm->population();
    }
    return found;
}

Evaluation of(Objectives objectives) {
    Evaluation evaluation;
    evaluation.objectives = std::move(objectives);
    return evaluation;
}

SearchOptions with(const std::string& algorithm, std::int64_t population, std::int64_t generations) {
    SearchOptions options;
    options.algorithm = algorithm;
    options.population = population;
    options.generations = generations;
    options.seed = 5;
    return options;
}

/// The objectives of all that was found, against a reference.
double volume(const Found& found, const Objectives& reference) {
    std::vector<Objectives> points;
    for (const Evaluation& evaluation : found.evaluations) points.push_back(evaluation.objectives);
    return hypervolume(points, reference);
}

/// Four objectives, DTLZ2 on a grid: the first three genes place, the others should be in the middle.
Evaluation sphere(const Genome& genome) {
    constexpr double kQuarter = 1.5707963267948966;
    double g = 0.0;
    for (std::size_t i = 3; i < genome.size(); ++i) g += std::pow(genome[i] / 10.0 - 0.5, 2);
    Objectives f(4, 1.0 + g);
    for (std::size_t i = 0; i < 3; ++i) {
        const double angle = genome[i] / 10.0 * kQuarter;
        for (std::size_t k = 0; k < 3 - i; ++k) f[k] *= std::cos(angle);
        f[3 - i] *= std::sin(angle);
    }
    return of(f);
}

TEST(ManyObjectives, AreFoundFarBetterThanByChance) {
    const GenomeSpace space = toy::space(9, 11);
    const Objectives reference(4, 1.5);
    const double chance = volume(run(space, with("random", 40, 30), sphere), reference);
    for (const std::string algorithm : {"nsga2", "nsga3", "spea2"}) {
        const double found = volume(run(space, with(algorithm, 40, 30), sphere), reference);
        EXPECT_GT(found, chance + 0.15) << algorithm << ", by chance " << chance;
    }
}

TEST(ManyObjectives, SpreadThePopulationOverTheFront) {
    const GenomeSpace space = toy::space(9, 11);
    for (const std::string algorithm : {"nsga3", "spea2"}) {
        const Found found = run(space, with(algorithm, 40, 40), sphere);
        std::vector<Objectives> points;
        for (const Genome& genome : found.population) points.push_back(sphere(genome).objectives);
        EXPECT_GT(hypervolume(points, Objectives(4, 1.5)), 4.2) << algorithm; // the whole front has 4.55
        for (std::size_t i = 0; i < 4; ++i) {
            double least = 2.0;
            for (const Objectives& point : points) least = std::min(least, point[i]);
            EXPECT_LT(least, 0.25) << algorithm << ": no design near the end of objective " << i;
        }
    }
}

TEST(PenaltyNsga2, ComparesDesignsBeyondTheThresholdOnThePenalty) {
    // The second objective falls as the first rises; designs whose first is above 10 must not survive.
    const GenomeSpace space = toy::space(1, 40);
    const auto trade = [](const Genome& genome) { return of({double(genome[0]), 39.0 - genome[0]}); };
    SearchOptions options = with("nsga2-penalty", 4, 9);
    options.penalty_objective = 0;
    options.penalty_threshold = 10.0;
    const Found found = run(space, options, trade);
    for (const Genome& genome : found.population) EXPECT_LE(genome[0], 10);
    const Found plain = run(space, with("nsga2", 4, 9), trade);
    EXPECT_TRUE(std::ranges::any_of(plain.population, [](const Genome& genome) { return genome[0] > 10; }));
}

/// A quadratic bowl with its bottom at allele 5 of every gene.
Evaluation bowl(const Genome& genome) {
    double sum = 1.0;
    for (const int allele : genome) sum += (allele - 5.0) * (allele - 5.0);
    return of({sum});
}

TEST(SingleObjective, IsMinimisedByTheGeneticAlgorithmAndByAnnealing) {
    GenomeSpace space = toy::space(8, 12);
    space.first_guesses = {Genome(8, 11)};
    for (const std::string algorithm : {"genetic", "annealing"}) {
        const Found found = run(space, with(algorithm, 20, 120), bowl);
        double best = 1e9;
        for (const Evaluation& evaluation : found.evaluations)
            best = std::min(best, evaluation.objectives[0]);
        EXPECT_LE(best, 4.0) << algorithm << ": the best of 12^8 designs has 1, chance finds 40";
    }
}

TEST(Fitness, OfAccuracyAndCostIsTheStatedOne) {
    // By hand, t = 0.1, reference (0.2, 100): (0.25, 50) is worth 0.5 ln 2 = 0.347, (0.29, 10) 0.1 ln 10 =
    // 0.230, (0.2, 80) ln 1.25 = 0.223 and (0.4, 200) (-1)(-ln 2), which counts as -0.693.
    const std::vector<Objectives> worth = {{0.2, 100}, {0.25, 50}, {0.29, 10}, {0.2, 80}, {0.4, 200}};
    GenomeSpace space = toy::space(1, 5);
    space.first_guesses = {{0}};
    SearchOptions options = with("genetic", 5, 1);
    options.fitness = std::string(kAccuracyCostFitness);
    options.fitness_tolerance = 0.1;
    const Found found = run(
        space, options, [&](const Genome& genome) { return of(worth[static_cast<std::size_t>(genome[0])]); });
    EXPECT_EQ(found.population, (std::vector<Genome>{{1}, {2}, {3}, {0}, {4}}));
}

TEST(Fitness, WeighsObjectivesRelativeToTheReference) {
    const std::vector<Objectives> values = {{1, 100}, {2, 10}, {0.5, 120}};
    GenomeSpace space = toy::space(1, 3);
    space.first_guesses = {{0}};
    SearchOptions options = with("genetic", 3, 1);
    const auto order = [&] {
        return run(space, options,
                   [&](const Genome& genome) { return of(values[static_cast<std::size_t>(genome[0])]); })
            .population;
    };
    EXPECT_EQ(order(), (std::vector<Genome>{{2}, {0}, {1}})); // 1.7, 2, 2.1
    options.fitness_weights = {0.1, 2.0};
    EXPECT_EQ(order(), (std::vector<Genome>{{1}, {0}, {2}})); // 0.4, 2.1, 2.45
}

TEST(Greedy, TakesTheStepThatLosesLeastForWhatItGains) {
    // Two layers of three widths; losing a width of layer 0 costs little and saves much at first.
    GenomeSpace space = toy::space(2, 3);
    const auto evaluate = [](const Genome& genome) {
        const double loss[2][3] = {{9, 1, 0}, {4, 2, 0}};
        const double cost[2][3] = {{1, 4, 10}, {2, 6, 10}};
        const auto a = static_cast<std::size_t>(genome[0]);
        const auto b = static_cast<std::size_t>(genome[1]);
        return of({loss[0][a] + loss[1][b], cost[0][a] + cost[1][b]});
    };
    const Found found = run(space, with("greedy", 10, 1), evaluate);
    // From (2,2): 1 for 6 beats 2 for 4. From (1,2): 2 for 4 beats 8 for 3. From (1,1): 2 for 4 again.
    const std::vector<Genome> expected = {{2, 2}, {1, 2}, {2, 1}, {0, 2}, {1, 1}, {0, 1}, {1, 0}, {0, 0}};
    EXPECT_EQ(found.genomes, expected);
}

TEST(Greedy, SeesBehindAStepWithLookahead) {
    // Layer 1's first step is dear but its second is a gift; without lookahead layer 0 goes first.
    GenomeSpace space = toy::space(2, 3);
    const auto evaluate = [](const Genome& genome) {
        const double loss[2][3] = {{6, 3, 0}, {4, 4, 0}};
        const double cost[2][3] = {{8, 9, 10}, {0, 9, 10}};
        const auto a = static_cast<std::size_t>(genome[0]);
        const auto b = static_cast<std::size_t>(genome[1]);
        return of({loss[0][a] + loss[1][b], cost[0][a] + cost[1][b]});
    };
    const auto path_begins = [&](std::int64_t lookahead) {
        SearchOptions options = with("greedy", 100, 1);
        options.lookahead = lookahead;
        const auto algorithm = make_algorithm(space, options);
        std::vector<Genome> path;
        for (auto proposal = algorithm->propose(); !proposal.empty(); proposal = algorithm->propose()) {
            std::vector<EvaluatedGenome> evaluated;
            for (const Genome& genome : proposal) evaluated.push_back({genome, evaluate(genome)});
            algorithm->report(evaluated);
            const Genome here = algorithm->population().front();
            if (path.empty() || path.back() != here) path.push_back(here);
        }
        return path.at(1);
    };
    EXPECT_EQ(path_begins(1), (Genome{1, 2}));
    EXPECT_EQ(path_begins(2), (Genome{2, 1}));
}

TEST(Greedy, BeginsAtTheFirstGuessThatFits) {
    GenomeSpace space = toy::space(2, 4);
    space.first_guesses = {{3, 3}, {2, 2}, {1, 1}};
    const auto evaluate = [](const Genome& genome) {
        Evaluation evaluation;
        if (genome[0] == 3) {
            evaluation.infeasible = Infeasible{"too wide"};
        } else {
            evaluation.objectives = {6.0 - genome[0] - genome[1], 1.0 + genome[0] + genome[1]};
        }
        return evaluation;
    };
    const Found found = run(space, with("greedy", 10, 1), evaluate);
    ASSERT_GE(found.genomes.size(), 2U);
    EXPECT_EQ(found.genomes[0], (Genome{3, 3}));
    EXPECT_EQ(found.genomes[1], (Genome{2, 2}));
    EXPECT_EQ(found.genomes.back(), (Genome{0, 0}));
}

TEST(Greedy, StopsWhereNoStepKeepsTheConstraint) {
    const auto evaluate = [](const Genome& genome) {
        Evaluation evaluation = of({4.0 - genome[0], double(genome[0])});
        evaluation.violation = genome[0] < 2 ? 1.0 : 0.0;
        return evaluation;
    };
    const Found found = run(toy::space(1, 5), with("greedy", 4, 1), evaluate);
    EXPECT_EQ(found.genomes, (std::vector<Genome>{{4}, {3}, {2}, {1}}));
    EXPECT_EQ(found.population, (std::vector<Genome>{{2}}));
}

TEST(Exhaustive, ProposesEveryGenomeOnce) {
    GenomeSpace space = toy::space(3, 3);
    space.alleles = {3, 1, 4};
    space.first_guesses = {{2, 0, 1}, {2, 0, 1}};
    const Found found = run(space, with("exhaustive", 5, 1), [](const Genome&) { return of({1}); });
    EXPECT_EQ(found.genomes.size(), 12U);
    EXPECT_EQ(std::set<Genome>(found.genomes.begin(), found.genomes.end()).size(), 12U);
    EXPECT_EQ(found.genomes.front(), (Genome{2, 0, 1}));
}

TEST(Exhaustive, RefusesASpaceBeyondItsLimit) {
    SearchOptions options = with("exhaustive", 5, 1);
    options.exhaustive_limit = 26;
    const auto refused = validate_search(toy::space(3, 3), options, 2, "job.yaml");
    ASSERT_FALSE(refused);
    EXPECT_EQ(to_string(refused.error()),
              "job.yaml: search.algorithm: found exhaustive over 27 designs, expected at most "
              "search.exhaustive_limit, 26; or another algorithm");
    options.exhaustive_limit = 27;
    EXPECT_TRUE(validate_search(toy::space(3, 3), options, 2, "job.yaml"));
}

TEST(ValidateSearch, GathersWhatDoesNotGoTogether) {
    SearchOptions options = with("nested", 5, 1);
    options.fitness = std::string(kAccuracyCostFitness);
    options.fitness_weights = {1, 1, 1};
    const auto refused = validate_search(toy::space(3, 3), options, 1, "job.yaml");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().problems.size(), 3U) << to_string(refused.error());
    SearchOptions annealing = with("annealing", 5, 1);
    annealing.final_temperature = 1.0;
    EXPECT_FALSE(validate_search(toy::space(3, 3), annealing, 1, "job.yaml"));
    SearchOptions penalty = with("nsga2-penalty", 5, 1);
    penalty.penalty_objective = 2;
    EXPECT_FALSE(validate_search(toy::space(3, 3), penalty, 2, "job.yaml"));
}

TEST(Nested, SearchesTheInnerGenesForEachOuterChoice) {
    GenomeSpace space = toy::space(6, 8);
    space.unordered_genes = {0, 3};
    SearchOptions options = with("nested", 4, 3);
    options.inner_population = 6;
    options.inner_generations = 4;
    const Found found = run(space, options, bowl);
    EXPECT_EQ(found.genomes.size(), 4U * 3U * 6U * 4U);
    std::map<Genome, int> outers;
    for (const Genome& genome : found.genomes) ++outers[{genome[0], genome[3]}];
    EXPECT_EQ(outers.size(), 12U) << "no outer genome twice";
    for (const auto& [outer, count] : outers) EXPECT_EQ(count, 24);
}

TEST(Surrogate, FindsMoreWithTheSameEvaluations) {
    const GenomeSpace space = toy::space(12, 16);
    double plain = 0.0;
    double screened = 0.0;
    for (std::int64_t seed = 1; seed <= 5; ++seed) {
        SearchOptions options = with("nsga2", 20, 15);
        options.seed = seed;
        const auto evaluate = [](const Genome& genome) { return toy::zdt1(genome, 16); };
        const Found without = run(space, options, evaluate);
        options.surrogate_candidates = 4;
        const Found found = run(space, options, evaluate);
        EXPECT_EQ(found.genomes.size(), 300U) << "guesses are no evaluations";
        EXPECT_EQ(std::set<Genome>(found.genomes.begin(), found.genomes.end()).size(), 300U);
        plain += volume(without, {1.1, 5.0});
        screened += volume(found, {1.1, 5.0});
    }
    EXPECT_GT(screened, plain);
}

} // namespace
} // namespace tandem
