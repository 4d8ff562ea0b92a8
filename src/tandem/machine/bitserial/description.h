// A bit-serial matrix machine as its YAML file describes it: an array of dot-product units, a buffer for
// each operand, one DRAM port. docs/bitserial-model.md has the formulas.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tandem/core/fields.h"
#include "tandem/core/result.h"

namespace tandem::bitserial {

/// Dot-product units: `rows` down the left operand, `columns` along the right one, each of which ands
/// and counts `dot_product_bits` bits of both in a cycle. The letters of the literature: Dm, Dn, Dk.
struct Array {
    std::int64_t rows = 1;
    std::int64_t columns = 1;
    std::int64_t dot_product_bits = 64;
    std::int64_t maximum_bits = 8;  ///< of an operand
    std::int64_t bubble_cycles = 8; ///< between two pairs of bit planes; 0: back to back

    bool operator==(const Array&) const = default;
};

/// Depths of the two buffers in words of `dot_product_bits`, one memory a row or column of the array.
struct Buffers {
    std::int64_t left_words = 0;
    std::int64_t right_words = 0;
    double energy_per_access = 0.0; ///< of 16 bits, read or written

    bool operator==(const Buffers&) const = default;
};

struct Dram {
    double energy_per_access = 0.0; ///< of 16 bits
    std::int64_t bandwidth_bits_per_cycle = 0;

    bool operator==(const Dram&) const = default;
};

struct Description {
    std::string name;
    Array array;
    Buffers buffers;
    Dram dram;
    std::int64_t start_up_cycles = 0; ///< a layer: instructions written, engines started and drained
    double bit_product_energy = 0.0;  ///< of one bit times one bit
    double clock_hertz = 200e6;

    bool operator==(const Description&) const = default;
};

void describe(Fields& fields, Description& description);

/// What ranges cannot say, all violations: a printable name, a dot product of whole 32-bit words.
std::vector<Problem> find_problems(const Description& description, const std::string& file);

/// What a side's buffer holds, in bytes: one memory of `words` for each of its rows or columns.
std::int64_t left_buffer_bytes(const Description& description);
std::int64_t right_buffer_bytes(const Description& description);

} // namespace tandem::bitserial
