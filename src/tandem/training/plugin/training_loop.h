// The epochs of a training job, from its checkpoint to its result.
#pragma once

#include <atomic>
#include <filesystem>
#include <optional>

#include "tandem/core/progress.h"
#include "tandem/core/result.h"
#include "tandem/data/dataset.h"
#include "tandem/network/network.h"
#include "tandem/training/training.h"

namespace tandem {

/// As Trainer::train promises, and Trainer::train_quantized where there is a setup.
[[nodiscard]] Result<QuantizedTraining>
train_network(const TrainJob& job, const std::optional<QuantizationSetup>& setup, const Network& initial,
              const Dataset& dataset, const std::filesystem::path& checkpoint, const EpochHook& hook,
              const std::atomic<bool>& interrupted, Progress& progress);

} // namespace tandem
