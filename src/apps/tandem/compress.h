// `tandem run` of a job that compresses a network by training it (codesign/compression/).
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "command.h"

namespace tandem::app {

/// What the command line says of such a run.
struct CompressOptions {
    std::string job;    ///< a job file; or
    std::string resume; ///< the folder of a run to go on with
    std::string out;    ///< by default runs/<name of the job>
    std::string data_root;
    std::optional<std::int64_t> seed;
    bool force = false;
    CommonOptions common;
};

/// Whether the job file, or that of the run to go on with, is of this kind. Errors: those of load_yaml.
[[nodiscard]] Result<bool> asks_for_compression(const std::string& job, const std::string& resume);

/// Runs it, writes compression.json and prints the points.
[[nodiscard]] Result<void> compress(const CompressOptions& options);

} // namespace tandem::app
