#include "tandem/training/plugin/mixed_precision.h"

#include <ATen/autocast_mode.h>
#include <torch/version.h>

namespace tandem {

namespace {

#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 4)
bool is_enabled() { return at::autocast::is_autocast_enabled(at::kCPU); }
void set_enabled(bool enabled) { at::autocast::set_autocast_enabled(at::kCPU, enabled); }
#else
bool is_enabled() { return at::autocast::is_cpu_enabled(); }
void set_enabled(bool enabled) { at::autocast::set_cpu_enabled(enabled); }
#endif

} // namespace

bool has_fast_bfloat16() {
#if defined(__x86_64__)
    return __builtin_cpu_supports("avx512bf16") != 0;
#else
    return false;
#endif
}

BfloatScope::BfloatScope()
    : was_enabled_(is_enabled()), had_cache_(at::autocast::is_autocast_cache_enabled()) {
    set_enabled(true);
    // The cache of converted weights would tie the graphs of two shards together.
    at::autocast::set_autocast_cache_enabled(false);
}

BfloatScope::~BfloatScope() {
    set_enabled(was_enabled_);
    at::autocast::set_autocast_cache_enabled(had_cache_);
}

} // namespace tandem
