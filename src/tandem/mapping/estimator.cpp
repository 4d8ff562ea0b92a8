// Costs remembered by the content of the layer. Sixteen shards keep threads out of each other's way; a
// layer asked for twice at once may be mapped twice, with the same result.
#include <array>
#include <mutex>
#include <unordered_map>

#include "tandem/core/check.h"
#include "tandem/mapping/mapper.h"

namespace tandem {

namespace {

constexpr std::size_t kShards = 16;

struct Shard {
    std::mutex mutex;
    std::unordered_map<ContentHash, std::shared_ptr<const Outcome<MappedLayer>>> layers;
};

} // namespace

struct Estimator::Memory {
    std::array<Shard, kShards> shards;

    std::shared_ptr<const Outcome<MappedLayer>> recall_or_map(const LayerWork& work, const Machine& machine,
                                                              const MappingOptions& options) {
        const ContentHash hash = content_hash(work);
        Shard& shard = shards[hash.high % kShards];
        {
            const std::lock_guard lock(shard.mutex);
            const auto found = shard.layers.find(hash);
            if (found != shard.layers.end()) return found->second;
        }
        auto mapped = std::make_shared<const Outcome<MappedLayer>>(map_layer(work, machine, options));
        const std::lock_guard lock(shard.mutex);
        return shard.layers.try_emplace(hash, std::move(mapped)).first->second;
    }
};

Estimator::Estimator(MachinePointer machine, MappingGoal goal)
    : Estimator(std::move(machine), MappingOptions{.goal = goal}) {}

Estimator::Estimator(MachinePointer machine, MappingOptions options)
    : machine_(std::move(machine)), options_(options), memory_(std::make_unique<Memory>()) {
    TANDEM_CHECK(machine_ != nullptr, "an estimator needs a machine");
}

Estimator::~Estimator() = default;

Outcome<Cost> Estimator::estimate(const Workload& workload) const {
    Cost cost;
    cost.energy_unit = machine_->energy_unit();
    cost.clock = machine_->clock();
    for (const NamedLayerWork& layer : workload.layers) {
        const auto mapped = memory_->recall_or_map(layer.work, *machine_, options_);
        if (!*mapped) return tl::unexpected(Infeasible{layer.layer + ": " + mapped->error().reason});
        cost.layer_names.push_back(layer.layer);
        cost.layers.push_back((*mapped)->cost);
    }
    cost.weight_storage = workload.weight_storage();
    return cost;
}

Outcome<MappedLayer> Estimator::map(const LayerWork& work) const {
    return *memory_->recall_or_map(work, *machine_, options_);
}

std::size_t Estimator::layers_priced() const {
    std::size_t count = 0;
    for (Shard& shard : memory_->shards) {
        const std::lock_guard lock(shard.mutex);
        count += shard.layers.size();
    }
    return count;
}

} // namespace tandem
