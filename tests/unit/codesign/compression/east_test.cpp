#include "tandem/codesign/compression/east.h"

#include <gtest/gtest.h>

#include "tandem/codesign/compression/group_pruning.h"
#include "tandem/codesign/compression/weight_encoding.h"
#include "tandem/network/topologies/topologies.h"

namespace tandem {
namespace {

TEST(SparsitySchedule, IsThePublishedOne) {
    const SparsitySchedule schedule;
    EXPECT_DOUBLE_EQ(schedule.sparsity(1), 0.30);
    EXPECT_DOUBLE_EQ(schedule.sparsity(2), 0.31);
    EXPECT_DOUBLE_EQ(schedule.sparsity(21), 0.50);
    EXPECT_DOUBLE_EQ(schedule.sparsity(23), 0.51);
    EXPECT_DOUBLE_EQ(schedule.sparsity(51), 0.65);
    EXPECT_DOUBLE_EQ(schedule.sparsity(55), 0.66);
    EXPECT_DOUBLE_EQ(schedule.sparsity(10'000), 0.999);
    EXPECT_EQ(schedule.group(20), 1U);
    EXPECT_EQ(schedule.group(30), 1U);
    EXPECT_EQ(schedule.group(31), 2U);
    EXPECT_EQ(schedule.group(121), 11U);
    EXPECT_EQ(schedule.group(10'000), 16U);
}

TEST(SparsitySchedule, APaceRunsThroughItFaster) {
    const SparsitySchedule published;
    const SparsitySchedule fast{.pace = 10.0};
    EXPECT_DOUBLE_EQ(fast.sparsity(4), published.sparsity(31));
    EXPECT_EQ(fast.group(4), published.group(31));
    const SparsitySchedule magnitude{.pace = 10.0, .largest_group = 1};
    EXPECT_EQ(magnitude.group(20), 1U);
}

class EastHooks : public testing::Test {
  protected:
    const Network network_ =
        find_topology("resnet8")->build({.input_shape = {kBatch, 1, 28, 28}, .classes = 10});
    const SparsitySchedule schedule_{.pace = 20.0};
};

TEST_F(EastHooks, PruneWithoutHoldingUntilTheWeightsFit) {
    const Bytes target(weight_encoding(network_).float32.value / 12);
    const EpochHook hook = make_pruning_hook(schedule_, target);
    EXPECT_EQ(*hook({.epoch = 0}, network_), EpochDecision{});

    const EpochDecision first = *hook({.epoch = 1}, network_);
    EXPECT_FALSE(first.holds_masks);
    EXPECT_FALSE(first.stops);
    EXPECT_EQ(first.masks, prune_groups(network_, 1, 0.30));

    const EpochDecision last = *hook({.epoch = 10}, network_);
    EXPECT_TRUE(last.holds_masks);
    EXPECT_TRUE(last.stops);
    const Network sparse = masked(network_, last.masks);
    EXPECT_LE(encoded_bytes(sparse), target);
    // Not much smaller than asked for, though the schedule had gone far beyond.
    EXPECT_GT(static_cast<double>(encoded_bytes(sparse).value), 0.98 * static_cast<double>(target.value));
    EXPECT_GT(encoded_bytes(masked(network_, prune_groups(network_, schedule_.group(10), 0.0))), target);
}

TEST_F(EastHooks, KeepTheMaskOfWeightsThatFit) {
    const Network sparse = masked(network_, prune_groups(network_, 8, 0.9));
    const EpochHook hook = make_frozen_hook(8, encoded_bytes(sparse));
    for (const std::int64_t epoch : {0, 11}) {
        const EpochDecision decision = *hook({.epoch = epoch}, sparse);
        EXPECT_TRUE(decision.holds_masks);
        EXPECT_FALSE(decision.stops);
        EXPECT_EQ(decision.masks, zero_masks(sparse));
    }
}

TEST_F(EastHooks, PruneAgainWhatOutgrowsTheTarget) {
    const Network sparse = masked(network_, prune_groups(network_, 8, 0.9));
    const Bytes target = encoded_bytes(sparse) - Bytes(64);
    const EpochDecision decision = *make_frozen_hook(8, target)({.epoch = 3}, sparse);
    EXPECT_TRUE(decision.holds_masks);
    EXPECT_LE(encoded_bytes(masked(sparse, decision.masks)), target);
    for (const auto& [name, mask] : zero_masks(sparse)) { // none of the pruned comes back
        for (std::size_t i = 0; i < mask.size(); ++i) EXPECT_LE(decision.masks.at(name)[i], mask[i]);
    }
}

} // namespace
} // namespace tandem
