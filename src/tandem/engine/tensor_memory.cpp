#include "tandem/engine/tensor_memory.h"

#include <utility>

namespace tandem {
namespace {

/// Identities noted before all are dropped: some tens of MiB, and more strategies than a search scores
/// in an hour.
constexpr std::size_t kMostWanted = std::size_t{1} << 20;

std::int64_t size_bytes(const SharedValues& values) {
    return static_cast<std::int64_t>(values->size_bytes());
}

} // namespace

std::size_t TensorMemory::KeyHash::operator()(const Key& key) const noexcept {
    // Identities are hashes already; an odd factor spreads the chunks over them.
    return static_cast<std::size_t>(key.identity.low) +
           static_cast<std::size_t>(key.chunk) * std::size_t{0x9E3779B97F4A7C15};
}

TensorMemory::TensorMemory(Bytes budget) : budget_bytes_(budget.value) {}

std::vector<bool> TensorMemory::note_wanted(std::span<const ContentHash> identities) {
    const std::lock_guard lock(mutex_);
    if (wanted_.size() + identities.size() > kMostWanted) wanted_.clear();
    std::vector<bool> was_wanted;
    for (const ContentHash& identity : identities) was_wanted.push_back(!wanted_.insert(identity).second);
    return was_wanted;
}

SharedValues TensorMemory::find(const Key& key) {
    const std::lock_guard lock(mutex_);
    const auto place = places_.find(key);
    if (place == places_.end()) return nullptr;
    entries_.splice(entries_.begin(), entries_, place->second);
    return place->second->values;
}

void TensorMemory::insert(const Key& key, SharedValues values) {
    if (size_bytes(values) > budget_bytes_) return;
    Entries forgotten; // released after the lock
    const std::lock_guard lock(mutex_);
    if (places_.contains(key)) return; // another thread computed the same
    used_bytes_ += size_bytes(values);
    entries_.push_front({key, std::move(values)});
    places_[key] = entries_.begin();
    while (used_bytes_ > budget_bytes_) {
        used_bytes_ -= size_bytes(entries_.back().values);
        places_.erase(entries_.back().key);
        forgotten.splice(forgotten.begin(), entries_, std::prev(entries_.end()));
    }
}

Bytes TensorMemory::used() const {
    const std::lock_guard lock(mutex_);
    return Bytes{used_bytes_};
}

} // namespace tandem
