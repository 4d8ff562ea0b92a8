#include "tandem/codesign/level_screen.h"

#include <fmt/format.h>

namespace tandem {

void describe(Fields& fields, RefineTargets& targets) {
    fields.optional_integer({"cycles", "of all layers"}, targets.cycles, kPositiveInteger);
    fields.optional_number({"energy", "of all layers, in the machine's unit"}, targets.energy,
                           kPositiveNumber);
    fields.optional_integer({"dram_bytes", "read and written off chip"}, targets.dram_bytes,
                            kPositiveInteger);
}

LevelScreen::LevelScreen(MachinePointer machine, RefineTargets targets)
    : machine_(std::move(machine)), targets_(targets), memory_(std::make_unique<Memory>()) {}

Outcome<Abstract> LevelScreen::estimate(const LayerWork& work, AbstractionLevel level) const {
    const std::pair key{level, content_hash(work)};
    {
        const std::scoped_lock lock(memory_->mutex);
        const auto found = memory_->layers.find(key);
        if (found != memory_->layers.end()) return found->second;
    }
    Outcome<Abstract> estimated = estimate_layer(work, *machine_, level, {});
    const std::scoped_lock lock(memory_->mutex);
    return memory_->layers.try_emplace(key, std::move(estimated)).first->second;
}

std::optional<Infeasible> LevelScreen::judge(AbstractionLevel level, double cycles, double energy,
                                             double bytes) const {
    const auto exceeds = [&](std::string_view name, double value,
                             double target) -> std::optional<Infeasible> {
        if (value <= target) return std::nullopt;
        return Infeasible{
            fmt::format("back from the {} level: more than {} {}", to_string(level), target, name)};
    };
    std::optional<Infeasible> missed;
    if (targets_.cycles) missed = exceeds("cycles", cycles, static_cast<double>(*targets_.cycles));
    if (!missed && targets_.energy) missed = exceeds("of energy", energy, *targets_.energy);
    if (!missed && targets_.dram_bytes) {
        missed = exceeds("bytes off chip", bytes, static_cast<double>(*targets_.dram_bytes));
    }
    return missed;
}

std::optional<Infeasible> LevelScreen::sent_back(const Workload& workload) const {
    for (const AbstractionLevel level : {AbstractionLevel::coarse, AbstractionLevel::mid}) {
        Abstract total;
        double bytes = 0.0;
        for (const NamedLayerWork& layer : workload.layers) {
            const Outcome<Abstract> each = estimate(layer.work, level);
            if (!each) return std::nullopt; // the finest level says which layer does not fit, and why
            total += *each;
            bytes += static_cast<double>(bytes_holding(each->outermost_traffic).value);
        }
        std::optional<Infeasible> missed =
            judge(level, static_cast<double>(total.cycles.value), total.energy.value, bytes);
        if (missed) return missed;
    }
    return std::nullopt;
}

std::optional<Infeasible> LevelScreen::sent_back(const Cost& cost) const {
    return judge(AbstractionLevel::fine, static_cast<double>(cost.cycles().value), cost.energy().value,
                 static_cast<double>(cost.outermost_bytes().value));
}

} // namespace tandem
