// The fixed part of the generated C, which lies as real C sources in runtime/ and is embedded when
// Tandem is built.
#pragma once

#include <string_view>
#include <vector>

namespace tandem {

struct CRuntimeFile {
    std::string_view name; ///< of a kernel as in tandem_run_<name>, or of the file
    std::string_view source;
};

/// The kernels, one file each; what a network needs of them becomes its kernels.c.
const std::vector<CRuntimeFile>& c_kernels();
/// The headers that they include.
const std::vector<CRuntimeFile>& c_kernel_headers();

/// What makes an image of a board: start-up code, timers, semihosting, main.c for a network called
/// "network", and the linker script with its @fields@.
const std::vector<CRuntimeFile>& firmware_sources();

/// A program that classifies samples from a file, for a network called "network".
std::string_view c_example_source();
/// The program of the proof on the host, for a network called "network".
std::string_view c_harness_source();

} // namespace tandem
