// Costs worked by hand on a machine of 2 x 2 units of 32 bits whose energies are 1.
#include "tandem/machine/bitserial/model.h"

#include <gtest/gtest.h>

#include "tandem/core/random.h"
#include "tandem/machine/bitserial/bitserial.h"
#include "tandem/machine/bitserial/product.h"
#include "tandem/machine/bitserial/resources.h"
#include "tandem/machine/bitserial/simulation.h"

namespace tandem {
namespace {

using bitserial::Left;
using bitserial::Product;

bitserial::Description unit_machine() {
    bitserial::Description machine;
    machine.name = "unit";
    machine.array = {.rows = 2, .columns = 2, .dot_product_bits = 32};
    machine.buffers = {.left_words = 64, .right_words = 64, .energy_per_access = 1.0};
    machine.dram = {.energy_per_access = 1.0, .bandwidth_bits_per_cycle = 16};
    machine.start_up_cycles = 1000;
    machine.bit_product_energy = 1.0;
    return machine;
}

/// 3 channels of 4 pixels from a window of 40; weights of 2 bits, inputs of 3.
LayerWork small_layer() {
    LayerWork work;
    work.extents = {1, 3, 10, 2, 2, 2, 2};
    work.weight_bits = 2;
    work.input_bits = 3;
    return work;
}

Product small_product() { return bitserial::product_of(small_layer(), Left::weights); }

std::array<Bits, kOperands> bits(std::int64_t weights, std::int64_t inputs, std::int64_t outputs) {
    return {Bits(weights), Bits(inputs), Bits(outputs)};
}

TEST(BitserialProduct, IsChannelsByWindowByPixelsOrTurnedOver) {
    EXPECT_EQ(small_product(), (Product{.m = 3, .k = 40, .n = 4, .left_bits = 2, .right_bits = 3}));
    EXPECT_EQ(bitserial::product_of(small_layer(), Left::inputs),
              (Product{.m = 4, .k = 40, .n = 3, .left_bits = 3, .right_bits = 2}));
}

TEST(BitserialProduct, RoundsTilesUpAndAddsNoneWhereADimensionDivides) {
    // Tm = Tn = Tk = 2; a tile is 6 pairs of planes of 2 words, 7 bubbles of 8, a token of 3.
    EXPECT_EQ(bitserial::compute_cycles(small_product(), unit_machine().array), 4 * (12 + 56 + 3) + 2 * 2);
    const bitserial::DramBits moved = bitserial::dram_bits(small_product(), unit_machine().array);
    EXPECT_EQ(moved.left, 2 * (4 * 64 * 2));
    EXPECT_EQ(moved.right, 4 * 64 * 3);
    EXPECT_EQ(moved.results, 4 * 4 * 32);

    const Product whole{.m = 2, .k = 32, .n = 2, .left_bits = 1, .right_bits = 1};
    EXPECT_EQ(bitserial::compute_cycles(whole, unit_machine().array), 1 + 16 + 3 + 2);
    EXPECT_EQ(bitserial::dram_bits(whole, unit_machine().array).total(), 64 + 64 + 128);
}

TEST(BitserialProduct, IssuesBackToBackWithoutABubble) {
    bitserial::Array array = unit_machine().array;
    array.bubble_cycles = 0;
    EXPECT_EQ(bitserial::compute_cycles(small_product(), array), 4 * (12 + 3) + 2 * 2);
}

TEST(BitserialSimulation, OverlapsFetchesWithTheArray) {
    // Left stripes take 16 cycles, right ones 24, results 8, tiles 71: the array is done with its four
    // tiles at 40 + 2 + 71 = 113, 184, 184 + 2 + 71 = 257 and 328, and the last result takes 8 more.
    EXPECT_EQ(bitserial::simulate_product(small_product(), unit_machine()), Cycles(336));
}

TEST(BitserialSimulation, TakesThePortsTimeWhereThePortIsNarrow) {
    bitserial::Description machine = unit_machine();
    machine.dram.bandwidth_bits_per_cycle = 1;
    EXPECT_EQ(bitserial::simulate_product(small_product(), machine), Cycles(2304)); // every bit that moves
}

/// The same order of events, written out tile by tile.
std::int64_t simulate_plainly(const Product& product, const bitserial::Description& machine) {
    const bitserial::Array& array = machine.array;
    const bitserial::Tiles tiles = bitserial::tiles_of(product, array);
    const std::int64_t width = machine.dram.bandwidth_bits_per_cycle;
    const std::int64_t left = divide_up(8 * bitserial::left_stripe_bytes(product, array), width);
    const std::int64_t right = divide_up(8 * bitserial::right_stripe_bytes(product, array), width);
    const std::int64_t result = divide_up(array.rows * array.columns * std::int64_t{32}, width);
    const std::int64_t execute = bitserial::tile_cycles(product, array, tiles.depth);
    std::vector<std::int64_t> done;
    std::int64_t port = 0;
    std::size_t written = 0;
    for (std::int64_t column = 0; column < tiles.columns; ++column) {
        for (std::int64_t row = 0; row < tiles.rows; ++row) {
            if (done.size() >= 4) port = std::max(port, done[written++]) + result;
            port += left + (row == 0 ? right : 0);
            const std::int64_t before = done.empty() ? 0 : done.back();
            done.push_back(std::max(before, port) + execute + (row == 0 ? 2 : 0));
        }
    }
    for (; written < done.size(); ++written) port = std::max(port, done[written]) + result;
    return port;
}

TEST(BitserialSimulation, SkipsRoundsWithoutALoss) {
    for (std::uint64_t trial = 0; trial < 300; ++trial) {
        Random random = Random(71).fork("product", trial);
        const auto pick = [&](std::int64_t low, std::int64_t high) {
            return low + static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(high - low + 1)));
        };
        bitserial::Description machine = unit_machine();
        machine.array.rows = pick(1, 5);
        machine.array.columns = pick(1, 5);
        machine.dram.bandwidth_bits_per_cycle = pick(1, 200);
        const Product product{.m = pick(1, 60),
                              .k = pick(1, 400),
                              .n = pick(1, 60),
                              .left_bits = pick(1, 8),
                              .right_bits = pick(1, 8)};
        EXPECT_EQ(bitserial::simulate_product(product, machine).value, simulate_plainly(product, machine))
            << "trial " << trial << " of seed 71";
    }
}

TEST(BitserialSimulation, IsQuickForAHugeProduct) {
    const Product product{.m = 1'000'000'000, .k = 32, .n = 100, .left_bits = 1, .right_bits = 1};
    // Port-bound to the end: every bit, 16 a cycle.
    const bitserial::DramBits moved = bitserial::dram_bits(product, unit_machine().array);
    const Cycles cycles = bitserial::simulate_product(product, unit_machine());
    EXPECT_GE(cycles.value, moved.total() / 16);
    EXPECT_LE(cycles.value, bitserial::compute_cycles(product, unit_machine().array) + moved.total() / 16);
}

TEST(BitserialModel, PricesALayerByHand) {
    const MachinePointer machine = make_bitserial(unit_machine());
    const auto model = machine->layer_model(small_layer()).value();
    ASSERT_EQ(model->space().passes.size(), 2U);
    const LayerCost cost = model->price(model->mapping({.tiling = {}, .pass = 0})).value();
    EXPECT_EQ(cost.compute_cycles, Cycles(288));
    EXPECT_EQ(cost.cycles, Cycles(1336));
    ASSERT_EQ(cost.traffic.size(), 2U);
    EXPECT_EQ(cost.traffic[0].level, "dram");
    EXPECT_EQ(cost.traffic[0].read, bits(1024, 768, 0));
    EXPECT_EQ(cost.traffic[0].written, bits(0, 0, 512));
    EXPECT_EQ(cost.traffic[0].energy, NormalizedEnergy(2304.0 / 16));
    // 48 busy cycles read two words of 32 bits on each side.
    EXPECT_EQ(cost.traffic[1].level, "buffers");
    EXPECT_EQ(cost.traffic[1].read, bits(48 * 64, 48 * 64, 0));
    EXPECT_EQ(cost.traffic[1].written, bits(1024, 768, 0));
    EXPECT_EQ(cost.traffic[1].energy, NormalizedEnergy((2.0 * 48 * 64 + 1024 + 768) / 16));
    EXPECT_EQ(cost.compute_energy, NormalizedEnergy(48.0 * 4 * 32));
    EXPECT_DOUBLE_EQ(cost.utilization, 3.0 * 4 * 40 * 6 / (1336.0 * 4 * 32));

    const LayerCost turned = model->price(model->mapping({.tiling = {}, .pass = 1})).value();
    EXPECT_EQ(turned.traffic[0].read, bits(512, 1536, 0));
    EXPECT_EQ(turned.compute_cycles, Cycles(288));
}

TEST(BitserialModel, RunsGroupsOneAfterTheOtherAndStartsOnce) {
    const MachinePointer machine = make_bitserial(unit_machine());
    LayerWork work = small_layer();
    work.groups = 3;
    const auto model = machine->layer_model(work).value();
    const LayerCost cost = model->price(model->mapping({.tiling = {}, .pass = 0})).value();
    EXPECT_EQ(cost.cycles, Cycles(1000 + 3 * 336));
    EXPECT_EQ(cost.traffic[0].read, bits(3 * 1024, 3 * 768, 0));
}

std::string refusal(const bitserial::Description& machine, const LayerWork& work) {
    const auto model = make_bitserial(machine)->layer_model(work);
    return model ? "" : model.error().reason;
}

TEST(BitserialModel, ChargesNoLessForMoreBitsOrMoreWork) {
    for (std::uint64_t trial = 0; trial < 300; ++trial) {
        Random random = Random(72).fork("layer", trial);
        const auto pick = [&](std::int64_t low, std::int64_t high) {
            return low + static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(high - low + 1)));
        };
        bitserial::Description description = unit_machine();
        description.array.rows = pick(1, 6);
        description.array.columns = pick(1, 6);
        description.array.dot_product_bits = 32 * pick(1, 4);
        description.buffers.left_words = description.buffers.right_words = 65536;
        description.dram.bandwidth_bits_per_cycle = pick(1, 300);
        const MachinePointer machine = make_bitserial(description);
        LayerWork small;
        small.extents = {1, pick(1, 40), pick(1, 40), pick(1, 9), pick(1, 9), pick(1, 3), pick(1, 3)};
        small.weight_bits = static_cast<int>(pick(1, 8));
        small.input_bits = static_cast<int>(pick(1, 8));
        LayerWork large = small;
        large.weight_bits = static_cast<int>(pick(large.weight_bits, 8));
        large.input_bits = static_cast<int>(pick(large.input_bits, 8));
        large.extents[static_cast<std::size_t>(pick(0, 6))] += pick(0, 5);
        const auto less = machine->layer_model(small).value();
        const auto more = machine->layer_model(large).value();
        for (const std::size_t pass : {0U, 1U}) {
            const LayerCost low = less->price(less->mapping({.tiling = {}, .pass = pass})).value();
            const LayerCost high = more->price(more->mapping({.tiling = {}, .pass = pass})).value();
            EXPECT_LE(low.cycles, high.cycles) << "trial " << trial << " of seed 72";
            EXPECT_LE(low.compute_cycles, high.compute_cycles) << "trial " << trial << " of seed 72";
            EXPECT_LE(low.energy().value, high.energy().value) << "trial " << trial << " of seed 72";
            EXPECT_LE(low.compute_cycles + Cycles(description.start_up_cycles), low.cycles)
                << "trial " << trial << " of seed 72";
        }
    }
}

TEST(BitserialModel, RefusesWiderOperandsThanItMultiplies) {
    LayerWork work = small_layer();
    work.input_bits = 9;
    EXPECT_EQ(refusal(unit_machine(), work), "array: found 9-bit operands, multiplies up to 8 bits");
}

TEST(BitserialModel, RefusesAStripeThatIsMovedInNoOnePiece) {
    LayerWork work = small_layer();
    bitserial::Description machine = unit_machine();
    machine.buffers.left_words = machine.buffers.right_words = 65536;
    work.extents[static_cast<std::size_t>(Dimension::c)] = 16384; // rows of 65,536 values
    // Two rows of 2-bit values are 32,768 bytes, which go; two of 3-bit values do not.
    EXPECT_EQ(refusal(machine, work),
              "right buffer: found a stripe of 49152 bytes, moves at most 32768 in one piece");
    work.input_bits = 2;
    EXPECT_EQ(refusal(machine, work), "");
}

TEST(BitserialModel, RefusesWhatFillsABufferWithFewerThanFourStripes) {
    bitserial::Description machine = unit_machine();
    // Weights left: stripes of 2 x 64 x 2 bits and 2 x 64 x 3 bits; a word in each row is 8 bytes.
    machine.buffers.left_words = 16;
    machine.buffers.right_words = 24;
    EXPECT_EQ(refusal(machine, small_layer()), "");
    const auto model = make_bitserial(machine)->layer_model(small_layer()).value();
    EXPECT_EQ(model->space().passes.size(), 1U) << "with inputs left, 48 bytes do not go four times into 128";
    machine.buffers.right_words = 23;
    EXPECT_EQ(refusal(machine, small_layer()), "right buffer: found 4 stripes of 48 bytes, holds 184 bytes");
}

TEST(BitserialModel, RefusesALayerBeyondItsCounters) {
    LayerWork work = small_layer();
    work.extents[static_cast<std::size_t>(Dimension::ox)] = 1'000'000'000'000'000;
    EXPECT_NE(refusal(unit_machine(), work).find("more than the model counts"), std::string::npos);
}

TEST(BitserialModel, RefusesLoopsOfAnotherSchedule) {
    const MachinePointer machine = make_bitserial(unit_machine());
    EXPECT_NE(machine->price(small_layer(), Mapping{}).error().reason.find("one schedule"),
              std::string::npos);
}

TEST(BitserialResources, AreThePublishedOnes) {
    const auto resources = [](const char* name) {
        return *load_machine(std::string(TANDEM_SOURCE_DIR "/machines/bismo-") + name + ".yaml")
                    .value()
                    ->resources();
    };
    EXPECT_EQ(resources("8x8x256").brams, 135);
    EXPECT_EQ(resources("8x16x64").brams, 55);
    EXPECT_EQ(resources("4x32x64").brams, 79);
    EXPECT_EQ(resources("8x8x256").luts, 29678);
    EXPECT_EQ(resources("8x16x64").luts, 30602);
    EXPECT_EQ(resources("8x8x256").remark, "");
    EXPECT_DOUBLE_EQ(resources("8x8x256").peak_operations_per_second, 2.0 * 8 * 8 * 256 * 200e6);
}

TEST(BitserialResources, SayWhichArraysBismoWouldRefuse) {
    bitserial::Description machine = unit_machine();
    EXPECT_EQ(bitserial::estimate_resources(machine).remark,
              "not original: BISMO builds dot products of 64 * 2^i bits, not 32");
    machine.array.dot_product_bits = 96;
    EXPECT_NE(bitserial::estimate_resources(machine).remark, "");
    machine.array.dot_product_bits = 128;
    EXPECT_EQ(bitserial::estimate_resources(machine).remark, "");
}

TEST(BitserialFile, IsRefusedWithEveryReason) {
    std::string yaml = to_yaml(make_bitserial(unit_machine())->describe());
    const auto change = [&](const std::string& from, const std::string& to) {
        const std::size_t at = yaml.find(from);
        ASSERT_NE(at, std::string::npos) << from;
        yaml.replace(at, from.size(), to);
    };
    change("name: unit", "name: \"u\\ni\"");
    change("dot_product_bits: 32", "dot_product_bits: 100");
    const auto machine = parse_machine(parse_yaml(yaml, "m.yaml").value(), "m.yaml");
    ASSERT_FALSE(machine.has_value());
    EXPECT_EQ(to_string(machine.error()),
              "m.yaml: name: found unprintable bytes, expected printable ASCII\n"
              "m.yaml: array.dot_product_bits: found 100, expected a multiple of 32");
}

TEST(BitserialFile, IsToldFromOtherFamilies) {
    const auto spatial = load_bitserial_description(TANDEM_SOURCE_DIR "/machines/spatial-168.yaml");
    ASSERT_FALSE(spatial.has_value());
    EXPECT_NE(to_string(spatial.error()).find("family: found spatial, expected bitserial"),
              std::string::npos);
}

} // namespace
} // namespace tandem
