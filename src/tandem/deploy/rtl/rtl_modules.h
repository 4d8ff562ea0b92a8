// The fixed part of the generated RTL, which lies as real sources in modules/ and is embedded when
// Tandem is built.
#pragma once

#include <string_view>

namespace tandem {

std::string_view rtl_array();
std::string_view rtl_buffer();
std::string_view rtl_makefile();
std::string_view rtl_sequencer();
std::string_view rtl_testbench();

} // namespace tandem
