// What an array costs in LUTs and block RAM of a 7-series FPGA.
#pragma once

#include "tandem/machine/bitserial/description.h"
#include "tandem/machine/machine.h"

namespace tandem::bitserial {

/// LUTs = Dm Dn (1.17 Dk + 44.1 + 120.1); RAMB36 = ceil(Dk / 32) (Dm ceil(left / 1024) +
/// Dn ceil(right / 1024)) + 7, depths in words (BISMO's own estimate as of 2019; the 7 of the AnaCoNGA
/// publication's synthesised designs).
double estimate_luts(const Array& array);
std::int64_t estimate_brams(const Array& array, const Buffers& buffers);

/// LUTs of the array that deploy/rtl/ generates, fitted to what Yosys counts of a range of them
/// (docs/bitserial-model.md): units, write enables of the buffers' lanes, the sequencer.
std::int64_t estimate_generated_luts(const Array& array, const Buffers& buffers);
/// Bits that address a buffer of this depth; at least one.
std::int64_t address_bits(std::int64_t words);

/// The first two, the peak rate 2 Dm Dn Dk f of one-bit products, and a remark when BISMO itself would
/// refuse the array: its dot products are 64 * 2^i bits.
Resources estimate_resources(const Description& machine);

} // namespace tandem::bitserial
