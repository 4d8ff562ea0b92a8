// `tandem map --arrays`: the bit-serial arrays for a network at given widths.
#pragma once

#include <string>

#include "command.h"
#include "tandem/codesign/job.h"
#include "tandem/machine/machine.h"
#include "tandem/workload/workload.h"

namespace tandem::app {

struct ArrayOptions {
    bool is_asked_for = false;
    HardwareOptions hardware;
    std::string out; ///< machine file to write; empty: none
    bool force = false;
};
void add_array_options(CLI::App& app, ArrayOptions& options);

/// Prints the front of arrays that meet the targets, marks the chosen one, and writes its machine file.
/// `machine_file` gives what is not chosen. Errors: a machine of another family; no array that meets them.
[[nodiscard]] Result<void> print_arrays(const ArrayOptions& options, const CommonOptions& common,
                                        const Workload& workload, const Machine& machine,
                                        const std::string& machine_file);

} // namespace tandem::app
