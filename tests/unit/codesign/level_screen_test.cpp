#include "tandem/codesign/level_screen.h"

#include <gtest/gtest.h>

#include "tandem/network/topologies/topologies.h"

namespace tandem {
namespace {

class LevelScreenOfResnet8 : public testing::Test {
  protected:
    void SetUp() override {
        const Network network =
            find_topology("resnet8")->build({.input_shape = {kBatch, 1, 28, 28}, .classes = 10, .seed = 1});
        Strategy strategy;
        for (const Node* layer : layers(network)) {
            strategy.layers.push_back({.layer = layer->name, .weight_bits = 8, .activation_bits = 8});
        }
        workload_ = make_workload(network, strategy);
        const auto loaded = load_machine(std::string(TANDEM_SOURCE_DIR) + "/machines/spatial-256.yaml");
        ASSERT_TRUE(loaded) << to_string(loaded.error());
        machine_ = *loaded;
        steps_ = tandem::refine(workload_, *machine_, {}, {});
        ASSERT_EQ(steps_.size(), 3U);
        // From here on the energies of the levels rise: a target fits between any two.
        ASSERT_LT(energy(0), energy(1));
        ASSERT_LT(energy(1), energy(2));
    }
    double energy(std::size_t level) const { return steps_[level].total.energy.value; }
    std::string coarse_and_mid(double target) const {
        const LevelScreen screen(machine_, {.cycles = {}, .energy = target, .dram_bytes = {}});
        const auto missed = screen.sent_back(workload_);
        return missed ? missed->reason : "";
    }

    Workload workload_;
    MachinePointer machine_;
    std::vector<RefinementStep> steps_;
};

TEST_F(LevelScreenOfResnet8, SendsBackFromTheLevelThatMisses) {
    EXPECT_NE(coarse_and_mid(0.5 * energy(0)).find("back from the coarse level: more than"),
              std::string::npos);
    EXPECT_NE(coarse_and_mid(0.5 * (energy(0) + energy(1))).find("back from the mid level"),
              std::string::npos);
    EXPECT_EQ(coarse_and_mid(0.5 * (energy(1) + energy(2))), "");
}

TEST_F(LevelScreenOfResnet8, JudgesTheFinestLevelByItsCost) {
    const Cost cost = Estimator(machine_, MappingGoal::energy_delay).estimate(workload_).value();
    const LevelScreen tight(machine_,
                            {.cycles = {}, .energy = 0.5 * (energy(1) + energy(2)), .dram_bytes = {}});
    ASSERT_TRUE(tight.sent_back(cost));
    EXPECT_NE(tight.sent_back(cost)->reason.find("back from the fine level"), std::string::npos);
    const LevelScreen loose(machine_, {.cycles = cost.cycles().value,
                                       .energy = cost.energy().value,
                                       .dram_bytes = cost.outermost_bytes().value});
    EXPECT_FALSE(loose.sent_back(workload_));
    EXPECT_FALSE(loose.sent_back(cost));
}

TEST_F(LevelScreenOfResnet8, NamesTheTargetAndNotTheFigure) {
    const LevelScreen screen(machine_, {.cycles = 1, .energy = {}, .dram_bytes = {}});
    EXPECT_EQ(screen.sent_back(workload_)->reason, "back from the coarse level: more than 1 cycles");
    const LevelScreen bytes(machine_, {.cycles = {}, .energy = {}, .dram_bytes = 2});
    EXPECT_EQ(bytes.sent_back(workload_)->reason, "back from the coarse level: more than 2 bytes off chip");
}

} // namespace
} // namespace tandem
