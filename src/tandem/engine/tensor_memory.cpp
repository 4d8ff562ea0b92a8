#include "tandem/engine/tensor_memory.h"

#include <utility>

namespace tandem {
namespace {

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

SharedValues TensorMemory::find(const Key& key) {
    const std::lock_guard lock(mutex_);
    const auto place = places_.find(key);
    if (place == places_.end()) return nullptr;
    Entry& entry = *place->second;
    kept_.splice(kept_.begin(), entry.is_kept ? kept_ : fresh_, place->second);
    if (!std::exchange(entry.is_kept, true)) kept_bytes_ += size_bytes(entry.values);
    SharedValues found = entry.values;
    shrink_to_budget();
    return found;
}

void TensorMemory::insert(const Key& key, SharedValues values) {
    if (size_bytes(values) > budget_bytes_) return;
    const std::lock_guard lock(mutex_);
    if (places_.contains(key)) return; // another thread computed the same
    used_bytes_ += size_bytes(values);
    fresh_.push_front({key, std::move(values)});
    places_[key] = fresh_.begin();
    shrink_to_budget();
}

Bytes TensorMemory::used() const {
    const std::lock_guard lock(mutex_);
    return Bytes{used_bytes_};
}

void TensorMemory::forget_last(Entries& entries) {
    used_bytes_ -= size_bytes(entries.back().values);
    places_.erase(entries.back().key);
    entries.pop_back();
}

void TensorMemory::shrink_to_budget() {
    // A quarter is left to newcomers, so that what was shared once does not stay for ever.
    while (kept_bytes_ > budget_bytes_ - budget_bytes_ / 4) {
        Entry& last = kept_.back();
        last.is_kept = false;
        kept_bytes_ -= size_bytes(last.values);
        fresh_.splice(fresh_.begin(), kept_, std::prev(kept_.end()));
    }
    while (used_bytes_ > budget_bytes_) forget_last(fresh_);
}

} // namespace tandem
