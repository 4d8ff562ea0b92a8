// The state of a training run between two epochs, as it goes into a checkpoint.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <torch/optim/optimizer.h>
#include <torch/types.h>

#include "tandem/training/plugin/graph_module.h"
#include "tandem/training/training.h"

namespace tandem {

/// The epoch that validated best, and the module then.
struct BestEpoch {
    std::int64_t epoch = 0;
    double accuracy = 0.0;
    std::vector<torch::Tensor> tensors; ///< of copies_of
};

struct RunState {
    std::vector<EpochRecord> epochs = {};
    EpochDecision decision = {}; ///< the last
    std::optional<BestEpoch> best = {};
    std::vector<torch::Tensor> averages = {}; ///< of the job, as those of copies_of; empty where it has none
};

/// Copies of every tensor of the module that changes, in a fixed order. All shards hold the same statistics
/// between epochs.
std::vector<torch::Tensor> copies_of(const GraphModule& module);
/// The inverse.
void restore(const std::vector<torch::Tensor>& tensors, GraphModule& module);

/// Everything a run needs to go on, as bytes of LibTorch's archive.
std::string save_state(const RunState& state, const GraphModule& module,
                       const torch::optim::Optimizer& optimizer);

/// The inverse: fills module and optimizer. The bytes must come from save_state for the same network and
/// job; LibTorch throws where they do not.
RunState load_state(const std::string& bytes, GraphModule& module, torch::optim::Optimizer& optimizer);

} // namespace tandem
