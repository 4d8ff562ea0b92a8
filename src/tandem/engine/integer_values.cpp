#include "tandem/engine/integer_values.h"

#include <algorithm>

#include <oneapi/tbb/scalable_allocator.h>

namespace tandem {

void* allocate_buffer(std::size_t size_bytes) {
    constexpr std::size_t kCacheLineBytes = 64;
    void* const buffer = scalable_aligned_malloc(std::max<std::size_t>(size_bytes, 1), kCacheLineBytes);
    TANDEM_CHECK(buffer != nullptr, "memory for a tensor");
    return buffer;
}

void release_buffer(void* buffer) { scalable_aligned_free(buffer); }

} // namespace tandem
