#include "tandem/machine/spatial/description.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "tandem/core/check.h"

namespace tandem::spatial {

namespace {

// Far above any machine that is built, and low enough that no count of ours overflows.
constexpr IntegerRange kArrayExtent{.minimum = 1, .maximum = 1024};
constexpr IntegerRange kRegisterWords{.minimum = 1, .maximum = 65536};
constexpr IntegerRange kMemoryBytes{.minimum = 1, .maximum = std::int64_t{1} << 50};
constexpr IntegerRange kBandwidth{.minimum = 1, .maximum = std::int64_t{1} << 32};
constexpr IntegerRange kWordBits{.minimum = 1, .maximum = 16};
constexpr IntegerRange kPartialSumBits{.minimum = 1, .maximum = 64};
constexpr NumberRange kEnergy{.minimum = 0.0, .maximum = 1e9};

constexpr std::string_view kFamily = "spatial";
constexpr std::string_view kEnergyUnit = "mac16";

/// An enumeration as one of its words, in both directions.
template <class Enumeration, std::size_t kCount> void
choose(Fields& fields, FieldInfo info, Enumeration& value, const std::array<Enumeration, kCount>& choices) {
    std::vector<std::string> words;
    for (const Enumeration choice : choices) words.emplace_back(to_string(choice));
    std::string word(to_string(value));
    fields.choice(info, word, words);
    for (const Enumeration choice : choices) {
        if (to_string(choice) == word) value = choice;
    }
}

/// A key that can only say one thing, written so that the file explains itself.
void fixed(Fields& fields, FieldInfo info, std::string_view only_word) {
    std::string word(only_word);
    fields.choice(info, word, {word});
}

void describe(Fields& fields, Memory& memory) {
    fields.text({.name = "name", .meaning = "what reports call it", .presence = Presence::required},
                memory.name);
    fields.optional_integer({.name = "size_bytes", .meaning = "capacity; left out: unlimited"},
                            memory.size_bytes, kMemoryBytes);
    fields.number({.name = "energy_per_access",
                   .meaning = "energy of reading or writing one full-width word",
                   .presence = Presence::required},
                  memory.energy_per_access, kEnergy);
    fields.integer({.name = "bandwidth_bits_per_cycle",
                    .meaning = "bits read plus bits written in a cycle",
                    .presence = Presence::required},
                   memory.bandwidth_bits_per_cycle, kBandwidth);
}

void describe(Fields& fields, Array& array) {
    fields.integer(
        {.name = "rows", .meaning = "processing elements in a column", .presence = Presence::required},
        array.rows, kArrayExtent);
    fields.integer(
        {.name = "columns", .meaning = "processing elements in a row", .presence = Presence::required},
        array.columns, kArrayExtent);
    fields.number({.name = "hop_energy",
                   .meaning = "energy of moving one full-width word into one processing element",
                   .presence = Presence::required},
                  array.hop_energy, kEnergy);
}

void describe(Fields& fields, Registers& registers) {
    fields.integer({.name = "filter_words",
                    .meaning = "weights held by a processing element, in words",
                    .presence = Presence::required},
                   registers.filter_words, kRegisterWords);
    fields.integer({.name = "input_words",
                    .meaning = "inputs held by a processing element, in words",
                    .presence = Presence::required},
                   registers.input_words, kRegisterWords);
    fields.integer({.name = "partial_sum_words",
                    .meaning = "partial sums held by a processing element",
                    .presence = Presence::required},
                   registers.partial_sum_words, kRegisterWords);
    fields.number({.name = "energy_per_access",
                   .meaning = "energy of reading or writing one word, or one partial sum",
                   .presence = Presence::required},
                  registers.energy_per_access, kEnergy);
}

void describe(Fields& fields, ProcessingElement& element) {
    choose(
        fields,
        {.name = "kind", .meaning = "whether narrow operands share a word", .presence = Presence::required},
        element.kind, std::array{ProcessingKind::scalar, ProcessingKind::vectorized});
    fields.integer({.name = "maximum_bits", .meaning = "width of a word and of the widest operand"},
                   element.maximum_bits, kWordBits);
    fields.integer({.name = "partial_sum_bits", .meaning = "width of a partial sum outside the registers"},
                   element.partial_sum_bits, kPartialSumBits);
    fields.number({.name = "mac_energy", .meaning = "energy of one operation on full words"},
                  element.mac_energy, kEnergy);
    fields.section({.name = "registers",
                    .meaning = "the registers of each processing element",
                    .presence = Presence::required},
                   [&](Fields& inner) { describe(inner, element.registers); });
}

/// Names go into tables, JSON and messages as they are.
bool is_printable(const std::string& name) {
    return std::all_of(name.begin(), name.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

} // namespace

std::string_view to_string(Dataflow dataflow) {
    switch (dataflow) {
    case Dataflow::output_stationary: return "output-stationary";
    case Dataflow::row_stationary: return "row-stationary";
    case Dataflow::weight_stationary: return "weight-stationary";
    }
    TANDEM_CHECK(false, "a dataflow outside the enumeration");
}

std::string_view to_string(ProcessingKind kind) {
    switch (kind) {
    case ProcessingKind::scalar: return "scalar";
    case ProcessingKind::vectorized: return "vectorized";
    }
    TANDEM_CHECK(false, "a kind of processing element outside the enumeration");
}

void describe(Fields& fields, Description& description) {
    fixed(fields, {.name = "family", .meaning = "the machine family", .presence = Presence::required},
          kFamily);
    fields.text({.name = "name", .meaning = "what reports call the machine", .presence = Presence::required},
                description.name);
    fixed(fields,
          {.name = "energy_unit", .meaning = "every energy is a multiple of one 16-bit multiply-accumulate"},
          kEnergyUnit);
    fields.sections(
        {.name = "memories",
         .meaning = "outermost first: off-chip memory, shared buffer",
         .presence = Presence::required},
        description.memories.size(), [&](std::size_t count) { description.memories.resize(count); },
        [&](Fields& inner, std::size_t i) { describe(inner, description.memories[i]); });
    fields.section({.name = "array",
                    .meaning = "the processing elements and their network",
                    .presence = Presence::required},
                   [&](Fields& inner) { describe(inner, description.array); });
    fields.section(
        {.name = "processing_element", .meaning = "one processing element", .presence = Presence::required},
        [&](Fields& inner) { describe(inner, description.processing_element); });
    choose(
        fields,
        {.name = "dataflow", .meaning = "how loops are laid over the array", .presence = Presence::required},
        description.dataflow,
        std::array{Dataflow::output_stationary, Dataflow::row_stationary, Dataflow::weight_stationary});
}

std::vector<Problem> find_problems(const Description& description, const std::string& file) {
    std::vector<Problem> problems;
    const auto add = [&](std::string place, std::string found, std::string expected) {
        problems.push_back(Problem{.file = file,
                                   .place = std::move(place),
                                   .found = std::move(found),
                                   .expected = std::move(expected)});
    };
    const auto add_name = [&](std::string place, const std::string& name) {
        if (!is_printable(name)) add(std::move(place), "unprintable bytes", "printable ASCII");
    };
    const std::vector<Memory>& memories = description.memories;
    add_name("name", description.name);
    for (std::size_t i = 0; i < memories.size(); ++i) {
        add_name(fmt::format("memories[{}].name", i), memories[i].name);
    }
    if (memories.size() != 2) {
        add("memories", fmt::format("{} of them", memories.size()),
            "two: the off-chip memory and the shared buffer");
    } else {
        if (memories[0].name == memories[1].name) {
            add("memories[1].name", fmt::format("'{}' again", memories[1].name), "a name of its own");
        }
        if (!memories[1].size_bytes) add("memories[1].size_bytes", "nothing", "the buffer's capacity");
    }
    const ProcessingElement& element = description.processing_element;
    if (element.partial_sum_bits < element.maximum_bits) {
        add("processing_element.partial_sum_bits", fmt::format("{}", element.partial_sum_bits),
            fmt::format("at least maximum_bits, {}", element.maximum_bits));
    }
    return problems;
}

} // namespace tandem::spatial
