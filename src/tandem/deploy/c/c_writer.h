// Standalone C99 for an integer program, or several operating points of a network: no dependency but
// <stdint.h>, static memory, the same integers as the engine.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tandem/core/result.h"
#include "tandem/deploy/c/operating_points.h"
#include "tandem/deploy/emitted_file.h"
#include "tandem/engine/integer_program.h"
#include "tandem/machine/microcontroller/c_layer.h"
#include "tandem/machine/microcontroller/encoded_weights.h"

namespace tandem {

/// Whether generated C computes the program's arithmetic: powers of two and shifts half to even, or scales by
/// float factors or multipliers; exact sums. The error names what it does not emit.
[[nodiscard]] Result<void> check_emittable_in_c(const IntegerProgram& program);

/// The macros by which kernels and tables are those of that arithmetic, as lines of C.
std::string_view arithmetic_macros(CArithmetic arithmetic);

/// network.h and network.c (the functions, the steps, the memory), kernels.c with its headers (the
/// arithmetic that the network needs), weights.h and weights.c, README.md. Names begin with
/// "tandem_<name of the first program>". Same programs, same bytes. Each must have a step and pass
/// check_emittable_in_c.
std::vector<EmittedFile> emit_c(const OperatingPoints& points, WeightStorage storage = WeightStorage::plain);

/// The same with a program that uses it: main.c, and a CMakeLists.txt for both.
std::vector<EmittedFile> emit_c_project(const OperatingPoints& points,
                                        WeightStorage storage = WeightStorage::plain);

/// Text that is written for a network called "network" (tandem_network_run, TANDEM_NETWORK_...), with the
/// program's names in place of that one's.
std::string with_names_of(const IntegerProgram& program, std::string text);

} // namespace tandem
