// What every machine family and every shipped machine must keep.
#include <algorithm>
#include <filesystem>
#include <set>

#include <gtest/gtest.h>

#include "../unit/deploy/in_place_program.h"
#include "tandem/core/random.h"
#include "tandem/machine/microcontroller/board_fit.h"
#include "tandem/machine/microcontroller/microcontroller.h"
#include "tandem/mapping/mapper.h"

namespace tandem {
namespace {

namespace fs = std::filesystem;

constexpr std::array<MappingGoal, 4> kGoals = kAllMappingGoals;

std::vector<fs::path> machine_files() {
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(fs::path(TANDEM_SOURCE_DIR) / "machines")) {
        if (entry.path().extension() == ".yaml") files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    return files;
}

MachinePointer load(const fs::path& file) {
    auto machine = load_machine(file.string());
    EXPECT_TRUE(machine.has_value()) << to_string(machine.error());
    return *std::move(machine);
}

/// The member of a map inside a document, to be changed.
Document& member(Document& document, std::string_view key) {
    for (auto& [name, value] : std::get<Document::Map>(document.value)) {
        if (name == key) return value;
    }
    ADD_FAILURE() << "no key " << key;
    return document;
}

bool has_member(const Document& document, std::string_view key) {
    const auto& map = std::get<Document::Map>(document.value);
    return std::any_of(map.begin(), map.end(), [key](const auto& entry) { return entry.first == key; });
}

std::int64_t pick(Random& random, std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(high - low + 1)));
}

LayerWork random_layer(Random& random) {
    LayerWork work;
    work.extents = {1,
                    pick(random, 1, 70),
                    pick(random, 1, 70),
                    pick(random, 1, 30),
                    pick(random, 1, 30),
                    pick(random, 1, 5),
                    pick(random, 1, 5)};
    work.groups = pick(random, 1, 3);
    for (std::size_t axis = 0; axis < 2; ++axis) {
        work.strides[axis] = pick(random, 1, 2);
        work.dilations[axis] = pick(random, 1, 2);
        work.pads[axis] = work.extents[5 + axis] - 1;
    }
    work.weight_bits = static_cast<int>(pick(random, 1, 16));
    work.input_bits = static_cast<int>(pick(random, 1, 16));
    work.output_bits = static_cast<int>(pick(random, 1, 16));
    return work;
}

double figure(const LayerCost& cost, MappingGoal goal) {
    const auto cycles = static_cast<double>(cost.cycles.value);
    switch (goal) {
    case MappingGoal::energy: return cost.energy().value;
    case MappingGoal::cycles: return cycles;
    case MappingGoal::energy_delay: return cost.energy().value * cycles;
    case MappingGoal::dram: break;
    }
    Bits traffic;
    for (std::size_t o = 0; o < kOperands; ++o)
        traffic += cost.traffic[0].read[o] + cost.traffic[0].written[o];
    return static_cast<double>(traffic.value);
}

/// The optimum is in floating point; sums in another order may differ in the last bits.
constexpr double kRounding = 1.0 + 1e-12;

/// Machines on which layers fit, and the same with a buffer that forces tiling, in every dataflow the
/// description allows.
std::vector<MachinePointer> machines_to_try() {
    std::vector<MachinePointer> machines;
    for (const fs::path& file : machine_files()) {
        const MachinePointer shipped = load(file);
        if (board_of(*shipped) != nullptr) continue; // without schedules: EveryBoard
        machines.push_back(shipped);
        if (shipped->family() != "spatial") continue;
        for (const char* dataflow : {"output-stationary", "row-stationary", "weight-stationary"}) {
            Document described = shipped->describe();
            member(described, "dataflow") = Document(dataflow);
            auto& memories = std::get<Document::List>(member(described, "memories").value);
            member(memories[1], "size_bytes") = Document(6000);
            auto machine = parse_machine(described, "small buffer");
            if (machine) machines.push_back(*std::move(machine)); // not every machine has every dataflow
        }
    }
    return machines;
}

TEST(MachineFamilies, AreSortedAndDescribed) {
    std::set<std::string_view> names;
    std::string_view previous;
    for (const MachineFamily& family : known_families()) {
        EXPECT_LT(previous, family.name);
        EXPECT_TRUE(names.insert(family.name).second) << family.name;
        EXPECT_FALSE(family.description.empty()) << family.name;
        EXPECT_FALSE(family.fields().empty()) << family.name;
        previous = family.name;
    }
}

TEST(MachineFamilies, ShipAMachineEach) {
    std::set<std::string> shipped;
    for (const fs::path& file : machine_files()) shipped.insert(std::string(load(file)->family()));
    for (const MachineFamily& family : known_families()) {
        EXPECT_TRUE(shipped.contains(std::string(family.name))) << family.name;
    }
}

TEST(MachineFamilies, RefuseAnEmptyDescriptionWithAReason) {
    for (const MachineFamily& family : known_families()) {
        const Document only_family = Document::Map{{"family", family.name}};
        const auto machine = parse_machine(only_family, "empty.yaml");
        ASSERT_FALSE(machine.has_value()) << family.name;
        for (const Problem& problem : machine.error().problems) {
            EXPECT_EQ(problem.file, "empty.yaml");
            EXPECT_FALSE(problem.expected.empty());
        }
    }
}

TEST(ShippedMachines, ReadBackEqualFromTheirDescription) {
    ASSERT_FALSE(machine_files().empty());
    for (const fs::path& file : machine_files()) {
        const MachinePointer machine = load(file);
        EXPECT_EQ(machine->name(), file.stem().string());
        const std::string yaml = to_yaml(machine->describe());
        const MachinePointer again = parse_machine(parse_yaml(yaml, "again").value(), "again").value();
        EXPECT_EQ(again->describe(), machine->describe());
        EXPECT_EQ(again->content_hash(), machine->content_hash());
    }
}

TEST(EveryMachine, NeverChargesMoreForFewerBits) {
    for (const MachinePointer& machine : machines_to_try()) {
        for (std::uint64_t trial = 0; trial < 6; ++trial) {
            Random random = Random(31).fork(machine->name(), trial);
            const LayerWork wide = random_layer(random);
            LayerWork narrow = wide;
            int* const bits[] = {&narrow.weight_bits, &narrow.input_bits, &narrow.output_bits};
            for (int* width : bits) *width = static_cast<int>(pick(random, 1, *width));
            for (const MappingGoal goal : kGoals) {
                const auto wider = map_layer(wide, *machine, goal);
                const auto narrower = map_layer(narrow, *machine, goal);
                if (!wider) continue;
                ASSERT_TRUE(narrower.has_value()) << narrower.error().reason;
                EXPECT_LE(figure(narrower->cost, goal), figure(wider->cost, goal) * kRounding)
                    << machine->name() << ", trial " << trial << " of seed 31, goal "
                    << static_cast<int>(goal);
            }
        }
    }
}

TEST(EveryMachine, NeverChargesLessForMoreWork) {
    for (const MachinePointer& machine : machines_to_try()) {
        for (std::uint64_t trial = 0; trial < 6; ++trial) {
            Random random = Random(32).fork(machine->name(), trial);
            const LayerWork small = random_layer(random);
            LayerWork large = small;
            const auto grown = static_cast<std::size_t>(pick(random, 0, kDimensions - 1));
            if (grown == index_of(Dimension::g)) {
                ++large.groups;
            } else {
                large.extents[grown] += pick(random, 1, 4);
            }
            for (const MappingGoal goal : kGoals) {
                const auto less = map_layer(small, *machine, goal);
                const auto more = map_layer(large, *machine, goal);
                if (!more) continue;
                ASSERT_TRUE(less.has_value()) << less.error().reason;
                EXPECT_LE(figure(less->cost, goal), figure(more->cost, goal) * kRounding)
                    << machine->name() << ", trial " << trial << " of seed 32, goal "
                    << static_cast<int>(goal) << ", dimension " << grown;
            }
        }
    }
}

TEST(EveryMachine, NeverChargesMoreForALargerMemoryAtEqualCost) {
    for (const fs::path& file : machine_files()) {
        Document described = load(file)->describe();
        if (std::get<std::string>(member(described, "family").value) != "spatial") continue;
        Document& memory = std::get<Document::List>(member(described, "memories").value)[1];
        if (has_member(memory, "technology_nm")) continue; // its cost follows its size
        auto& size = member(memory, "size_bytes");
        for (std::uint64_t trial = 0; trial < 4; ++trial) {
            Random random = Random(33).fork("layer", trial);
            const LayerWork work = random_layer(random);
            std::array<double, kGoals.size()> previous;
            previous.fill(std::numeric_limits<double>::infinity());
            for (const std::int64_t size_bytes : {1000, 3000, 3001, 10000, 50000, 1000000}) {
                size = Document(size_bytes);
                const MachinePointer machine = parse_machine(described, "sized").value();
                for (std::size_t goal = 0; goal < kGoals.size(); ++goal) {
                    const auto mapped = map_layer(work, *machine, kGoals[goal]);
                    if (!mapped) continue;
                    EXPECT_LE(figure(mapped->cost, kGoals[goal]), previous[goal] * kRounding)
                        << machine->name() << " with " << size_bytes << " bytes, trial " << trial
                        << " of seed 33";
                    previous[goal] = figure(mapped->cost, kGoals[goal]);
                }
            }
        }
    }
}

TEST(EveryMachine, BoundsEveryMappingFromBelow) {
    for (const MachinePointer& machine : machines_to_try()) {
        for (std::uint64_t trial = 0; trial < 6; ++trial) {
            Random random = Random(34).fork(machine->name(), trial);
            const LayerWork work = random_layer(random);
            const auto model = machine->layer_model(work);
            if (!model) continue;
            const MappingSpace& space = (*model)->space();
            const std::unique_ptr<Scorer> scorer = (*model)->scorer();
            const KnownTiling whole = scorer->know(undivided(work), /*bypass=*/0);
            std::vector<Score> scores(space.orders.size());
            for (int sample = 0; sample < 100; ++sample) {
                Tiling tiling = undivided(work);
                for (std::size_t level = 0; level + 1 < space.memory_levels(); ++level) {
                    for (const Dimension dimension : space.tileable) {
                        const std::size_t d = index_of(dimension);
                        const std::int64_t outer =
                            level == 0 ? work.extent(dimension) : tiling.tiles[level - 1][d];
                        tiling.tiles[level][d] = pick(random, 1, outer);
                    }
                    tiling.orders[level] = static_cast<std::uint8_t>(random.below(space.orders.size()));
                }
                const KnownTiling known = scorer->know(tiling, 0);
                const std::size_t pass = random.below(space.passes.size());
                const Score outside = scorer->outermost_score(known);
                scorer->score_orders(whole, pass, scores);
                Score least = scores[0];
                for (const Score& score : scores) {
                    least.inner_energy = std::min(least.inner_energy, score.inner_energy);
                    least.inner_cycles = std::min(least.inner_cycles, score.inner_cycles);
                }
                scorer->score_orders(known, pass, scores);
                for (std::size_t order = 0; order < scores.size(); ++order) {
                    const Score& score = scores[order];
                    const std::string place = machine->name() + ", trial " + std::to_string(trial) +
                                              " of seed 34, sample " + std::to_string(sample);
                    EXPECT_LE(outside.outermost_energy.value, score.outermost_energy.value * kRounding)
                        << place;
                    EXPECT_LE(outside.outermost_cycles, score.outermost_cycles) << place;
                    EXPECT_LE(least.outermost_energy.value, score.outermost_energy.value * kRounding)
                        << place;
                    EXPECT_LE(least.inner_energy.value, score.inner_energy.value * kRounding) << place;
                    EXPECT_LE(least.inner_cycles, score.inner_cycles) << place;
                    // The quick price is the full one.
                    const auto cost = (*model)->price(
                        (*model)->mapping({.tiling = tiling, .pass = pass, .order = order, .bypass = 0}));
                    ASSERT_EQ(cost.has_value(), score.fits) << place;
                    if (!cost) continue;
                    EXPECT_NEAR(cost->energy().value, score.energy().value, 1e-9 * score.energy().value)
                        << place;
                    EXPECT_EQ(cost->cycles, score.cycles()) << place;
                }
            }
        }
    }
}

/// One layer and a mean over it, on random weights.
IntegerProgram small_program(std::int64_t channels, int weight_bits) {
    IntegerProgram program =
        ChainOfSteps({3, 9, 9}, {.bits = 8, .fraction_bits = 4, .signedness = Signedness::is_signed})
            .layer("conv", channels, {.kernel = {3, 3}, .pads_begin = {1, 1}, .pads_end = {1, 1}})
            .mean()
            .program();
    std::get<LayerStep>(program.steps[0]).weight_format.bits = weight_bits;
    return program;
}

TEST(EveryBoard, ChargesMoreForMoreChannelsAndWiderWeights) {
    for (const fs::path& file : machine_files()) {
        const MachinePointer machine = load(file);
        const Board* board = board_of(*machine);
        if (board == nullptr) continue;
        for (const std::int64_t channels : {4, 9, 40}) {
            const ImageCost few = price_image(small_program(channels, 4), *board).value();
            const ImageCost more = price_image(small_program(channels + 8, 4), *board).value();
            EXPECT_GT(more.flash(), few.flash()) << machine->name();
            EXPECT_GT(more.ram(), few.ram()) << machine->name();
            const ImageCost wide = price_image(small_program(channels, 8), *board).value();
            EXPECT_GT(wide.weights, few.weights) << machine->name();
            EXPECT_EQ(wide.static_ram(), few.static_ram()) << machine->name();
        }
    }
}

TEST(EveryBoard, SaysWhyALayerHasNoSchedule) {
    for (const fs::path& file : machine_files()) {
        const MachinePointer machine = load(file);
        if (board_of(*machine) == nullptr) continue;
        const auto mapped = map_layer(LayerWork{}, *machine, MappingGoal::energy);
        ASSERT_FALSE(mapped.has_value()) << machine->name();
        EXPECT_NE(mapped.error().reason.find("schedule"), std::string::npos) << mapped.error().reason;
    }
}

} // namespace
} // namespace tandem
