// The machine files' common part in code, for those who build arrays instead of loading them.
#pragma once

#include <fmt/format.h>

#include "tandem/machine/bitserial/description.h"

namespace tandem::bitserial {

/// A BISMO array with the constants of machines/bismo-*.yaml, which say where each comes from.
inline Description bismo(std::int64_t rows, std::int64_t columns, std::int64_t dot_product_bits,
                         std::int64_t left_words, std::int64_t right_words) {
    Description machine;
    machine.name = fmt::format("bismo-{}x{}x{}", rows, columns, dot_product_bits);
    machine.array = {.rows = rows, .columns = columns, .dot_product_bits = dot_product_bits};
    machine.buffers = {.left_words = left_words, .right_words = right_words, .energy_per_access = 6.0};
    machine.dram = {.energy_per_access = 200.0, .bandwidth_bits_per_cycle = 60};
    machine.start_up_cycles = 5700;
    machine.bit_product_energy = 1.0 / 256.0;
    machine.clock_hertz = 200e6;
    return machine;
}

} // namespace tandem::bitserial
