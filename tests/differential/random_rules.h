// Random programs with rules other than the shift half to even: what random_program gives, rewritten.
#pragma once

#include <optional>

#include "tandem/core/random.h"
#include "tandem/engine/integer_program.h"

namespace tandem {

/// The program with named roundings, tables of thresholds and accumulators of stated widths.
IntegerProgram with_random_roundings(Random& random, IntegerProgram program);

/// How the steps of a program apply scales: each as it comes, or all alike, as those of a network do.
enum class ScaleArithmetic { mixed, factors, multiplied_once, multiplied_twice };

/// The program with a scale and a zero point for every tensor, multipliers or float factors in its layers,
/// the latter alone where sums exceed 32 bits; none where they exceed what lowering allows, or what all steps
/// alike can do.
std::optional<IntegerProgram> with_random_scales(Random& random, IntegerProgram program,
                                                 ScaleArithmetic arithmetic = ScaleArithmetic::mixed);

} // namespace tandem
