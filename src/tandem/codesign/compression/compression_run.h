// Runs a compression: every point is trained, quantised, scored and kept in a folder of its own, so that a
// run that was interrupted goes on with the point it was at.
#pragma once

#include <atomic>
#include <filesystem>
#include <vector>

#include "tandem/codesign/compression/compression_job.h"
#include "tandem/codesign/compression/compression_point.h"
#include "tandem/core/files.h"
#include "tandem/core/progress.h"
#include "tandem/core/result.h"
#include "tandem/training/training.h"

namespace tandem {

/// The names of the parts of a run's folder.
struct CompressionPaths {
    std::filesystem::path directory;

    std::filesystem::path job() const { return directory / "job.yaml"; }
    std::filesystem::path summary() const { return directory / "compression.json"; }
    std::filesystem::path points() const { return directory / "points"; }
};

/// A run directory that this process works in.
struct CompressionRun {
    CompressionPaths paths;
    DirectoryLock lock;
    CompressionJob job;
};

/// Makes the folder and writes the job into it; a run that is there is refused, or removed with
/// Existing::replace. Errors: in use, not writable.
[[nodiscard]] Result<CompressionRun> create_compression_run(const std::filesystem::path& directory,
                                                            const CompressionJob& job, Existing existing);
/// Takes hold of a run to go on with it. Errors: no run there, in use.
[[nodiscard]] Result<CompressionRun> resume_compression_run(const std::filesystem::path& directory);

/// What a compression works on; loaded before a folder is made, so that bad input leaves nothing behind.
struct CompressionData {
    Dataset dataset;
    Split split;
    Network initial; ///< as load_starting_network() gives it
};
[[nodiscard]] Result<CompressionData> load_compression_data(const CompressionJob& job);

/// All points, in the job's order; those that are in the folder are not computed again. Each lies in
/// points/NAME: network.onnx, strategy.json (calibrated), point.json. The same job gives the same files.
/// Errors: those of training; an interrupt.
[[nodiscard]] Result<std::vector<CompressionPoint>>
run_compression(const CompressionRun& run, const CompressionData& data, Trainer& trainer,
                const std::atomic<bool>& interrupted, Progress& progress);

} // namespace tandem
