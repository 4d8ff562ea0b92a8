// What becomes of a layer's sums in the fast engine: bias and residual added, rounded by the layer's rule. A
// rule other than the shift half to even is applied to the exact sums, element by element, short tables of
// thresholds in vectors.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "tandem/engine/fast_sum.h"
#include "tandem/engine/integer_program.h"

namespace tandem {

class LayerTail {
  public:
    /// `bias` is by channel, at `fraction_bits`, the radix point of all terms.
    LayerTail(const IntegerProgram& program, const LayerStep& step, std::span<const std::int64_t> bias,
              int fraction_bits);

    /// Writes `count` elements, whole pixels, from element `first` on.
    void run_into(IntegerValues& output, std::size_t first, std::span<const Term> terms,
                  std::size_t count) const;

  private:
    void prepare_thresholds(const LayerStep& step, std::int64_t largest);
    void requantize_into(IntegerValues& output, std::size_t first, std::span<const Term> terms,
                         std::size_t count) const;

    Extents output_;
    std::unique_ptr<RoundedSum> sum_;

    // What a rule of its own makes of the sum; none for the shift half to even, which `sum_` rounds by.
    std::optional<Requantization> rule_;
    int rule_shift_ = 0;
    std::vector<std::int32_t> thresholds_; ///< (threshold, channel) of a short table
    std::int32_t lowest_ = 0;
    Clamp clamp_;
    std::int32_t output_zero_point_ = 0;
};

} // namespace tandem
