// The epochs of a training job, from its checkpoint to its result.
#pragma once

#include <atomic>
#include <filesystem>

#include "tandem/core/progress.h"
#include "tandem/core/result.h"
#include "tandem/data/dataset.h"
#include "tandem/network/network.h"
#include "tandem/training/plugin/graph_module.h"
#include "tandem/training/training.h"

namespace tandem {

struct TrainedModule {
    TrainResult result;
    GraphModule module;
};

/// As Trainer's functions promise.
[[nodiscard]] Result<TrainedModule> train_network(const TrainJob& job, const TrainingSetup& setup,
                                                  const Network& initial, const Dataset& dataset,
                                                  const std::filesystem::path& checkpoint,
                                                  const EpochHook& hook, const std::atomic<bool>& interrupted,
                                                  Progress& progress);

} // namespace tandem
