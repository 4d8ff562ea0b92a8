// Where the radix point goes: the number of fraction bits with the least mean squared error over
// the values seen, out of those that cover the largest magnitude or clip it by up to a few powers
// of two.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "tandem/numerics/number_format.h"

namespace tandem {

/// Collects, in one pass over values whose range is known, the squared error of every candidate
/// radix point at every width, so that all widths are calibrated by one pass over the data.
/// Sums run in the order of the calls: same calls, same result.
class RadixSearch {
  public:
    /// `widths` in bits; `minimum` and `maximum` of the values to come, from an earlier pass.
    /// A non-negative minimum makes the formats unsigned.
    RadixSearch(std::vector<int> widths, float minimum, float maximum);

    void observe(std::span<const float> values);

    /// The best format at a width given to the constructor; with no values seen, the one that
    /// covers the range. Ties go to the larger range.
    NumberFormat best(int bits) const;

  private:
    struct Candidate {
        NumberFormat format;
        double squared_error = 0.0;
    };
    std::vector<Candidate> candidates_;
};

/// The least-error format for values that are all at hand, such as weights (always signed).
NumberFormat best_weight_format(std::span<const float> weights, int bits);

} // namespace tandem
