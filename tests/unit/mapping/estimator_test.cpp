#include <gtest/gtest.h>

#include "../machine/spatial/unit_machine.h"
#include "tandem/core/parallel.h"
#include "tandem/mapping/mapper.h"

namespace tandem {
namespace {

Workload three_layers() {
    return {.layers = {{"first", layer_of(2, 2, 3, 3, 2, 2)},
                       {"second", layer_of(4, 2, 3, 3, 1, 1)},
                       {"again", layer_of(2, 2, 3, 3, 2, 2)}}};
}

TEST(Estimator, AddsTheBestMappingOfEachLayer) {
    const MachinePointer machine = make_spatial(unit_description());
    const Estimator estimator(machine, MappingGoal::energy);
    const Workload workload = three_layers();
    const Cost cost = estimator.estimate(workload).value();
    EXPECT_EQ(cost.layer_names, (std::vector<std::string>{"first", "second", "again"}));
    ASSERT_EQ(cost.layers.size(), 3U);
    for (std::size_t i = 0; i < 3; ++i) {
        EXPECT_EQ(cost.layers[i], map_layer(workload.layers[i].work, *machine, MappingGoal::energy)->cost);
    }
    EXPECT_EQ(cost.weight_storage, workload.weight_storage());
}

TEST(Estimator, PricesEachDistinctLayerOnce) {
    const Estimator estimator(make_spatial(unit_description()), MappingGoal::energy);
    EXPECT_EQ(estimator.layers_priced(), 0U);
    ASSERT_TRUE(estimator.estimate(three_layers()).has_value());
    ASSERT_TRUE(estimator.estimate(three_layers()).has_value());
    EXPECT_EQ(estimator.layers_priced(), 2U);
}

TEST(Estimator, RecallsWhatAnotherProcessFound) {
    const MachinePointer machine = make_spatial(unit_description());
    Workload workload = three_layers();
    const LayerWork large = layer_of(1, 1, 1, 1, 30, 30);
    const Estimator first(machine, MappingGoal::energy);
    const Cost found = first.estimate(workload).value();
    const auto infeasible = first.map(large);
    ASSERT_FALSE(infeasible.has_value());
    const std::vector<KeptSchedule> kept = first.take_found();
    EXPECT_EQ(kept.size(), 3U);
    EXPECT_TRUE(first.take_found().empty()) << "each is taken once";

    const Estimator second(machine, MappingGoal::energy);
    second.recall(kept);
    EXPECT_EQ(second.estimate(workload)->layers, found.layers);
    EXPECT_EQ(second.map(large).error().reason, infeasible.error().reason);
    const MappedLayer before = first.map(workload.layers[0].work).value();
    const MappedLayer after = second.map(workload.layers[0].work).value();
    EXPECT_EQ(after.mapping, before.mapping);
    EXPECT_EQ(after.search, before.search);
    EXPECT_EQ(second.layers_priced(), 3U);
    EXPECT_EQ(second.layers_searched(), 0U);
    EXPECT_EQ(second.take_found(), kept) << "for a store of its own";
}

TEST(Estimator, RecallsNothingOfOtherMachinesOptionsOrNonsense) {
    const Estimator first(make_spatial(unit_description()), MappingGoal::energy);
    const Cost cost = first.estimate(three_layers()).value();
    const std::vector<KeptSchedule> kept = first.take_found();
    spatial::Description other = unit_description();
    other.array.rows = 3;
    const Estimator elsewhere(make_spatial(other), MappingGoal::energy);
    elsewhere.recall(kept);
    ASSERT_TRUE(elsewhere.estimate(three_layers()).has_value());
    EXPECT_EQ(elsewhere.layers_searched(), 2U);
    const Estimator fastest(make_spatial(unit_description()), MappingGoal::cycles);
    fastest.recall(kept);
    ASSERT_TRUE(fastest.estimate(three_layers()).has_value());
    EXPECT_EQ(fastest.layers_searched(), 2U);
    // The text of one layer under the key of another, and no text at all.
    const Estimator confused(make_spatial(unit_description()), MappingGoal::energy);
    confused.recall({{kept[0].key, kept[1].text}, {kept[1].key, "{\"mapping\": 3}"}});
    EXPECT_EQ(confused.estimate(three_layers())->layers, cost.layers);
    EXPECT_EQ(confused.layers_searched(), 2U);
}

TEST(Estimator, NamesTheLayerThatDoesNotFit) {
    const Estimator estimator(make_spatial(unit_description()), MappingGoal::energy);
    Workload workload = three_layers();
    workload.layers[1].work = layer_of(1, 1, 1, 1, 30, 30);
    const auto cost = estimator.estimate(workload);
    ASSERT_FALSE(cost.has_value());
    EXPECT_EQ(cost.error().reason, "second: buffer: found a smallest tile of 3,602 bytes, holds 1,024 bytes");
    EXPECT_EQ(estimator.map(workload.layers[1].work).error().reason,
              "buffer: found a smallest tile of 3,602 bytes, holds 1,024 bytes");
}

TEST(Estimator, AnswersManyThreadsAlike) {
    const Estimator estimator(make_spatial(unit_description()), MappingGoal::energy_delay);
    std::vector<double> energies(200);
    parallel_for(energies.size(), [&](std::size_t i) {
        const auto size = static_cast<std::int64_t>(i % 5 + 1);
        energies[i] = estimator.map(layer_of(size, 2, size, 3, 2, 2))->cost.energy().value;
    });
    for (std::size_t i = 5; i < energies.size(); ++i) EXPECT_EQ(energies[i], energies[i % 5]);
    EXPECT_EQ(estimator.layers_priced(), 5U);
}

} // namespace
} // namespace tandem
