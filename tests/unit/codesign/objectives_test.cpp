#include "tandem/codesign/objectives.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace tandem {
namespace {

TEST(Objectives, AreSortedByName) {
    const std::vector<std::string> names = objective_names();
    EXPECT_TRUE(std::is_sorted(names.begin(), names.end()));
}

TEST(Objectives, MinimiseWhatIsMaximisedAsItsComplement) {
    const Objective& accuracy = *find_objectives({"accuracy"}).front();
    EXPECT_DOUBLE_EQ(to_minimized(accuracy, 0.75), 0.25);
    EXPECT_DOUBLE_EQ(from_minimized(accuracy, 0.25), 0.75);
    const Objective& energy = *find_objectives({"energy"}).front();
    EXPECT_DOUBLE_EQ(to_minimized(energy, 12.0), 12.0);
}

TEST(Objectives, ReadTheirFigureFromQualityAndCost) {
    LayerCost layer;
    layer.cycles = Cycles(100);
    layer.compute_energy = NormalizedEnergy(7.0);
    const Cost cost{.layer_names = {"a"}, .layers = {layer}, .weight_storage = Bits(12)};
    const Quality quality{.accuracy = 0.5, .kl_divergence = 0.125, .samples = 10};
    const std::vector<std::string> names{"accuracy", "divergence", "energy", "latency", "storage"};
    const std::vector<double> expected{0.5, 0.125, 7.0, 100.0, 2.0};
    const std::vector<const Objective*> objectives = find_objectives(names);
    for (std::size_t i = 0; i < names.size(); ++i) {
        EXPECT_DOUBLE_EQ(objectives[i]->value(quality, cost), expected[i]) << names[i];
    }
}

} // namespace
} // namespace tandem
