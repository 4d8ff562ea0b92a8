// The search for an array against the plainest way to do it.
#include "tandem/codesign/hardware_search.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "tandem/machine/bitserial/bismo.h"
#include "tandem/machine/bitserial/bitserial.h"
#include "tandem/machine/bitserial/product.h"

namespace tandem {
namespace {

using bitserial::Left;

NamedLayerWork layer(std::string name, std::int64_t outputs, std::int64_t inputs, std::int64_t extent,
                     int weight_bits, int input_bits) {
    LayerWork work;
    work.extents = {1, outputs, inputs, extent, extent, 3, 3};
    work.weight_bits = weight_bits;
    work.input_bits = input_bits;
    return {.layer = std::move(name), .work = work};
}

Workload small_network() {
    Workload workload;
    workload.layers = {layer("a", 16, 3, 16, 8, 8), layer("b", 16, 16, 16, 2, 4), layer("c", 32, 16, 8, 2, 4),
                       layer("b again", 16, 16, 16, 2, 4), layer("d", 32, 32, 8, 4, 1)};
    workload.layers.back().work.groups = 2;
    return workload;
}

HardwareSpace small_space() {
    return {.rows = {2, 8, 16},
            .columns = {4, 6},
            .dot_product_bits = {64, 96, 256},
            .buffer_words = {16, 64, 2048}};
}

HardwareTable small_table() { return {small_network(), bitserial::bismo(8, 8, 64, 64, 64), small_space()}; }

/// Layer by layer, order by order, with the machine's own functions.
std::optional<HardwareCost> price_plainly(const Workload& workload, const bitserial::Description& machine) {
    HardwareCost cost;
    for (const NamedLayerWork& each : workload.layers) {
        std::optional<std::pair<std::int64_t, std::int64_t>> best;
        for (const Left left : bitserial::kBothSides) {
            const bitserial::Product product = bitserial::product_of(each.work, left);
            if (bitserial::find_misfit(product, machine)) continue;
            const std::pair figures(bitserial::dram_bits(product, machine.array).total(),
                                    bitserial::compute_cycles(product, machine.array));
            if (!best || figures < *best) best = figures;
        }
        if (!best) return std::nullopt;
        cost.dram_bytes += each.work.groups * best->first / 8;
        cost.compute_cycles += each.work.groups * best->second;
    }
    const Resources resources = make_bitserial(machine)->resources().value();
    cost.luts = resources.luts;
    cost.brams = resources.brams;
    return cost;
}

template <class Visit> void for_each_point(const HardwareSpace& space, const Visit& visit) {
    for (std::size_t rows = 0; rows < space.rows.size(); ++rows)
        for (std::size_t columns = 0; columns < space.columns.size(); ++columns)
            for (std::size_t bits = 0; bits < space.dot_product_bits.size(); ++bits)
                for (std::size_t left = 0; left < space.buffer_words.size(); ++left)
                    for (std::size_t right = 0; right < space.buffer_words.size(); ++right)
                        visit(HardwarePoint{rows, columns, bits, left, right});
}

TEST(HardwareTable, PricesEveryArrayLikeTheMachine) {
    const HardwareTable table = small_table();
    std::size_t fitting = 0;
    for_each_point(table.space(), [&](const HardwarePoint& point) {
        const auto plain = price_plainly(small_network(), table.machine(point));
        EXPECT_EQ(table.cost(point), plain) << table.machine(point).name;
        if (plain) ++fitting;
    });
    EXPECT_GT(fitting, 20U);
    EXPECT_LT(fitting, table.space().size());
}

TEST(HardwareTable, HasThePublishedSpaceByDefault) {
    EXPECT_EQ(HardwareSpace{}.size(), 11U * 11U * 15U * 9U * 9U);
    EXPECT_TRUE(find_problems(HardwareSpace{}, "", "").empty());
}

TEST(HardwareFront, HoldsEveryCostThatNothingBeats) {
    const HardwareTable table = small_table();
    std::vector<HardwareCost> all;
    for_each_point(table.space(), [&](const HardwarePoint& point) {
        if (const auto cost = table.cost(point)) all.push_back(*cost);
    });
    const std::vector<HardwareDesign> front = find_hardware_front(table);
    for (const HardwareDesign& design : front) EXPECT_EQ(table.cost(design.point), design.cost);
    std::size_t best = 0;
    for (std::size_t i = 0; i < all.size(); ++i) {
        const bool is_beaten = std::any_of(all.begin(), all.end(), [&](const HardwareCost& other) {
            return other != all[i] && other.is_at_least_as_good_as(all[i]);
        });
        const bool is_first =
            std::find(all.begin(), all.end(), all[i]) - all.begin() == static_cast<std::ptrdiff_t>(i);
        const bool is_in_front = std::any_of(
            front.begin(), front.end(), [&](const HardwareDesign& design) { return design.cost == all[i]; });
        EXPECT_EQ(is_in_front, !is_beaten);
        if (!is_beaten && is_first) ++best;
    }
    EXPECT_EQ(front.size(), best);
}

TEST(HardwareFront, IsEmptyWhereNothingFits) {
    Workload workload;
    workload.layers = {layer("wide", 16, 3, 16, 16, 2)};
    const HardwareTable table(workload, bitserial::bismo(8, 8, 64, 64, 64), small_space());
    EXPECT_TRUE(find_hardware_front(table).empty());
    const auto met = meet_targets(table, {}, {});
    ASSERT_FALSE(met.has_value());
    EXPECT_NE(met.error().reason.find("no array of the space"), std::string::npos);
    EXPECT_TRUE(search_hardware(table, {.population = 4, .generations = 2}).empty());
}

TEST(GeneticHardwareSearch, FindsTheWholeFrontOfASmallSpace) {
    const HardwareTable table = small_table();
    const auto truth = find_hardware_front(table);
    const auto front = search_hardware(table, {.population = 40, .generations = 40});
    EXPECT_EQ(measure_gap(front, truth).found, truth.size());
    EXPECT_DOUBLE_EQ(measure_gap(front, truth).hypervolume_share, 1.0);
    EXPECT_EQ(front, search_hardware(table, {.population = 40, .generations = 40}));
    EXPECT_DOUBLE_EQ(measure_gap(truth, truth).hypervolume_share, 1.0);
    EXPECT_LT(measure_gap({truth.front()}, truth).hypervolume_share, 1.0);
}

TEST(HardwareTargets, AreMetOrSayWhatBinds) {
    const HardwareTable table = small_table();
    const auto front = find_hardware_front(table);
    EXPECT_EQ(meet_targets(table, front, {}).value(), front);

    HardwareTargets targets;
    targets.luts = 12'000;
    const auto small = meet_targets(table, front, targets).value();
    EXPECT_LT(small.size(), front.size());
    for (const HardwareDesign& design : small) EXPECT_LE(design.cost.luts, 12'000);

    targets.luts = 100;
    const auto refused = meet_targets(table, front, targets);
    ASSERT_FALSE(refused.has_value());
    EXPECT_NE(refused.error().reason.find("the nearest, bismo-2x4x64"), std::string::npos)
        << refused.error().reason;
    EXPECT_NE(refused.error().reason.find("out of reach for every array: 1913 LUTs, of 100 allowed"),
              std::string::npos)
        << refused.error().reason;

    // Each for itself is easy; together they are not.
    targets = {};
    targets.luts = front.back().cost.luts;
    targets.compute_cycles = front.front().cost.compute_cycles;
    const auto torn = meet_targets(table, front, targets);
    ASSERT_FALSE(torn.has_value());
    EXPECT_EQ(torn.error().reason.find("out of reach"), std::string::npos) << torn.error().reason;
}

TEST(ChooseHardware, TakesNoExtreme) {
    const auto design = [](std::int64_t cycles, std::int64_t luts) {
        return HardwareDesign{.point = {},
                              .cost = {.compute_cycles = cycles, .dram_bytes = 1, .luts = luts, .brams = 1}};
    };
    EXPECT_EQ(choose_hardware({design(100, 10), design(30, 30), design(10, 100)}), 1U);
    EXPECT_EQ(choose_hardware({design(5, 5)}), 0U);
}

TEST(HardwareSpaceRules, NameEveryList) {
    const HardwareSpace space{
        .rows = {4, 2}, .columns = {}, .dot_product_bits = {64, 100}, .buffer_words = {8, 8}};
    const auto problems = find_problems(space, "job.yaml", "hardware.space");
    ASSERT_EQ(problems.size(), 4U);
    EXPECT_EQ(to_string(problems[0]),
              "job.yaml: hardware.space.rows: found 4, 2, expected rising values, each once");
    EXPECT_EQ(problems[1].place, "hardware.space.columns");
    EXPECT_EQ(problems[2].place, "hardware.space.buffer_words");
    EXPECT_EQ(problems[3].found, "100");
    HardwareSpace huge;
    for (std::int64_t extent = 1; extent <= 256; ++extent) huge.buffer_words.push_back(5000 + extent);
    EXPECT_EQ(find_problems(huge, "", "").size(), 1U);
}

} // namespace
} // namespace tandem
