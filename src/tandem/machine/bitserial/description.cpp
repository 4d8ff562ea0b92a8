#include "tandem/machine/bitserial/description.h"

#include <algorithm>

#include <fmt/format.h>

namespace tandem::bitserial {

namespace {

// Above any array that fits a device, and low enough that no count of ours overflows.
constexpr IntegerRange kArrayExtent{.minimum = 1, .maximum = 256};
constexpr IntegerRange kDotProductBits{.minimum = 32, .maximum = 4096};
constexpr IntegerRange kOperandBits{.minimum = 1, .maximum = 8};
constexpr IntegerRange kBubble{.minimum = 0, .maximum = 64};
constexpr IntegerRange kWords{.minimum = 1, .maximum = 65536};
constexpr IntegerRange kBandwidth{.minimum = 1, .maximum = 65536};
constexpr IntegerRange kStartUp{.minimum = 0, .maximum = 1'000'000'000};
constexpr NumberRange kEnergy{.minimum = 0.0, .maximum = 1e9};
constexpr NumberRange kClock{.minimum = 1.0, .maximum = 1e12};

/// A key that can only say one thing, written so that the file explains itself.
void fixed(Fields& fields, FieldInfo info, std::string_view only_word) {
    std::string word(only_word);
    fields.choice(info, word, {word});
}

void describe(Fields& fields, Array& array) {
    fields.integer({.name = "rows",
                    .meaning = "dot-product units down the left operand, Dm",
                    .presence = Presence::required},
                   array.rows, kArrayExtent);
    fields.integer({.name = "columns",
                    .meaning = "dot-product units along the right operand, Dn",
                    .presence = Presence::required},
                   array.columns, kArrayExtent);
    fields.integer({.name = "dot_product_bits",
                    .meaning = "bits that a unit ands and counts in a cycle, Dk; a multiple of 32",
                    .presence = Presence::required},
                   array.dot_product_bits, kDotProductBits);
    fields.integer({.name = "maximum_bits", .meaning = "width of the widest operand"}, array.maximum_bits,
                   kOperandBits);
    fields.integer(
        {.name = "bubble_cycles", .meaning = "idle cycles between two pairs of bit planes; BISMO has 8"},
        array.bubble_cycles, kBubble);
}

void describe(Fields& fields, Buffers& buffers) {
    fields.integer({.name = "left_words",
                    .meaning = "depth of the left buffer, in words of dot_product_bits",
                    .presence = Presence::required},
                   buffers.left_words, kWords);
    fields.integer({.name = "right_words",
                    .meaning = "depth of the right buffer, in words of dot_product_bits",
                    .presence = Presence::required},
                   buffers.right_words, kWords);
    fields.number({.name = "energy_per_access",
                   .meaning = "energy of reading or writing 16 bits",
                   .presence = Presence::required},
                  buffers.energy_per_access, kEnergy);
}

void describe(Fields& fields, Dram& dram) {
    fields.number({.name = "energy_per_access",
                   .meaning = "energy of reading or writing 16 bits",
                   .presence = Presence::required},
                  dram.energy_per_access, kEnergy);
    fields.integer({.name = "bandwidth_bits_per_cycle",
                    .meaning = "bits read plus bits written in a cycle",
                    .presence = Presence::required},
                   dram.bandwidth_bits_per_cycle, kBandwidth);
}

/// Names go into tables, JSON and messages as they are.
bool is_printable(const std::string& name) {
    return std::all_of(name.begin(), name.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

} // namespace

void describe(Fields& fields, Description& description) {
    fixed(fields, {.name = "family", .meaning = "the machine family", .presence = Presence::required},
          "bitserial");
    fields.text({.name = "name", .meaning = "what reports call the machine", .presence = Presence::required},
                description.name);
    fixed(fields,
          {.name = "energy_unit", .meaning = "every energy is a multiple of one 16-bit multiply-accumulate"},
          "mac16");
    fields.section({.name = "array", .meaning = "the dot-product units", .presence = Presence::required},
                   [&](Fields& inner) { describe(inner, description.array); });
    fields.section(
        {.name = "buffers", .meaning = "the operands' memories on chip", .presence = Presence::required},
        [&](Fields& inner) { describe(inner, description.buffers); });
    fields.section({.name = "dram", .meaning = "the memory off chip", .presence = Presence::required},
                   [&](Fields& inner) { describe(inner, description.dram); });
    fields.integer({.name = "start_up_cycles",
                    .meaning = "cycles before a layer's first fetch and after its last result",
                    .presence = Presence::required},
                   description.start_up_cycles, kStartUp);
    fields.number({.name = "bit_product_energy",
                   .meaning = "energy of multiplying and adding one bit by one bit",
                   .presence = Presence::required},
                  description.bit_product_energy, kEnergy);
    fields.number({.name = "clock_hertz", .meaning = "clock, for the peak rate alone"},
                  description.clock_hertz, kClock);
}

std::vector<Problem> find_problems(const Description& description, const std::string& file) {
    std::vector<Problem> problems;
    if (!is_printable(description.name)) {
        problems.push_back({file, "name", "unprintable bytes", "printable ASCII"});
    }
    if (description.array.dot_product_bits % 32 != 0) {
        problems.push_back({file, "array.dot_product_bits",
                            fmt::format("{}", description.array.dot_product_bits), "a multiple of 32"});
    }
    return problems;
}

std::int64_t left_buffer_bytes(const Description& description) {
    const Array& array = description.array;
    return array.rows * array.dot_product_bits * description.buffers.left_words / 8;
}

std::int64_t right_buffer_bytes(const Description& description) {
    const Array& array = description.array;
    return array.columns * array.dot_product_bits * description.buffers.right_words / 8;
}

} // namespace tandem::bitserial
