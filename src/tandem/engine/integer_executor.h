// Integer execution, twice: a plain implementation that is the oracle and stays simple, and a fast
// one that must equal it bit for bit.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "tandem/engine/integer_program.h"

namespace tandem {

/// The integers of one stored tensor for some samples: (sample, row, column, channel).
using IntegerValues = std::vector<std::int16_t>;
// Unsigned 16-bit formats reach 65,535 and do not fit int16_t; their bits are kept as they are and
// read back through `stored_integer`.
std::int32_t stored_integer(std::int16_t bits, const NumberFormat& format);

/// Quantises float samples (N, C, H, W) into the program's input tensor.
IntegerValues quantize_input(const IntegerProgram& program, std::span<const float> samples);

/// Every tensor of the program, by index, for some samples. The definition: loops over int64_t.
std::vector<IntegerValues> execute_plain(const IntegerProgram& program, const IntegerValues& input,
                                         std::int64_t samples);

/// One step on whole tensors: `tensors[i]` holds the inputs of the step and receives its output.
/// The fast implementation: oneDNN's integer convolutions where they are exact on this processor,
/// byte planes for wide operands, vectorised rounding. One thread; safe to call from many.
void execute_step_fast(const IntegerProgram& program, const Step& step,
                       std::vector<const IntegerValues*> inputs, IntegerValues& output, std::int64_t samples);

} // namespace tandem
