// What becomes of sums in the fast engine, a layer's or a change of format's: bias and residual added,
// rounded by the step's rule. A rule other than the shift half to even is applied to the exact sums: scales
// and short tables of thresholds in vectors, the others element by element.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "tandem/engine/fast_sum.h"
#include "tandem/engine/integer_program.h"

namespace tandem {

/// What sums become.
struct TailRule {
    const IntegerTensor& output;
    const Requantization& requantization;
    Clamp clamp;
    std::span<const std::int64_t>
        bias;                     ///< by channel, at `fraction_bits`; one where the rule knows no channels
    int fraction_bits = 0;        ///< the radix point of all terms
    std::int64_t largest_sum = 0; ///< bounds the exact sums
    std::int64_t largest = 0;     ///< and them shifted to the output's radix point
};

class LayerTail {
  public:
    explicit LayerTail(const TailRule& rule);

    /// Writes `count` elements, whole pixels, from element `first` on.
    void run_into(IntegerValues& output, std::size_t first, std::span<const Term> terms,
                  std::size_t count) const;

  private:
    void prepare_thresholds(std::int64_t largest);
    void requantize_into(IntegerValues& output, std::size_t first, std::span<const Term> terms,
                         std::size_t count) const;
    void count_thresholds(IntegerValues& output, std::size_t first, std::span<const Term> terms,
                          std::size_t count) const;
    void rescale(IntegerValues& output, std::size_t first, std::span<const Term> terms,
                 std::size_t count) const;

    std::size_t channels_;
    std::size_t elements_; ///< of a sample of the output
    std::unique_ptr<RoundedSum> sum_;

    // What a rule of its own makes of the sum; none for the shift half to even, which `sum_` rounds by.
    std::optional<Requantization> rule_;
    int rule_shift_ = 0;
    RawVector<float> scales_;              ///< by element of a block of sums
    std::vector<std::int32_t> thresholds_; ///< (threshold, channel) of a short table
    std::int32_t lowest_ = 0;
    Clamp clamp_;
    std::int32_t output_zero_point_ = 0;
};

} // namespace tandem
