// Tensors remembered by what they hold, within a budget of bytes. What is asked for twice outlives what
// was asked for once, so that a run of strategies that share nothing does not push out the shared
// prefixes of others (segmented LRU: Karedla, Love, Wherry, "Caching strategies to improve disk system
// performance", IEEE Computer 27(3), 1994).
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "tandem/core/hash.h"
#include "tandem/core/units.h"
#include "tandem/engine/integer_values.h"

namespace tandem {

using SharedValues = std::shared_ptr<const IntegerValues>;

/// Safe to use from many threads.
class TensorMemory {
  public:
    explicit TensorMemory(Bytes budget);

    /// A tensor's contents for one chunk of samples.
    struct Key {
        ContentHash identity;
        std::int64_t chunk = 0;

        bool operator==(const Key&) const = default;
    };

    /// What is remembered of the key, or null.
    SharedValues find(const Key& key);
    /// Remembers the values, and forgets others until the budget holds.
    void insert(const Key& key, SharedValues values);

    Bytes used() const;

  private:
    struct KeyHash {
        std::size_t operator()(const Key& key) const noexcept;
    };
    struct Entry {
        Key key;
        SharedValues values;
        bool is_kept = false; ///< asked for since it was inserted
    };
    using Entries = std::list<Entry>; ///< the one used last in front

    void forget_last(Entries& entries);
    void shrink_to_budget();

    std::int64_t budget_bytes_;
    mutable std::mutex mutex_;
    std::int64_t used_bytes_ = 0;
    std::int64_t kept_bytes_ = 0;
    Entries fresh_;
    Entries kept_;
    std::unordered_map<Key, Entries::iterator, KeyHash> places_;
};

} // namespace tandem
