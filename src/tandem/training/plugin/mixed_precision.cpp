#include "tandem/training/plugin/mixed_precision.h"

#include <cstdlib>

#include <ATen/autocast_mode.h>
#include <torch/version.h>

#include "tandem/core/processor.h"

namespace tandem {

namespace {

#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 4)
bool is_enabled() { return at::autocast::is_autocast_enabled(at::kCPU); }
void set_enabled(bool enabled) { at::autocast::set_autocast_enabled(at::kCPU, enabled); }
#else
bool is_enabled() { return at::autocast::is_cpu_enabled(); }
void set_enabled(bool enabled) { at::autocast::set_cpu_enabled(enabled); }
#endif

/// LibTorch computes with a oneDNN of its own, which reads this when it is first used: so as soon as the
/// plug-in is loaded. Who sets the variable knows better.
[[maybe_unused]] const bool kAvoidsUndescribedTiles = [] {
    if (tile_support() != TileSupport::undescribed) return false;
    setenv("ONEDNN_MAX_CPU_ISA", "AVX512_CORE_BF16", /*overwrite=*/0); // NOLINT(concurrency-mt-unsafe)
    return true;
}();

} // namespace

bool has_fast_bfloat16() { return tile_support() == TileSupport::usable || has_fast_bfloat16_vectors(); }

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
