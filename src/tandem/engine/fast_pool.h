// Pooling in the fast engine: the channels of a position at a time.
#pragma once

#include "tandem/engine/integer_program.h"
#include "tandem/engine/integer_values.h"

namespace tandem {

/// Whether execute_fast_pool computes the step's rule, in sums of 32 bits.
bool takes_fast_pool(const IntegerProgram& program, const AveragePoolStep& step);

void execute_fast_pool(const IntegerProgram& program, const MaxPoolStep& step, const IntegerValues& input,
                       IntegerValues& output, std::int64_t samples);
void execute_fast_pool(const IntegerProgram& program, const AveragePoolStep& step, const IntegerValues& input,
                       IntegerValues& output, std::int64_t samples);

} // namespace tandem
