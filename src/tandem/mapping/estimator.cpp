// Costs remembered by the content of the layer. Sixteen shards keep threads out of each other's way; a
// layer asked for twice at once may be mapped twice, with the same result.
#include <algorithm>
#include <array>
#include <mutex>
#include <unordered_map>

#include "tandem/core/check.h"
#include "tandem/core/hash.h"
#include "tandem/core/version.h"
#include "tandem/mapping/kept_schedule.h"
#include "tandem/mapping/mapper.h"

namespace tandem {

namespace {

constexpr std::size_t kShards = 16;

using Answer = std::shared_ptr<const Outcome<MappedLayer>>;

struct Shard {
    std::mutex mutex;
    std::unordered_map<ContentHash, Answer> layers;
    std::vector<ContentHash> found; ///< searched or recalled since they were last taken
    std::size_t searched = 0;
};

/// Of everything that a layer's schedule depends on but the layer.
ContentHash hash_of(const Machine& machine, const MappingOptions& options) {
    Hasher hasher;
    hasher.add(std::string_view("schedule")).add(kVersion).add(machine.content_hash()).add(options.goal);
    for (const MappingGoal goal : options.then) hasher.add(goal);
    hasher.add(options.most_cycles ? options.most_cycles->value : -1).add(options.most_mappings.value_or(-1));
    return hasher.finish();
}

} // namespace

struct Estimator::Memory {
    std::array<Shard, kShards> shards;
    std::mutex kept_mutex;
    std::unordered_map<std::string, std::string> kept; ///< texts by key
    std::optional<ContentHash> owner;                  ///< hash_of(), once something is kept

    /// Guarded by kept_mutex.
    std::string key_of(const ContentHash& layer, const Machine& machine, const MappingOptions& options) {
        if (!owner) owner = hash_of(machine, options);
        return to_string(Hasher().add(*owner).add(layer).finish());
    }

    Answer recall_kept(const ContentHash& hash, const LayerWork& work, const Machine& machine,
                       const MappingOptions& options) {
        std::string text;
        {
            const std::lock_guard lock(kept_mutex);
            if (kept.empty()) return nullptr;
            const auto found = kept.find(key_of(hash, machine, options));
            if (found == kept.end()) return nullptr;
            text = found->second;
        }
        auto recalled = recall_kept_text(text, work, machine, options);
        return recalled ? std::make_shared<const Outcome<MappedLayer>>(*std::move(recalled)) : nullptr;
    }

    Answer recall_or_map(const LayerWork& work, const Machine& machine, const MappingOptions& options) {
        const ContentHash hash = content_hash(work);
        Shard& shard = shards[hash.high % kShards];
        {
            const std::lock_guard lock(shard.mutex);
            const auto found = shard.layers.find(hash);
            if (found != shard.layers.end()) return found->second;
        }
        Answer mapped = recall_kept(hash, work, machine, options);
        const bool is_recalled = mapped != nullptr;
        if (!is_recalled) {
            mapped = std::make_shared<const Outcome<MappedLayer>>(map_layer(work, machine, options));
        }
        const std::lock_guard lock(shard.mutex);
        const auto [place, is_new] = shard.layers.try_emplace(hash, std::move(mapped));
        if (is_new) {
            shard.found.push_back(hash);
            shard.searched += is_recalled ? 0 : 1;
        }
        return place->second;
    }
};

Estimator::Estimator(MachinePointer machine, MappingGoal goal)
    : Estimator(std::move(machine), MappingOptions{.goal = goal}) {}

Estimator::Estimator(MachinePointer machine, MappingOptions options)
    : machine_(std::move(machine)), options_(std::move(options)), memory_(std::make_unique<Memory>()) {
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

std::size_t Estimator::layers_searched() const {
    std::size_t count = 0;
    for (Shard& shard : memory_->shards) {
        const std::lock_guard lock(shard.mutex);
        count += shard.searched;
    }
    return count;
}

void Estimator::recall(std::vector<KeptSchedule> schedules) const {
    const std::lock_guard lock(memory_->kept_mutex);
    for (KeptSchedule& schedule : schedules) {
        memory_->kept.insert_or_assign(std::move(schedule.key), std::move(schedule.text));
    }
}

std::vector<KeptSchedule> Estimator::take_found() const {
    std::vector<KeptSchedule> schedules;
    for (Shard& shard : memory_->shards) {
        const std::lock_guard lock(shard.mutex);
        const std::lock_guard kept_lock(memory_->kept_mutex);
        for (const ContentHash& hash : shard.found) {
            schedules.push_back({.key = memory_->key_of(hash, *machine_, options_),
                                 .text = to_kept_text(*shard.layers.at(hash))});
        }
        shard.found.clear();
    }
    std::sort(schedules.begin(), schedules.end(),
              [](const KeptSchedule& left, const KeptSchedule& right) { return left.key < right.key; });
    return schedules;
}

} // namespace tandem
