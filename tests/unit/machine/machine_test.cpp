#include "tandem/machine/machine.h"

#include <filesystem>

#include <gtest/gtest.h>

#include "tandem/machine/spatial/spatial.h"

namespace tandem {
namespace {

const std::string kGood = R"(family: spatial
name: small
memories:
  - {name: dram, energy_per_access: 200, bandwidth_bits_per_cycle: 64}
  - {name: buffer, size_bytes: 1024, energy_per_access: 6, bandwidth_bits_per_cycle: 256}
array: {rows: 2, columns: 3, hop_energy: 2}
processing_element:
  kind: vectorized
  registers: {filter_words: 224, input_words: 12, partial_sum_words: 16, energy_per_access: 1}
dataflow: row-stationary
)";

Result<MachinePointer> parse(const std::string& yaml) {
    return parse_machine(TANDEM_TRY(parse_yaml(yaml, "m.yaml")), "m.yaml");
}

std::string problems(const std::string& yaml) {
    const auto machine = parse(yaml);
    return machine ? "no problem" : to_string(machine.error());
}

std::string replace(std::string text, const std::string& from, const std::string& to) {
    const std::size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return text.replace(at, from.size(), to);
}

TEST(Machine, ReadsADescription) {
    const MachinePointer machine = parse(kGood).value();
    EXPECT_EQ(machine->family(), "spatial");
    EXPECT_EQ(machine->name(), "small");
}

TEST(Machine, DescribesItselfSoThatItReadsBackEqual) {
    const MachinePointer machine = parse(kGood).value();
    const MachinePointer again = parse(to_yaml(machine->describe())).value();
    EXPECT_EQ(again->describe(), machine->describe());
    EXPECT_EQ(again->content_hash(), machine->content_hash());
}

TEST(Machine, HashesByWhatItSays) {
    const MachinePointer machine = parse(kGood).value();
    EXPECT_NE(parse(replace(kGood, "rows: 2", "rows: 4")).value()->content_hash(), machine->content_hash());
    EXPECT_EQ(parse("# a comment\n" + kGood).value()->content_hash(), machine->content_hash());
}

TEST(Machine, LetsSomeOperandStay) {
    EXPECT_EQ(problems(kGood + "staying: [outputs, weights]\n"), "no problem");
    EXPECT_EQ(problems(kGood + "staying: []\n"), "m.yaml: staying: found none, expected at least one");
}

TEST(Machine, AddsUpTheAreaThatItsFileStates) {
    const std::vector<PartArea> unknown = parse(kGood).value()->areas();
    EXPECT_EQ(unknown, (std::vector<PartArea>{{.part = "buffer"}, {.part = "array"}}));
    const std::string stated =
        replace(replace(kGood, "size_bytes: 1024,", "size_bytes: 1024, area_square_millimeters: 0.25,"),
                "kind: vectorized", "kind: vectorized\n  area_square_micrometers: 500");
    const std::vector<PartArea> known = parse(stated).value()->areas();
    EXPECT_EQ(known[0].area, SquareMicrometers(250000.0));
    EXPECT_EQ(known[1].area, SquareMicrometers(6 * 500.0));
}

TEST(Machine, LooksUpTheAreaOfAnSram) {
    const std::string looked_up = replace(replace(kGood, "size_bytes: 1024, energy_per_access: 6,",
                                                  "size_bytes: 65536, word_bits: 64, technology_nm: 45,"),
                                          "name: small", "name: small\nenergy_unit: picojoules");
    EXPECT_NEAR(parse(looked_up).value()->areas()[0].area->value, 209000.0, 1e-6);
    const std::string stated =
        replace(looked_up, "technology_nm: 45,", "technology_nm: 45, area_square_millimeters: 2,");
    EXPECT_NEAR(parse(stated).value()->areas()[0].area->value, 2e6, 1e-6);
}

TEST(Machine, SuggestsTheFamilyThatWasMeant) {
    EXPECT_EQ(problems(replace(kGood, "family: spatial", "family: spacial")),
              "m.yaml: family: found 'spacial' (did you mean 'spatial'?), expected one of bitserial, "
              "microcontroller, spatial");
    EXPECT_EQ(problems("name: x"),
              "m.yaml: family: found nothing, expected one of bitserial, microcontroller, spatial");
    EXPECT_EQ(problems("family: 3"),
              "m.yaml: family: found no name, expected one of bitserial, microcontroller, spatial");
    EXPECT_EQ(problems("[1, 2]"),
              "m.yaml: found no map of keys, expected a machine: a map with the key 'family'");
}

TEST(Machine, ListsEveryProblemOfAFile) {
    std::string bad = replace(kGood, "size_bytes: 1024", "size_bytes: -4");
    bad = replace(bad, "columns: 3", "colums: 3");
    bad = replace(bad, "kind: vectorized", "kind: vectorised");
    const std::string text = problems(bad);
    EXPECT_NE(text.find("memories[1].size_bytes: found -4"), std::string::npos) << text;
    EXPECT_NE(text.find("array.colums: found an unknown key (did you mean 'columns'?)"), std::string::npos)
        << text;
    EXPECT_NE(text.find("array.columns: found nothing"), std::string::npos) << text;
    EXPECT_NE(text.find("'vectorised' (did you mean 'vectorized'?)"), std::string::npos) << text;
}

TEST(Machine, ChecksTheRulesBetweenFields) {
    std::string bad = replace(kGood, "name: buffer, size_bytes: 1024,", "name: dram,");
    bad = replace(bad, "kind: vectorized", "kind: scalar\n  partial_sum_bits: 12");
    EXPECT_EQ(problems(bad), "m.yaml: memories[1].name: found 'dram' again, expected a name of its own\n"
                             "m.yaml: memories[1].size_bytes: found nothing, expected the buffer's capacity\n"
                             "m.yaml: processing_element.partial_sum_bits: found 12, expected at least "
                             "maximum_bits, 16");
}

TEST(Machine, ChecksTheHierarchy) {
    const std::string inner = "  - {name: inner, size_bytes: 64, operands: [outputs], read_energy: 1, "
                              "bandwidth_bits_per_cycle: 8}\n";
    EXPECT_EQ(problems(replace(kGood, "array:", inner + "array:")),
              "m.yaml: memories[2].write_energy: found nothing, expected this or energy_per_access");
    EXPECT_EQ(
        problems(replace(kGood, "name: dram,", "name: dram, operands: [weights],")),
        "m.yaml: memories[0].operands: found fewer than all, expected weights, inputs and outputs in the "
        "outermost memory");
    EXPECT_EQ(problems(replace(kGood, "name: dram,", "name: dram, bypass: [weights],")),
              "m.yaml: memories[0].bypass: found the outermost memory, expected an inner memory");
    EXPECT_EQ(problems(replace(kGood, "name: buffer,", "name: buffer, operands: [],")),
              "m.yaml: memories[1].operands: found none, expected at least one");
    std::string deep = kGood;
    for (int level = 0; level < 3; ++level) {
        deep = replace(deep, "array:",
                       "  - {name: b" + std::to_string(level) +
                           ", size_bytes: 64, energy_per_access: 1, bandwidth_bits_per_cycle: 8}\narray:");
    }
    EXPECT_EQ(problems(deep), "m.yaml: memories: found 5 levels, expected at most 4");
}

TEST(Machine, LooksUpEnergiesByTechnology) {
    std::string sram = replace(kGood, "name: small\n", "name: small\nenergy_unit: picojoules\n");
    sram = replace(sram, "name: buffer, size_bytes: 1024, energy_per_access: 6,",
                   "name: buffer, size_bytes: 1024, word_bits: 64, technology_nm: 45,");
    EXPECT_EQ(problems(sram), "no problem");
    EXPECT_EQ(problems(replace(sram, "technology_nm: 45", "technology_nm: 40")),
              "m.yaml: memories[1].technology_nm: found 40, expected one of 22, 32, 45, 65");
    EXPECT_EQ(problems(replace(sram, "size_bytes: 1024", "size_bytes: 1000")),
              "m.yaml: memories[1].size_bytes: found 1000, expected 1024 to 4194304 with technology_nm");
    EXPECT_EQ(problems(replace(sram, "word_bits: 64, ", "")),
              "m.yaml: memories[1].word_bits: found nothing, expected 16 to 128 with technology_nm");
    EXPECT_EQ(problems(replace(sram, "word_bits: 64, ", "word_bits: 64, read_energy: 1, ")),
              "m.yaml: memories[1].technology_nm: found energies beside it, expected one of both");
    EXPECT_EQ(problems(replace(sram, "energy_unit: picojoules\n", "")),
              "m.yaml: energy_unit: found mac16, expected picojoules, as technology_nm gives them");
}

TEST(Machine, FillsASystolicArrayForWhatStaysOnly) {
    EXPECT_EQ(problems(replace(kGood, "rows: 2", "systolic: true, rows: 2")),
              "m.yaml: array.systolic: found with dataflow row-stationary, expected weight-, input- or "
              "output-stationary");
}

TEST(Machine, RefusesNamesThatNoTableCanShow) {
    std::string bad = replace(kGood, "name: small", "name: \"sm\\all\"");
    bad = replace(bad, "name: buffer", "name: b\xc3\xbc");
    EXPECT_EQ(problems(bad), "m.yaml: name: found unprintable bytes, expected printable ASCII\n"
                             "m.yaml: memories[1].name: found unprintable bytes, expected printable ASCII");
}

TEST(Machine, NamesTheFileThatIsMissing) {
    const auto machine = load_machine("no/such/machine.yaml");
    ASSERT_FALSE(machine.has_value());
    EXPECT_EQ(machine.error().kind, ErrorKind::bad_input);
    EXPECT_NE(to_string(machine.error()).find("no/such/machine.yaml"), std::string::npos);
}

} // namespace
} // namespace tandem
