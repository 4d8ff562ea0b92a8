// A real space that can be known by heart: 8 layers of four widths, 2^16 designs.
#include <array>
#include <set>

#include <gtest/gtest.h>

#include "tandem/search/front.h"
#include "toy_problem.h"

namespace tandem {
namespace {

constexpr std::size_t kLayers = 8;
constexpr std::size_t kWidths = 4; ///< 2, 4, 6 and 8 bits

/// Energy in thousands of 16-bit multiply-accumulates: `tandem map networks/resnet8-fashion.onnx
/// machines/spatial-256.yaml --weight-bits B --activation-bits B`, the layers without the shortcuts.
constexpr std::array<std::array<double, kWidths>, kLayers> kEnergy = {{{842, 1269, 1741, 2125},
                                                                       {2229, 4271, 8386, 9298},
                                                                       {2229, 4271, 8386, 9298},
                                                                       {1354, 2613, 5131, 5168},
                                                                       {1992, 4362, 7086, 7786},
                                                                       {1458, 2876, 5011, 5728},
                                                                       {2544, 5086, 9146, 10360},
                                                                       {23, 44, 65, 85}}};
/// Energy against noise, both minimised: rounding to B bits adds a share 4^-B of its signal's power to a
/// layer's output, whatever the layer.
Evaluation allocate(const Genome& genome) {
    Evaluation evaluation;
    evaluation.objectives = {0.0, 0.0};
    for (std::size_t layer = 0; layer < kLayers; ++layer) {
        const auto width = static_cast<std::size_t>(genome[layer]);
        evaluation.objectives[0] += kEnergy[layer][width];
        evaluation.objectives[1] += 1.0 / static_cast<double>(1 << (4 * (width + 1)));
    }
    return evaluation;
}

std::set<Objectives> front_of(const std::vector<Evaluation>& evaluations) {
    std::set<Objectives> front;
    for (const std::size_t index : front_indices(evaluations)) front.insert(evaluations[index].objectives);
    return front;
}

std::vector<Evaluation> search(const std::string& algorithm_name, std::int64_t seed) {
    SearchOptions options;
    options.algorithm = algorithm_name;
    options.population = 100;
    options.generations = 100;
    options.seed = seed;
    options.exhaustive_limit = 1 << 16;
    std::vector<Evaluation> evaluations;
    const auto algorithm = make_algorithm(toy::space(kLayers, kWidths), options);
    for (auto proposal = algorithm->propose(); !proposal.empty(); proposal = algorithm->propose()) {
        std::vector<EvaluatedGenome> evaluated;
        for (const Genome& genome : proposal) {
            evaluated.push_back({genome, allocate(genome)});
            evaluations.push_back(evaluated.back().evaluation);
        }
        algorithm->report(evaluated);
    }
    return evaluations;
}

TEST(BitAllocation, WholeExactFrontIsFoundInAHundredGenerations) {
    const std::vector<Evaluation> all = search("exhaustive", 1);
    ASSERT_EQ(all.size(), 65536U);
    const std::set<Objectives> exact = front_of(all);
    int whole = 0;
    for (std::int64_t seed = 1; seed <= 11; ++seed) {
        const std::vector<Evaluation> evaluations = search("nsga2", seed);
        EXPECT_EQ(evaluations.size(), 10'000U);
        const std::set<Objectives> found = front_of(evaluations);
        if (found == exact) ++whole;
    }
    EXPECT_GE(whole, 10) << "of 11 seeds; the front has " << exact.size() << " designs";
}

} // namespace
} // namespace tandem
