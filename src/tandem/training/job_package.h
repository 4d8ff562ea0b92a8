// A training as another machine takes it: one folder with the job, the network, the data and, where it learns
// to be quantised, how. docs/training.md says how it comes back.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "tandem/core/document.h"
#include "tandem/core/files.h"
#include "tandem/core/result.h"
#include "tandem/data/dataset.h"
#include "tandem/network/network.h"
#include "tandem/training/quantization.h"
#include "tandem/training/training.h"

namespace tandem {

/// What Trainer::train and its kin are given.
struct JobPackage {
    TrainJob job;
    TrainingSetup setup;
    Network network;
    Dataset dataset;
};

/// Writes `job.json` and `tensors.bin` into the folder, which is made. Errors: files that cannot be written,
/// or are there and may not be replaced.
[[nodiscard]] Result<void> write_job_package(const std::filesystem::path& folder, const JobPackage& package,
                                             Existing existing);
/// Errors: files missing or damaged, everything that the parts may not be.
[[nodiscard]] Result<JobPackage> load_job_package(const std::filesystem::path& folder);
/// The same of what the files hold; `file` names the document.
[[nodiscard]] Result<JobPackage> parse_job_package(const Document& document, std::string_view bytes,
                                                   const std::string& file);

/// Where a training in the folder keeps its checkpoint.
std::filesystem::path checkpoint_in(const std::filesystem::path& folder);

} // namespace tandem
