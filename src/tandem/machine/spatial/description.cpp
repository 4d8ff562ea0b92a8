#include "tandem/machine/spatial/description.h"

#include <algorithm>
#include <array>

#include "tandem/core/check.h"
#include "tandem/machine/mapping.h"
#include "tandem/machine/spatial/sram.h"

namespace tandem::spatial {

namespace {

// Far above any machine that is built, and low enough that no count of ours overflows.
constexpr IntegerRange kArrayExtent{.minimum = 1, .maximum = 1024};
constexpr IntegerRange kRegisterWords{.minimum = 1, .maximum = 65536};
constexpr IntegerRange kMemoryBytes{.minimum = 1, .maximum = std::int64_t{1} << 50};
constexpr IntegerRange kBandwidth{.minimum = 1, .maximum = std::int64_t{1} << 32};
constexpr IntegerRange kWordBits{.minimum = 1, .maximum = 16};
constexpr IntegerRange kMemoryWordBits{.minimum = 1, .maximum = 4096};
constexpr IntegerRange kPartialSumBits{.minimum = 1, .maximum = 64};
constexpr IntegerRange kTechnology{.minimum = kSramNodes.front(), .maximum = kSramNodes.back()};
constexpr NumberRange kArea{.minimum = 0.0, .maximum = 1e9};
constexpr NumberRange kEnergy{.minimum = 0.0, .maximum = 1e9};

constexpr std::string_view kFamily = "spatial";
constexpr IntegerRange kLanes{.minimum = 1, .maximum = 4096};
constexpr NumberRange kClock{.minimum = 1.0, .maximum = 1e12};

/// An enumeration as one of its words, in both directions.
template <class Enumeration, std::size_t Count> void
choose(Fields& fields, FieldInfo info, Enumeration& value, const std::array<Enumeration, Count>& choices) {
    std::vector<std::string> words;
    words.reserve(Count);
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

/// A set of operands as a list of words.
void operands(Fields& fields, FieldInfo info, OperandSet& set) {
    std::vector<std::string> words;
    std::vector<std::string> all;
    for (const Operand operand : kAllOperands) {
        all.emplace_back(to_string(operand));
        if (set[index_of(operand)]) words.emplace_back(to_string(operand));
    }
    fields.texts(info, words, all);
    for (const Operand operand : kAllOperands) {
        set[index_of(operand)] = std::find(words.begin(), words.end(), to_string(operand)) != words.end();
    }
}

/// A list of loop dimensions as words.
void dimensions(Fields& fields, FieldInfo info, std::vector<Dimension>& list) {
    std::vector<std::string> words;
    std::vector<std::string> all;
    words.reserve(list.size());
    all.reserve(kDimensions);
    for (const Dimension dimension : kAllDimensions) all.emplace_back(to_string(dimension));
    for (const Dimension dimension : list) words.emplace_back(to_string(dimension));
    fields.texts(info, words, all);
    list.clear();
    for (const std::string& word : words) {
        for (const Dimension dimension : kAllDimensions) {
            if (to_string(dimension) == word) list.push_back(dimension);
        }
    }
}

void describe(Fields& fields, Memory& memory) {
    fields.text({.name = "name", .meaning = "what reports call it", .presence = Presence::required},
                memory.name);
    fields.optional_integer({.name = "size_bytes", .meaning = "capacity; left out: unlimited"},
                            memory.size_bytes, kMemoryBytes);
    operands(fields, {.name = "operands", .meaning = "what it holds"}, memory.operands);
    operands(fields, {.name = "bypass", .meaning = "what of that a mapping may send around it"},
             memory.bypass);
    fields.optional_integer({.name = "word_bits", .meaning = "width of a word; left out: maximum_bits"},
                            memory.word_bits, kMemoryWordBits);
    choose(fields, {.name = "packing", .meaning = "whether narrow values cross the ends of words"},
           memory.packing, std::array{Packing::aligned, Packing::dense});
    fields.flag({.name = "double_buffered", .meaning = "half fills while the other half is used"},
                memory.is_double_buffered);
    fields.optional_integer({.name = "technology_nm",
                             .meaning = "energies are those of an SRAM at this node, by size_bytes and "
                                        "word_bits, in picojoules"},
                            memory.technology_nm, kTechnology);
    fields.optional_number({.name = "energy_per_access", .meaning = "energy of reading or writing one word"},
                           memory.energy_per_access, kEnergy);
    fields.optional_number({.name = "read_energy", .meaning = "energy of reading one word"},
                           memory.read_energy, kEnergy);
    fields.optional_number({.name = "write_energy", .meaning = "energy of writing one word"},
                           memory.write_energy, kEnergy);
    fields.optional_integer({.name = "bandwidth_bits_per_cycle",
                             .meaning = "bits read plus bits written in a cycle; left out: unlimited"},
                            memory.bandwidth_bits_per_cycle, kBandwidth);
    fields.optional_integer(
        {.name = "read_bandwidth_bits_per_cycle", .meaning = "bits read in a cycle; left out: unlimited"},
        memory.read_bandwidth_bits_per_cycle, kBandwidth);
    fields.optional_integer(
        {.name = "write_bandwidth_bits_per_cycle", .meaning = "bits written in a cycle; left out: unlimited"},
        memory.write_bandwidth_bits_per_cycle, kBandwidth);
    fields.optional_number({.name = "area_square_millimeters",
                            .meaning = "silicon; left out: the SRAM's at technology_nm, or unknown"},
                           memory.area_square_millimeters, kArea);
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
    fields.flag({.name = "systolic", .meaning = "whether the array fills and drains for every stay"},
                array.is_systolic);
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
        element.kind,
        std::array{ProcessingKind::bitserial, ProcessingKind::scalar, ProcessingKind::vectorized});
    if (element.kind == ProcessingKind::bitserial) {
        fields.integer({.name = "lanes", .meaning = "products a bit-serial element works on at a time"},
                       element.lanes, kLanes);
    }
    fields.integer({.name = "maximum_bits", .meaning = "width of a word and of the widest operand"},
                   element.maximum_bits, kWordBits);
    fields.optional_integer({.name = "partial_sum_bits",
                             .meaning = "width of a partial sum outside the registers; left out: what the "
                                        "layer's accumulation needs"},
                            element.partial_sum_bits, kPartialSumBits);
    fields.flag({.name = "adds_across_lanes", .meaning = "whether lanes may share a partial sum"},
                element.adds_across_lanes);
    fields.number({.name = "mac_energy", .meaning = "energy of one operation on full words"},
                  element.mac_energy, kEnergy);
    fields.optional_number({.name = "area_square_micrometers",
                            .meaning = "silicon of one element with its registers; left out: unknown"},
                           element.area_square_micrometers, kArea);
    fields.section({.name = "registers",
                    .meaning = "the registers of each processing element",
                    .presence = Presence::required},
                   [&](Fields& inner) { describe(inner, element.registers); });
}

} // namespace

std::string_view to_string(Dataflow dataflow) {
    switch (dataflow) {
    case Dataflow::free: return "free";
    case Dataflow::input_stationary: return "input-stationary";
    case Dataflow::output_stationary: return "output-stationary";
    case Dataflow::row_stationary: return "row-stationary";
    case Dataflow::weight_stationary: return "weight-stationary";
    }
    TANDEM_CHECK(false, "a dataflow outside the enumeration");
}

std::string_view to_string(ProcessingKind kind) {
    switch (kind) {
    case ProcessingKind::bitserial: return "bitserial";
    case ProcessingKind::scalar: return "scalar";
    case ProcessingKind::vectorized: return "vectorized";
    }
    TANDEM_CHECK(false, "a kind of processing element outside the enumeration");
}

std::string_view to_string(Blocking blocking) {
    switch (blocking) {
    case Blocking::even: return "even";
    case Blocking::uneven: return "uneven";
    }
    TANDEM_CHECK(false, "a blocking outside the enumeration");
}

std::string_view to_string(Packing packing) {
    switch (packing) {
    case Packing::aligned: return "aligned";
    case Packing::dense: return "dense";
    }
    TANDEM_CHECK(false, "a packing outside the enumeration");
}

void describe(Fields& fields, Accounting& accounting) {
    choose(fields, {.name = "register_reads", .meaning = "when a register is read for the multiplier"},
           accounting.register_reads, std::array{RegisterReads::each_operation, RegisterReads::on_change});
    choose(fields, {.name = "input_positions", .meaning = "which inputs a tile has"},
           accounting.input_positions, std::array{InputPositions::bounding_box, InputPositions::touched});
    choose(fields, {.name = "first_read", .meaning = "whether the zero that a sum starts from is read"},
           accounting.first_read, std::array{FirstRead::charged, FirstRead::elided});
    choose(fields, {.name = "padding", .meaning = "whether padding moves like data"}, accounting.padding,
           std::array{Padding::fetched, Padding::skipped});
    choose(fields, {.name = "groups", .meaning = "whether groups are convolutions of their own"},
           accounting.groups, std::array{Groups::apart, Groups::dense});
    choose(fields,
           {.name = "overlap", .meaning = "of loop nests that are given: inputs of two tiles in a row"},
           accounting.overlap, std::array{Overlap::fetched_again, Overlap::kept});
    choose(fields, {.name = "transfers", .meaning = "whether cycles count what fills and drains each level"},
           accounting.transfers, std::array{Transfers::overlapped, Transfers::staged});
}

void describe(Fields& fields, Description& description) {
    fixed(fields, {.name = "family", .meaning = "the machine family", .presence = Presence::required},
          kFamily);
    fields.text({.name = "name", .meaning = "what reports call the machine", .presence = Presence::required},
                description.name);
    std::string unit = description.reports_picojoules ? "picojoules" : "mac16";
    fields.choice({.name = "energy_unit",
                   .meaning = "of every energy: multiples of one 16-bit multiply-accumulate, or picojoules"},
                  unit, {"mac16", "picojoules"});
    description.reports_picojoules = unit == "picojoules";
    fields.optional_number({.name = "clock_hertz", .meaning = "turns cycles into seconds"},
                           description.clock_hertz, kClock);
    fields.sections(
        {.name = "memories",
         .meaning = "outermost first; neighbours that hold different operands lie side by side",
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
        description.dataflow, kAllDataflows);
    fields.section({.name = "accounting", .meaning = "what counts as an access"},
                   [&](Fields& inner) { describe(inner, description.accounting); });
    dimensions(fields,
               {.name = "row_dimensions",
                .meaning = "what may be unrolled down a column, in place of the dataflow's own"},
               description.row_dimensions);
    dimensions(fields,
               {.name = "column_dimensions",
                .meaning = "what may be unrolled along a row, in place of the dataflow's own"},
               description.column_dimensions);
    operands(fields,
             {.name = "staying",
              .meaning = "operands that may stay while loops that do not change them run innermost"},
             description.staying);
    choose(fields,
           {.name = "blocking",
            .meaning = "whether a memory may hold larger tiles of some operands than of others"},
           description.blocking, std::array{Blocking::even, Blocking::uneven});
}

std::vector<std::vector<std::size_t>> memory_levels(const Description& description) {
    std::vector<std::vector<std::size_t>> levels;
    OperandSet taken = kEveryOperand;
    for (std::size_t m = 0; m < description.memories.size(); ++m) {
        const OperandSet& operands = description.memories[m].operands;
        bool lies_beside = true;
        for (std::size_t o = 0; o < kOperands; ++o) lies_beside = lies_beside && !(taken[o] && operands[o]);
        if (!lies_beside) {
            levels.emplace_back();
            taken = kNoOperand;
        }
        levels.back().push_back(m);
        for (std::size_t o = 0; o < kOperands; ++o) taken[o] = taken[o] || operands[o];
    }
    return levels;
}

std::int64_t partial_sum_width(const ProcessingElement& element, const LayerWork& work) {
    if (element.partial_sum_bits) return *element.partial_sum_bits;
    const std::int64_t depth =
        work.extent(Dimension::c) * work.extent(Dimension::fy) * work.extent(Dimension::fx);
    std::int64_t bits = 0;
    while ((std::int64_t{1} << bits) < depth) ++bits;
    return 2 * element.maximum_bits + bits;
}

double Memory::energy_of_read() const {
    if (technology_nm) {
        return estimate_sram(*technology_nm, size_bytes.value_or(0), word_bits.value_or(0))
            .value_or(SramFigures{})
            .read_picojoules;
    }
    return read_energy.value_or(energy_per_access.value_or(0.0));
}

double Memory::energy_of_write() const {
    if (technology_nm) {
        return estimate_sram(*technology_nm, size_bytes.value_or(0), word_bits.value_or(0))
            .value_or(SramFigures{})
            .write_picojoules;
    }
    return write_energy.value_or(energy_per_access.value_or(0.0));
}

std::optional<SquareMicrometers> Memory::area() const {
    constexpr double kSquareMicrometers = 1e6; // a square millimetre
    if (area_square_millimeters) return SquareMicrometers(*area_square_millimeters * kSquareMicrometers);
    if (!technology_nm) return std::nullopt;
    return SquareMicrometers(kSquareMicrometers *
                             estimate_sram(*technology_nm, size_bytes.value_or(0), word_bits.value_or(0))
                                 .value_or(SramFigures{})
                                 .area_square_millimeters);
}

std::vector<PartArea> areas_of(const Description& description) {
    std::vector<PartArea> areas;
    for (std::size_t m = 0; m < description.memories.size(); ++m) {
        const std::optional<SquareMicrometers> area = description.memories[m].area();
        if (m > 0 || area) areas.push_back({.part = description.memories[m].name, .area = area});
    }
    PartArea array{.part = "array"};
    if (const auto& element = description.processing_element.area_square_micrometers) {
        array.area = SquareMicrometers(
            *element * static_cast<double>(description.array.rows * description.array.columns));
    }
    areas.push_back(std::move(array));
    return areas;
}

std::optional<Operand> stationary_operand(Dataflow dataflow) {
    switch (dataflow) {
    case Dataflow::input_stationary: return Operand::inputs;
    case Dataflow::output_stationary: return Operand::outputs;
    case Dataflow::weight_stationary: return Operand::weights;
    case Dataflow::free:
    case Dataflow::row_stationary: return std::nullopt;
    }
    TANDEM_CHECK(false, "a dataflow outside the enumeration");
}

} // namespace tandem::spatial
