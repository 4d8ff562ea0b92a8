#include "tandem/engine/integer_values.h"

#include <new>

#include <oneapi/tbb/scalable_allocator.h>

namespace tandem {
namespace {

constexpr std::size_t kCacheLineBytes = 64;
/// oneDNN's convolutions by tiles of bytes read beyond the last pixel where its channels fill no tile; a page
/// more belongs to every buffer, so that nothing faults.
constexpr std::size_t kReadBeyondBytes = 4096;

} // namespace

// A sanitizer sees the bounds of what its own allocator hands out, and of nothing else.
#ifdef TANDEM_SANITIZED

void* allocate_buffer(std::size_t size_bytes) {
    return ::operator new (size_bytes + kReadBeyondBytes, std::align_val_t{kCacheLineBytes});
}

void release_buffer(void* buffer) { ::operator delete (buffer, std::align_val_t{kCacheLineBytes}); }

#else

void* allocate_buffer(std::size_t size_bytes) {
    void* const buffer = scalable_aligned_malloc(size_bytes + kReadBeyondBytes, kCacheLineBytes);
    TANDEM_CHECK(buffer != nullptr, "memory for a tensor");
    return buffer;
}

void release_buffer(void* buffer) { scalable_aligned_free(buffer); }

#endif

} // namespace tandem
