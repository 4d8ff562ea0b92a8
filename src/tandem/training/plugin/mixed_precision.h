// bfloat16 on the processor: what LibTorch calls autocast, whose interface changed between 1.13 and 2.
#pragma once

namespace tandem {

/// Whether bfloat16 is faster than float32 here: where tiles multiply it, or vectors at twice the rate of
/// float32. At the same rate rounding and copying cost more than they save.
bool has_fast_bfloat16();

/// While it lives, convolutions and matrix products of this thread compute in bfloat16.
class BfloatScope {
  public:
    BfloatScope();
    ~BfloatScope();
    BfloatScope(const BfloatScope&) = delete;
    BfloatScope& operator=(const BfloatScope&) = delete;

  private:
    bool was_enabled_;
    bool had_cache_;
};

} // namespace tandem
