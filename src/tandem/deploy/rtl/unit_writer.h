// The dot-product unit as Verilog: ands of two words, a tree of counters, the accumulator.
#pragma once

#include <cstdint>
#include <string>

namespace tandem {

struct UnitRtl {
    std::string verilog;      ///< module bitserial_unit
    std::int64_t latency = 0; ///< cycles from a word to its count
};

/// The unit of `bits` bits, a positive multiple of 32. Counts whole columns of bits: the first level ands
/// three pairs and counts them, in two 6-input LUTs; further levels count six bits of a weight at once,
/// until two numbers are left to add. A register stands behind each level.
UnitRtl emit_unit(std::int64_t bits);

} // namespace tandem
