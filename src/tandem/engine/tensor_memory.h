// Tensors remembered by what they hold, within a budget of bytes. A tensor is worth its memory when it
// is wanted a second time: most tensors of most strategies never are, and storing them all costs half
// as much as computing them. Of those stored, the ones used longest ago are forgotten first.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <span>
#include <unordered_map>
#include <unordered_set>
#include <vector>

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

    /// Notes that these tensors are wanted, and says by tensor whether it was before.
    std::vector<bool> note_wanted(std::span<const ContentHash> identities);

    /// What is remembered of the key, or null.
    SharedValues find(const Key& key);
    /// Remembers the values, and forgets others until the budget holds. Values larger than the budget
    /// are not remembered.
    void insert(const Key& key, SharedValues values);

    Bytes used() const;

  private:
    struct KeyHash {
        std::size_t operator()(const Key& key) const noexcept;
    };
    struct Entry {
        Key key;
        SharedValues values;
    };
    using Entries = std::list<Entry>; ///< the one used last in front

    std::int64_t budget_bytes_;
    mutable std::mutex mutex_;
    std::unordered_set<ContentHash> wanted_;
    std::int64_t used_bytes_ = 0;
    Entries entries_;
    std::unordered_map<Key, Entries::iterator, KeyHash> places_;
};

} // namespace tandem
