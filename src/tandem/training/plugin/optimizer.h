// The optimizers that a job may name.
#pragma once

#include <memory>

#include <torch/optim/optimizer.h>

#include "tandem/training/plugin/graph_module.h"
#include "tandem/training/training.h"

namespace tandem {

/// The job's optimizer; its weight decay pulls at weights alone, because biases and normalisation have few
/// values and do not overfit.
std::unique_ptr<torch::optim::Optimizer> make_optimizer(const GraphModule& module, const TrainJob& job);

void set_learning_rate(torch::optim::Optimizer& optimizer, double rate);

} // namespace tandem
