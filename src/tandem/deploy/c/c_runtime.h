// The fixed part of the generated C, which lies as real C sources in runtime/ and is embedded when
// Tandem is built.
#pragma once

#include <string_view>

namespace tandem {

/// kernels.h and kernels.c: the arithmetic, delivered with every network.
std::string_view c_kernels_header();
std::string_view c_kernels_source();

/// harness.c: the program of the proof; reads samples, writes integers.
std::string_view c_harness_source();

} // namespace tandem
