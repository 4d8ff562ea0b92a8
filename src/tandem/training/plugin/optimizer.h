// Stochastic gradient descent and the state of a run, as it goes into a checkpoint.
#pragma once

#include <string>
#include <vector>

#include <torch/optim/sgd.h>

#include "tandem/training/plugin/graph_module.h"
#include "tandem/training/training.h"

namespace tandem {

/// Momentum and weight decay as the job says; decay pulls at weights alone, because biases and
/// normalisation have few values and do not overfit.
torch::optim::SGD make_optimizer(const GraphModule& module, const TrainJob& job);

void set_learning_rate(torch::optim::SGD& optimizer, double rate);

/// Everything a run needs to go on after `epochs`, as bytes of LibTorch's archive.
std::string save_state(const GraphModule& module, const torch::optim::SGD& optimizer,
                       const std::vector<EpochRecord>& epochs);

/// The inverse: fills module and optimizer, returns the epochs. The bytes must come from save_state
/// for the same network; LibTorch throws where they do not.
std::vector<EpochRecord> load_state(const std::string& bytes, GraphModule& module,
                                    torch::optim::SGD& optimizer);

} // namespace tandem
