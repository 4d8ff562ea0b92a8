// What every fuzz target shares. A target hands any bytes to a loader: it may refuse them, with at
// least one problem that says something, or return a value that keeps the loader's promises. A broken
// promise stops the program, which libFuzzer reports as a finding.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "tandem/core/result.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace tandem {

inline std::string_view fuzz_text(const std::uint8_t* data, std::size_t size) {
    // Bytes are characters to every loader.
    return {reinterpret_cast<const char*>(data), size};
}

inline void promise(bool holds, const char* what) {
    if (holds) return;
    std::fprintf(stderr, "broken promise: %s\n", what);
    std::abort();
}

/// An error is of the input's kind, and each of its problems names the file and fits on one line.
inline void judge(const Error& error) {
    promise(error.kind == ErrorKind::bad_input, "wrong input is bad_input");
    promise(!error.problems.empty(), "an error has a problem");
    for (const Problem& problem : error.problems) {
        promise(!problem.file.empty(), "a problem names its file");
        promise(!problem.found.empty() || !problem.expected.empty(), "a problem says something");
    }
}

} // namespace tandem
