// Random programs with rules other than the shift half to even: what random_program gives, rewritten.
#pragma once

#include <optional>

#include "tandem/core/random.h"
#include "tandem/engine/integer_program.h"

namespace tandem {

/// The program with named roundings, tables of thresholds and accumulators of stated widths.
IntegerProgram with_random_roundings(Random& random, IntegerProgram program);

/// The program with a scale and a zero point for every tensor, multipliers or float factors in its layers,
/// and sums of at most 32 bits; none where its layers' own weights already exceed them.
std::optional<IntegerProgram> with_random_scales(Random& random, IntegerProgram program);

} // namespace tandem
