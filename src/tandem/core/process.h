// Runs another program and waits for it, with what it prints captured.
#pragma once

#include <string>
#include <vector>

#include "tandem/core/result.h"
#include "tandem/core/units.h"

namespace tandem {

struct FinishedProcess {
    int status = 0;     ///< exit status, or 128 + the number of the signal that killed it, as shells have it
    std::string output; ///< standard output and error together

    bool operator==(const FinishedProcess&) const = default;
};

/// Runs `arguments` (the first is the program, looked up on PATH unless it has a slash) without
/// standard input. Errors: it cannot be started.
[[nodiscard]] Result<FinishedProcess> run_process(const std::vector<std::string>& arguments);

/// The most memory that this process has held so far.
Bytes peak_memory();

/// The full path of a program on PATH, or empty.
std::string find_program(const std::string& name);

} // namespace tandem
