// A bit-serial array as Verilog-2005, with what proves it: a test bench, products that the engine's
// arithmetic multiplied, and a Makefile that simulates and synthesises.
#pragma once

#include <vector>

#include "tandem/deploy/emitted_file.h"
#include "tandem/machine/bitserial/description.h"

namespace tandem {

/// array.v (top module bitserial_array with this machine's parameters), unit.v, buffer.v, sequencer.v; the
/// test bench testbench.cpp with geometry.h and products.txt; Makefile (`make simulate synthesize`, with
/// Verilator and Yosys) and README.md. Same machine and seed, same bytes.
std::vector<EmittedFile> emit_rtl(const bitserial::Description& machine, std::uint64_t seed);

} // namespace tandem
