// What every algorithm on the list must keep to.
#include <algorithm>
#include <set>

#include <gtest/gtest.h>

#include "tandem/search/choices/choice_program.h"
#include "tandem/training/training.h"
#include "toy_problem.h"

namespace tandem {
namespace {

using Log = std::vector<std::vector<Genome>>;

/// All proposals of a search over the toy problem.
Log run(const GenomeSpace& space, const SearchOptions& options) {
    const auto algorithm = make_algorithm(space, options);
    Log log;
    for (;;) {
        std::vector<Genome> proposal = algorithm->propose();
        if (proposal.empty()) return log;
        std::vector<EvaluatedGenome> evaluated;
        for (const Genome& genome : proposal) evaluated.push_back({genome, toy::constrained(genome)});
        algorithm->report(evaluated);
        EXPECT_FALSE(algorithm->population().empty());
        log.push_back(std::move(proposal));
    }
}

class EveryAlgorithm : public testing::TestWithParam<std::string> {
  protected:
    void SetUp() override {
        if (GetParam() == "ddpg") {
            const auto trainer = load_trainer();
            if (!trainer) GTEST_SKIP() << to_string(trainer.error());
        }
        if (GetParam() == "integer-programming") {
            const auto solver = find_integer_solver();
            if (!solver) GTEST_SKIP() << to_string(solver.error());
        }
    }
    static const AlgorithmEntry& entry() {
        return *std::ranges::find(known_algorithms(), GetParam(), &AlgorithmEntry::name);
    }
    static SearchOptions options(std::int64_t population, std::int64_t generations, std::int64_t seed) {
        SearchOptions options;
        options.algorithm = GetParam();
        options.population = population;
        options.generations = generations;
        options.seed = seed;
        options.agent_updates = 1;
        return options;
    }
};

TEST_P(EveryAlgorithm, ProposesTheSameForTheSameSeedAlone) {
    const GenomeSpace space = toy::space(6, 4);
    const Log log = run(space, options(12, 8, 5));
    EXPECT_EQ(log, run(space, options(12, 8, 5)));
    if (entry().seeding == Seeding::seeded) {
        EXPECT_NE(log, run(space, options(12, 8, 6)));
    } else {
        EXPECT_EQ(log, run(space, options(12, 8, 6)));
    }
}

TEST_P(EveryAlgorithm, StaysInsideTheSpaceAndRepeatsNothing) {
    GenomeSpace space = toy::space(6, 4);
    space.alleles = {4, 1, 2, 5, 3, 4};
    for (const std::vector<std::size_t>& unordered : {std::vector<std::size_t>{}, {3, 4}}) {
        space.unordered_genes = unordered;
        for (const std::int64_t population : {1, 2, 3, 7, 16}) {
            std::set<Genome> seen;
            const Log log = run(space, options(population, 9, population));
            if (entry().ending == Ending::after_generations) {
                ASSERT_EQ(log.size(), 9U) << "population " << population;
            }
            for (const std::vector<Genome>& proposal : log) {
                if (entry().ending == Ending::after_generations) {
                    ASSERT_EQ(proposal.size(), static_cast<std::size_t>(population));
                }
                for (const Genome& genome : proposal) {
                    ASSERT_EQ(genome.size(), space.alleles.size());
                    for (std::size_t i = 0; i < genome.size(); ++i) {
                        ASSERT_GE(genome[i], 0);
                        ASSERT_LT(genome[i], space.alleles[i]);
                    }
                    ASSERT_TRUE(seen.insert(genome).second) << "population " << population;
                }
            }
        }
    }
}

TEST_P(EveryAlgorithm, StartsWithTheFirstGuesses) {
    GenomeSpace space = toy::space(6, 4);
    space.first_guesses = {Genome(6, 1), Genome(6, 3)};
    const Log log = run(space, options(5, 1, 1));
    ASSERT_FALSE(log.empty());
    EXPECT_EQ(log[0][0], Genome(6, 1));
    if (entry().ending == Ending::after_generations) {
        EXPECT_EQ(log.size(), 1U);
        EXPECT_EQ(log[0][1], Genome(6, 3));
    }
}

TEST_P(EveryAlgorithm, EndsWhenASmallSpaceIsExhausted) {
    for (const std::size_t genes : {0U, 1U, 2U, 3U}) {
        const GenomeSpace space = toy::space(genes, 3);
        std::set<Genome> seen;
        for (const std::vector<Genome>& proposal : run(space, options(4, 50, 1))) {
            seen.insert(proposal.begin(), proposal.end());
        }
        if (entry().ending == Ending::by_itself && GetParam() != "exhaustive") continue; // it has ended
        EXPECT_EQ(seen.size(), static_cast<std::size_t>(std::pow(3, genes))) << genes << " genes";
    }
}

TEST_P(EveryAlgorithm, DescribesWhatItReads) {
    SearchOptions described = options(4, 2, 1);
    const auto rows = list_fields([&](Fields& fields) { describe(fields, described); });
    EXPECT_GE(rows.size(), 6U);
    const GenomeSpace space = toy::space(3, 3);
    GenomeSpace with_machine = space;
    with_machine.unordered_genes = {2};
    EXPECT_TRUE(validate_search(with_machine, described, 2, "job.yaml"));
}

TEST_P(EveryAlgorithm, GoesOnWhenNothingFits) {
    const GenomeSpace space = toy::space(6, 4);
    const auto algorithm = make_algorithm(space, options(6, 4, 1));
    std::size_t proposals = 0;
    for (auto proposal = algorithm->propose(); !proposal.empty(); proposal = algorithm->propose()) {
        std::vector<EvaluatedGenome> evaluated;
        for (const Genome& genome : proposal) {
            evaluated.push_back({genome, {}});
            evaluated.back().evaluation.infeasible = Infeasible{"no mapping"};
        }
        if (entry().ending == Ending::after_generations) {
            ASSERT_EQ(evaluated.size(), 6U);
        }
        algorithm->report(evaluated);
        ASSERT_LT(++proposals, 1000U) << "it never ends";
    }
    if (entry().ending == Ending::after_generations) {
        EXPECT_EQ(proposals, 4U);
    }
}

std::vector<std::string> names() {
    std::vector<std::string> names;
    for (const AlgorithmEntry& entry : known_algorithms()) names.emplace_back(entry.name);
    return names;
}

INSTANTIATE_TEST_SUITE_P(Known, EveryAlgorithm, testing::ValuesIn(names()), [](const auto& parameter) {
    std::string name = parameter.param;
    std::erase(name, '-');
    return name;
});

TEST(AlgorithmList, IsSortedAndDescribed) {
    for (std::size_t i = 0; i < known_algorithms().size(); ++i) {
        EXPECT_TRUE(i == 0 || known_algorithms()[i - 1].name < known_algorithms()[i].name);
        EXPECT_FALSE(known_algorithms()[i].description.empty());
    }
}

} // namespace
} // namespace tandem
