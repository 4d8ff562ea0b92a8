#include "tandem/core/hash.h"

#include <fmt/format.h>
#include <xxhash.h>

namespace tandem {

struct Hasher::State {
    XXH3_state_t* xxh = XXH3_createState();
};

void Hasher::Deleter::operator()(State* state) const {
    XXH3_freeState(state->xxh);
    delete state; // NOLINT(cppcoreguidelines-owning-memory): this is the unique_ptr's deleter
}

Hasher::Hasher() : state_(new State) { XXH3_128bits_reset(state_->xxh); }

Hasher& Hasher::add(std::string_view text) {
    add(static_cast<std::uint64_t>(text.size()));
    return add_bytes(text.data(), text.size());
}

Hasher& Hasher::add(const ContentHash& hash) { return add(hash.high).add(hash.low); }

Hasher& Hasher::add_bytes(const void* bytes, std::size_t count) {
    if (count > 0) XXH3_128bits_update(state_->xxh, bytes, count);
    return *this;
}

ContentHash Hasher::finish() const {
    const XXH128_hash_t digest = XXH3_128bits_digest(state_->xxh);
    return ContentHash{.high = digest.high64, .low = digest.low64};
}

std::string to_string(const ContentHash& hash) { return fmt::format("{:016x}{:016x}", hash.high, hash.low); }

} // namespace tandem
