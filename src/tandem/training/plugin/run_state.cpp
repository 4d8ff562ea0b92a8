#include "tandem/training/plugin/run_state.h"

#include <array>
#include <cstring>
#include <sstream>

#include <torch/serialize.h>

#include "tandem/core/check.h"

namespace tandem {

namespace {

using torch::Tensor;
using torch::serialize::InputArchive;
using torch::serialize::OutputArchive;

/// Handles: copying into them changes the module.
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

std::string key_of(const std::string& list, std::size_t index) { return list + std::to_string(index); }

void write_tensors(OutputArchive& archive, const std::string& list, const std::vector<Tensor>& tensors) {
    for (std::size_t i = 0; i < tensors.size(); ++i) {
        archive.write(key_of(list, i), tensors[i].detach().cpu());
    }
}

std::vector<Tensor> read_tensors(InputArchive& archive, const std::string& list, std::size_t count) {
    std::vector<Tensor> tensors(count);
    for (std::size_t i = 0; i < count; ++i) archive.read(key_of(list, i), tensors[i]);
    return tensors;
}

void write_decision(OutputArchive& archive, const EpochDecision& decision) {
    archive.write("holds_masks", c10::IValue(decision.holds_masks));
    archive.write("stops", c10::IValue(decision.stops));
    c10::List<std::string> names;
    for (const auto& [name, bytes] : decision.masks) {
        archive.write(key_of("mask", names.size()),
                      torch::tensor(at::ArrayRef<std::uint8_t>(bytes.data(), bytes.size()), torch::kUInt8));
        names.push_back(name);
    }
    archive.write("masked", c10::IValue(names));
}

EpochDecision read_decision(InputArchive& archive) {
    c10::IValue holds_masks;
    c10::IValue stops;
    c10::IValue masked;
    archive.read("holds_masks", holds_masks);
    archive.read("stops", stops);
    archive.read("masked", masked);
    EpochDecision decision{.holds_masks = holds_masks.toBool(), .stops = stops.toBool()};
    const c10::List<c10::IValue> names = masked.toList();
    const std::vector<Tensor> masks = read_tensors(archive, "mask", names.size());
    for (std::size_t i = 0; i < names.size(); ++i) {
        const auto* const bytes = masks[i].data_ptr<std::uint8_t>();
        decision.masks[names.get(i).toStringRef()].assign(bytes, bytes + masks[i].numel());
    }
    return decision;
}

} // namespace

std::vector<Tensor> copies_of(const GraphModule& module) {
    std::vector<Tensor> copies;
    for (const Tensor& tensor : state_of(module)) copies.push_back(tensor.detach().clone());
    return copies;
}

void restore(const std::vector<Tensor>& tensors, GraphModule& module) {
    const torch::NoGradGuard no_gradients;
    std::vector<Tensor> targets = state_of(module);
    for (std::size_t i = 0; i < targets.size(); ++i) targets[i].copy_(tensors.at(i));
    module.spread_statistics(); // only those of the first shard are kept
}

std::string save_state(const RunState& state, const GraphModule& module,
                       const torch::optim::Optimizer& optimizer) {
    OutputArchive archive;
    write_tensors(archive, "tensor", state_of(module));
    archive.write("epochs", to_table(state.epochs));
    write_decision(archive, state.decision);
    archive.write("best_epoch", c10::IValue(state.best ? state.best->epoch : 0));
    if (state.best) {
        archive.write("best_accuracy", c10::IValue(state.best->accuracy));
        write_tensors(archive, "best", state.best->tensors);
    }
    archive.write("has_averages", c10::IValue(!state.averages.empty()));
    write_tensors(archive, "average", state.averages);
    OutputArchive moments;
    optimizer.save(moments);
    archive.write("optimizer", moments);
    std::ostringstream stream;
    archive.save_to(stream);
    return std::move(stream).str();
}

RunState load_state(const std::string& bytes, GraphModule& module, torch::optim::Optimizer& optimizer) {
    std::istringstream stream(bytes);
    InputArchive archive;
    archive.load_from(stream);
    const std::size_t count = state_of(module).size();
    restore(read_tensors(archive, "tensor", count), module);
    InputArchive moments;
    archive.read("optimizer", moments);
    optimizer.load(moments);
    RunState state;
    Tensor table;
    archive.read("epochs", table);
    state.epochs = to_epochs(table);
    state.decision = read_decision(archive);
    c10::IValue best_epoch;
    archive.read("best_epoch", best_epoch);
    if (best_epoch.toInt() > 0) {
        c10::IValue accuracy;
        archive.read("best_accuracy", accuracy);
        state.best = BestEpoch{.epoch = best_epoch.toInt(),
                               .accuracy = accuracy.toDouble(),
                               .tensors = read_tensors(archive, "best", count)};
    }
    c10::IValue has_averages;
    archive.read("has_averages", has_averages);
    if (has_averages.toBool()) state.averages = read_tensors(archive, "average", count);
    return state;
}

} // namespace tandem
