#include "tandem/core/fields.h"

#include <gtest/gtest.h>

namespace tandem {
namespace {

struct Memory {
    std::string name;
    std::int64_t size_bytes = 64;

    bool operator==(const Memory&) const = default;
};

void describe(Fields& fields, Memory& memory) {
    fields.text({"name", "what reports call it", Presence::required}, memory.name);
    fields.integer({"size_bytes", "capacity"}, memory.size_bytes, kPositiveInteger);
}

struct Budget {
    double area_square_micrometers = 1.0;

    bool operator==(const Budget&) const = default;
};

struct Settings {
    std::int64_t bits = 8;
    double rate = 0.5;
    bool tie = false;
    std::string label;
    std::string algorithm = "nsga2";
    std::vector<std::int64_t> widths = {2, 4};
    std::vector<double> weights;
    std::vector<std::string> objectives = {"accuracy"};
    std::optional<std::int64_t> limit;
    std::optional<double> drop;
    Document source;
    Memory cache{.name = "cache"};
    std::optional<Budget> budget;
    std::vector<Memory> memories;

    bool operator==(const Settings&) const = default;
};

void describe(Fields& fields, Settings& settings) {
    fields.integer({"bits", "width of a weight"}, settings.bits, {1, 16});
    fields.number({"rate", "share of weights"}, settings.rate, kFraction);
    fields.flag({"tie", "one width for all"}, settings.tie);
    fields.text({"label", "a name"}, settings.label);
    fields.choice({"algorithm", "how to search"}, settings.algorithm, {"nsga2", "random"});
    fields.integers({"widths", "allowed widths"}, settings.widths, {1, 16});
    fields.numbers({"weights", "of the objectives"}, settings.weights, kPositiveNumber);
    fields.texts({"objectives", "what to minimise"}, settings.objectives, {"accuracy", "energy"});
    fields.optional_integer({"limit", "most designs"}, settings.limit, kNonNegativeInteger);
    fields.optional_number({"drop", "accuracy to give up"}, settings.drop, kNonNegativeNumber);
    fields.any({"source", "where the network is"}, settings.source, "a path or a map");
    fields.section({"cache", "the cache"}, fields_of(settings.cache));
    fields.optional_section(
        {"budget", "limits"}, settings.budget.has_value(), [&] { settings.budget.emplace(); },
        [&](Fields& inner) {
            inner.number({"area_square_micrometers", "silicon"}, settings.budget->area_square_micrometers,
                         kPositiveNumber);
        });
    fields.sections(
        {"memories", "from far to near"}, settings.memories.size(),
        [&](std::size_t count) { settings.memories.resize(count); },
        [&](Fields& inner, std::size_t i) { describe(inner, settings.memories[i]); });
}

Result<Settings> read(std::string_view text) {
    const Document document = TANDEM_TRY(parse_yaml(text, "job.yaml"));
    Settings settings;
    TANDEM_TRY(read_fields(document, "job.yaml", "", fields_of(settings)));
    return settings;
}

std::string error_of(std::string_view text) {
    const auto settings = read(text);
    return settings ? "no error" : to_string(settings.error());
}

TEST(Fields, KeepTheDefaultsOfWhatAFileLeavesOut) {
    EXPECT_EQ(read("{}").value(), Settings());
    EXPECT_EQ(read("bits:\nwidths: ~\n").value(), Settings());
}

TEST(Fields, ReadEveryKindOfField) {
    Settings expected;
    expected.bits = 16;
    expected.rate = 1.0;
    expected.tie = true;
    expected.label = "mine";
    expected.algorithm = "random";
    expected.widths = {};
    expected.weights = {1.0, 2.5};
    expected.objectives = {"energy", "accuracy"};
    expected.limit = 0;
    expected.drop = 0.02;
    expected.source = "a.onnx";
    expected.cache = {.name = "c", .size_bytes = 1};
    expected.budget = Budget{.area_square_micrometers = 3.0};
    expected.memories = {{.name = "dram"}, {.name = "buffer", .size_bytes = 7}};
    EXPECT_EQ(read("bits: 16\nrate: 1\ntie: true\nlabel: mine\nalgorithm: random\nwidths: []\n"
                   "weights: [1, 2.5]\nobjectives: [energy, accuracy]\nlimit: 0\ndrop: 0.02\nsource: a.onnx\n"
                   "cache: {name: c, size_bytes: 1}\nbudget: {area_square_micrometers: 3}\n"
                   "memories: [{name: dram}, {name: buffer, size_bytes: 7}]\n")
                  .value(),
              expected);
}

TEST(Fields, GatherEveryProblemWithItsLineAndPath) {
    EXPECT_EQ(
        error_of("bits: 17\n"
                 "rate: x\n"
                 "tie: 1\n"
                 "label: ''\n"
                 "algorithm: nsga\n"
                 "widths: [2, 0, y]\n"
                 "weights: 3\n"
                 "objectives: [energie]\n"
                 "limit: -1\n"
                 "drop: .inf\n"
                 "cache: 7\n"
                 "memories:\n"
                 "  - name: dram\n"
                 "    size_bytes: -4\n"
                 "  - size_byte: 5\n"
                 "budgte: 1\n"),
        "job.yaml: line 1: bits: found 17, expected an integer from 1 to 16\n"
        "job.yaml: line 2: rate: found 'x', expected a number from 0 to 1\n"
        "job.yaml: line 3: tie: found 1, expected true or false\n"
        "job.yaml: line 4: label: found '', expected text\n"
        "job.yaml: line 5: algorithm: found 'nsga' (did you mean 'nsga2'?), expected one of nsga2, random\n"
        "job.yaml: line 6: widths[1]: found 0, expected an integer from 1 to 16\n"
        "job.yaml: line 6: widths[2]: found 'y', expected an integer from 1 to 16\n"
        "job.yaml: line 7: weights: found 3, expected a list\n"
        "job.yaml: line 8: objectives[0]: found 'energie' (did you mean 'energy'?), expected one of "
        "accuracy, energy\n"
        "job.yaml: line 9: limit: found -1, expected a non-negative integer\n"
        "job.yaml: line 10: drop: found inf, expected a non-negative number\n"
        "job.yaml: line 11: cache: found 7, expected a map\n"
        "job.yaml: line 14: memories[0].size_bytes: found -4, expected a positive integer\n"
        "job.yaml: line 15: memories[1].name: found nothing, expected what reports call it\n"
        "job.yaml: line 15: memories[1].size_byte: found an unknown key (did you mean 'size_bytes'?), "
        "expected one of name, size_bytes\n"
        "job.yaml: line 16: budgte: found an unknown key (did you mean 'budget'?), expected one of bits, "
        "rate, tie, label, algorithm, widths, weights, objectives, limit, drop, source, cache, budget, "
        "memories");
}

TEST(Fields, NeverTakeAFractionForAnInteger) {
    EXPECT_EQ(error_of("bits: 8.0"), "job.yaml: line 1: bits: found 8.0, expected an integer from 1 to 16");
}

TEST(Fields, RefuseADocumentThatIsNoMap) {
    EXPECT_EQ(error_of("[1]"), "job.yaml: line 1: found a list, expected a map of fields");
    EXPECT_EQ(error_of(""), "job.yaml: found nothing, expected a map of fields");
    EXPECT_EQ(error_of("memories: 3"), "job.yaml: line 1: memories: found 3, expected a list of maps");
    EXPECT_EQ(error_of("memories: [3]"), "job.yaml: line 1: memories[0]: found 3, expected a map");
}

TEST(Fields, StartTheirPathsAtTheGivenPlace) {
    Settings settings;
    const auto result = read_fields(Document::Map{{"bits", 0}}, "job.yaml", "space", fields_of(settings));
    ASSERT_FALSE(result);
    EXPECT_EQ(to_string(result.error()), "job.yaml: space.bits: found 0, expected an integer from 1 to 16");
}

TEST(Fields, WriteWhatReadsBackEqual) {
    Settings settings;
    settings.limit = 3;
    settings.budget = Budget{.area_square_micrometers = 2.5};
    settings.memories = {{.name = "dram"}, {.name = "12"}};
    settings.source = Document::Map{{"topology", "resnet8"}};
    EXPECT_EQ(read(to_yaml(write_fields(fields_of(settings)))).value(), settings);
    Settings plain;
    const Document document = write_fields(fields_of(plain));
    EXPECT_EQ(document.find("limit"), nullptr);
    EXPECT_EQ(document.find("budget"), nullptr);
    EXPECT_EQ(document.find("source"), nullptr);
    EXPECT_EQ(read(to_yaml(document)).value(), plain);
}

TEST(Fields, ListOneRowAField) {
    Settings settings;
    const std::vector<FieldRow> rows = list_fields(fields_of(settings));
    const auto row = [&](std::string_view path) {
        for (const FieldRow& candidate : rows) {
            if (candidate.path == path) return candidate;
        }
        return FieldRow{};
    };
    EXPECT_EQ(rows.size(), 16U);
    EXPECT_EQ(row("bits"), (FieldRow{"bits", "an integer from 1 to 16", "8", "width of a weight"}));
    EXPECT_EQ(row("widths"),
              (FieldRow{"widths", "a list, each an integer from 1 to 16", "[2, 4]", "allowed widths"}));
    EXPECT_EQ(row("algorithm").type, "one of nsga2, random");
    EXPECT_EQ(row("limit").default_value, "none");
    EXPECT_EQ(row("source").type, "a path or a map");
    EXPECT_EQ(row("cache.size_bytes").default_value, "64");
    EXPECT_EQ(row("budget.area_square_micrometers").type, "a positive number");
    EXPECT_EQ(row("memories[].name").default_value, "required");
}

TEST(Fields, SayTheirRangesInWords) {
    EXPECT_EQ(to_string(IntegerRange{}), "an integer");
    EXPECT_EQ(to_string(IntegerRange{.minimum = 3}), "an integer of at least 3");
    EXPECT_EQ(to_string(IntegerRange{.maximum = 3}), "an integer of at most 3");
    EXPECT_EQ(to_string(kPositiveInteger), "a positive integer");
    EXPECT_EQ(to_string(NumberRange{}), "a number");
    EXPECT_EQ(to_string(NumberRange{.minimum = 0.5}), "a number of at least 0.5");
    EXPECT_EQ(to_string(kFraction), "a number from 0 to 1");
    EXPECT_EQ(to_string(NumberRange{.minimum = kPositiveNumber.minimum, .maximum = 1.0}),
              "a positive number of at most 1");
}

} // namespace
} // namespace tandem
