// What integer programming promises alone: on losses that add up and costs that are products of a layer's
// widths it finds designs of the true front.
#include <set>

#include <gtest/gtest.h>

#include "tandem/search/choices/choice_program.h"
#include "tandem/search/front.h"
#include "toy_problem.h"

namespace tandem {
namespace {

constexpr std::size_t kLayers = 3;
constexpr int kWidths = 4;

/// Weight and activation widths of 1 to 4 bits a layer.
GenomeSpace layers() {
    GenomeSpace space = toy::space(2 * kLayers, kWidths);
    space.cut_points = {2, 4};
    return space;
}

/// Noise 4^-bits of both operands, layer 2 counting most; cycles are the product of the widths.
Evaluation allocate(const Genome& genome) {
    Evaluation evaluation;
    evaluation.objectives = {0.0, 100.0};
    for (std::size_t gene = 0; gene < genome.size(); ++gene) {
        const double weight = gene / 2 == 1 ? 8.0 : 1.0;
        evaluation.objectives[0] += weight / static_cast<double>(1 << (2 * (genome[gene] + 1)));
    }
    for (std::size_t layer = 0; layer < kLayers; ++layer) {
        evaluation.objectives[1] += 10.0 * (genome[2 * layer] + 1) * (genome[2 * layer + 1] + 1);
    }
    return evaluation;
}

struct Searched {
    std::vector<Genome> genomes;
    std::vector<Evaluation> evaluations;
};

template <class Evaluate> Searched search(const GenomeSpace& space, const Evaluate& evaluate) {
    SearchOptions options;
    options.algorithm = "integer-programming";
    options.population = 16;
    const auto algorithm = make_algorithm(space, options);
    Searched searched;
    for (auto proposal = algorithm->propose(); !proposal.empty(); proposal = algorithm->propose()) {
        std::vector<EvaluatedGenome> evaluated;
        for (const Genome& genome : proposal) {
            evaluated.push_back({genome, evaluate(genome)});
            searched.genomes.push_back(genome);
            searched.evaluations.push_back(evaluated.back().evaluation);
        }
        algorithm->report(evaluated);
    }
    return searched;
}

std::set<Objectives> front_of(const std::vector<Evaluation>& evaluations) {
    std::set<Objectives> front;
    for (const std::size_t index : front_indices(evaluations)) front.insert(evaluations[index].objectives);
    return front;
}

class IntegerProgrammingSearch : public testing::Test {
  protected:
    void SetUp() override {
        if (const auto solver = find_integer_solver(); !solver) GTEST_SKIP() << to_string(solver.error());
    }
};

TEST_F(IntegerProgrammingSearch, FindsTheFrontWhereLossesAddUp) {
    std::vector<Evaluation> all;
    Genome genome(2 * kLayers, 0);
    for (int count = 0; count < 4096; ++count) {
        for (std::size_t gene = 0; gene < genome.size(); ++gene) {
            genome[gene] = count >> (2 * gene) & 3;
        }
        all.push_back(allocate(genome));
    }
    const std::set<Objectives> exact = front_of(all);
    const Searched searched = search(layers(), allocate);
    const std::set<Objectives> found = front_of(searched.evaluations);
    for (const Objectives& point : found) EXPECT_TRUE(exact.contains(point)) << point[0] << ' ' << point[1];
    EXPECT_GE(2 * found.size(), exact.size()) << found.size() << " of " << exact.size();
    EXPECT_LT(searched.genomes.size(), 200U) << "of 4,096";
}

TEST_F(IntegerProgrammingSearch, MeasuresEveryChangeAloneAndEachPairOnce) {
    const Searched searched = search(layers(), allocate);
    // The widest, three other alleles a gene, one pair a layer.
    ASSERT_GT(searched.genomes.size(), 1U + 6U * 3U + kLayers);
    EXPECT_EQ(searched.genomes[0], Genome(6, 3));
    for (std::size_t i = 1; i < 1 + 6 * 3 + kLayers; ++i) {
        std::size_t changed = 0;
        for (const int allele : searched.genomes[i]) changed += allele != 3 ? 1U : 0U;
        EXPECT_LE(changed, 2U);
    }
}

TEST_F(IntegerProgrammingSearch, ReadsTheLossFromTheDetailsWhereTheySayIt) {
    // The first objective says nothing; the details say what allocate() loses.
    const Searched searched = search(layers(), [](const Genome& genome) {
        Evaluation evaluation = allocate(genome);
        evaluation.details = "{\"kl_divergence\":" + std::to_string(evaluation.objectives[0]) + "}";
        evaluation.objectives[0] = 0.5;
        return evaluation;
    });
    std::vector<Evaluation> truly;
    for (const Genome& genome : searched.genomes) truly.push_back(allocate(genome));
    const Searched direct = search(layers(), allocate);
    EXPECT_EQ(front_of(truly), front_of(direct.evaluations));
}

TEST_F(IntegerProgrammingSearch, LeavesOutWhatDoesNotFitAlone) {
    const Searched searched = search(layers(), [](const Genome& genome) {
        Evaluation evaluation = allocate(genome);
        if (genome[0] != 0) return evaluation;
        return Evaluation{.objectives = {}, .violation = 0.0, .infeasible = Infeasible{"no"}, .details = {}};
    });
    std::size_t infeasible = 0;
    for (const Evaluation& evaluation : searched.evaluations) infeasible += evaluation.infeasible ? 1U : 0U;
    EXPECT_LE(infeasible, 2U) << "alone, and with its layer's other gene";
    EXPECT_GT(front_of(searched.evaluations).size(), 5U);
}

TEST_F(IntegerProgrammingSearch, NeedsSomethingToBound) {
    SearchOptions options;
    options.algorithm = "integer-programming";
    const auto refused = validate_search(layers(), options, 1, "job.yaml");
    ASSERT_FALSE(refused);
    EXPECT_NE(to_string(refused.error()).find("two objectives"), std::string::npos);
    EXPECT_TRUE(validate_search(layers(), options, 2, "job.yaml"));
}

} // namespace
} // namespace tandem
