#include "tandem/training/plugin/optimizer.h"

#include <torch/optim/adam.h>
#include <torch/optim/adamw.h>
#include <torch/optim/sgd.h>

#include "tandem/core/check.h"

namespace tandem {

namespace {

/// `options_of` gives the options for a weight decay.
template <class Optimizer, class OptionsOf> std::unique_ptr<torch::optim::Optimizer>
make(const GraphModule& module, const TrainJob& job, const OptionsOf& options_of) {
    using Options = decltype(options_of(0.0));
    std::vector<torch::optim::OptimizerParamGroup> groups;
    groups.emplace_back(module.weights(), std::make_unique<Options>(options_of(job.weight_decay)));
    groups.emplace_back(module.offsets(), std::make_unique<Options>(options_of(0.0)));
    return std::make_unique<Optimizer>(std::move(groups), options_of(0.0));
}

} // namespace

std::unique_ptr<torch::optim::Optimizer> make_optimizer(const GraphModule& module, const TrainJob& job) {
    const auto betas = std::make_tuple(job.momentum, job.second_momentum);
    if (job.optimizer == "adam") {
        return make<torch::optim::Adam>(module, job, [&](double decay) {
            return torch::optim::AdamOptions(job.learning_rate).betas(betas).weight_decay(decay);
        });
    }
    if (job.optimizer == "adamw") {
        return make<torch::optim::AdamW>(module, job, [&](double decay) {
            return torch::optim::AdamWOptions(job.learning_rate).betas(betas).weight_decay(decay);
        });
    }
    TANDEM_CHECK(job.optimizer == "sgd", "a known optimizer");
    return make<torch::optim::SGD>(module, job, [&](double decay) {
        return torch::optim::SGDOptions(job.learning_rate).momentum(job.momentum).weight_decay(decay);
    });
}

void set_learning_rate(torch::optim::Optimizer& optimizer, double rate) {
    for (torch::optim::OptimizerParamGroup& group : optimizer.param_groups()) group.options().set_lr(rate);
}

} // namespace tandem
