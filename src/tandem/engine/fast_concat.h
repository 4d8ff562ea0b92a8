// Concatenation in the fast engine: runs of each input copied beside each other, through a table or a sum
// where their integers change.
#pragma once

#include <span>

#include "tandem/engine/integer_program.h"
#include "tandem/engine/integer_values.h"

namespace tandem {

/// Whether execute_fast_concat computes the step's rules.
bool takes_fast_concat(const IntegerProgram& program, const ConcatStep& step);

void execute_fast_concat(const IntegerProgram& program, const ConcatStep& step,
                         std::span<const IntegerValues* const> inputs, IntegerValues& output,
                         std::int64_t samples);

} // namespace tandem
