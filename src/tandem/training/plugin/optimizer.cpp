#include "tandem/training/plugin/optimizer.h"

#include <array>
#include <cstring>
#include <memory>
#include <sstream>

#include <torch/serialize.h>

#include "tandem/core/check.h"

namespace tandem {

namespace {

using torch::Tensor;

/// Every tensor of the module that changes, in a fixed order. All shards hold the same statistics
/// between epochs.
std::vector<Tensor> state_of(const GraphModule& module) {
    std::vector<Tensor> tensors = module.weights();
    tensors.insert(tensors.end(), module.offsets().begin(), module.offsets().end());
    const std::vector<Tensor> statistics = module.statistics(0);
    tensors.insert(tensors.end(), statistics.begin(), statistics.end());
    return tensors;
}

constexpr std::int64_t kColumns = 6;

Tensor to_table(const std::vector<EpochRecord>& epochs) {
    Tensor table = torch::empty({static_cast<std::int64_t>(epochs.size()), kColumns}, torch::kFloat64);
    for (std::size_t i = 0; i < epochs.size(); ++i) {
        const EpochRecord& epoch = epochs[i];
        const std::array<double, kColumns> row = {
            static_cast<double>(epoch.epoch), epoch.learning_rate,       epoch.training_loss,
            epoch.training_accuracy,          epoch.validation_accuracy, epoch.seconds};
        std::memcpy(table.data_ptr<double>() + i * row.size(), row.data(), sizeof row);
    }
    return table;
}

std::vector<EpochRecord> to_epochs(const Tensor& table) {
    TANDEM_CHECK(table.dim() == 2 && table.size(1) == kColumns, "a table of epochs");
    std::vector<EpochRecord> epochs;
    for (std::int64_t i = 0; i < table.size(0); ++i) {
        const double* const row = table.data_ptr<double>() + i * kColumns;
        epochs.push_back({.epoch = static_cast<std::int64_t>(row[0]),
                          .learning_rate = row[1],
                          .training_loss = row[2],
                          .training_accuracy = row[3],
                          .validation_accuracy = row[4],
                          .seconds = row[5]});
    }
    return epochs;
}

std::string key_of(std::size_t index) { return "tensor" + std::to_string(index); }

} // namespace

torch::optim::SGD make_optimizer(const GraphModule& module, const TrainJob& job) {
    const auto options = [&](double decay) {
        return std::make_unique<torch::optim::SGDOptions>(
            torch::optim::SGDOptions(job.learning_rate).momentum(job.momentum).weight_decay(decay));
    };
    std::vector<torch::optim::OptimizerParamGroup> groups;
    groups.emplace_back(module.weights(), options(job.weight_decay));
    groups.emplace_back(module.offsets(), options(0.0));
    return torch::optim::SGD(std::move(groups), torch::optim::SGDOptions(job.learning_rate));
}

void set_learning_rate(torch::optim::SGD& optimizer, double rate) {
    for (torch::optim::OptimizerParamGroup& group : optimizer.param_groups()) {
        static_cast<torch::optim::SGDOptions&>(group.options()).lr(rate);
    }
}

std::string save_state(const GraphModule& module, const torch::optim::SGD& optimizer,
                       const std::vector<EpochRecord>& epochs) {
    torch::serialize::OutputArchive archive;
    const std::vector<Tensor> tensors = state_of(module);
    for (std::size_t i = 0; i < tensors.size(); ++i) archive.write(key_of(i), tensors[i].detach().cpu());
    archive.write("epochs", to_table(epochs));
    torch::serialize::OutputArchive momenta;
    optimizer.save(momenta);
    archive.write("optimizer", momenta);
    std::ostringstream stream;
    archive.save_to(stream);
    return std::move(stream).str();
}

std::vector<EpochRecord> load_state(const std::string& bytes, GraphModule& module,
                                    torch::optim::SGD& optimizer) {
    std::istringstream stream(bytes);
    torch::serialize::InputArchive archive;
    archive.load_from(stream);
    const torch::NoGradGuard no_gradients;
    const std::vector<Tensor> tensors = state_of(module);
    for (std::size_t i = 0; i < tensors.size(); ++i) {
        Tensor saved;
        archive.read(key_of(i), saved);
        Tensor target = tensors[i]; // a handle: copying into it changes the module
        target.copy_(saved);
    }
    module.spread_statistics(); // only those of the first shard are kept
    torch::serialize::InputArchive momenta;
    archive.read("optimizer", momenta);
    optimizer.load(momenta);
    Tensor table;
    archive.read("epochs", table);
    return to_epochs(table);
}

} // namespace tandem
