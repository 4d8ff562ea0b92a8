// Where the radix point goes: the number of fraction bits with the least mean squared error over
// the values seen, out of the one that just covers the range and up to kClippingCandidates finer
// ones, each of which clips to half the range of the one before.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "tandem/numerics/number_format.h"

namespace tandem {

/// Finer candidates at each width. The fewer the bits and the heavier the tail, the more the least
/// error clips; two bits of a Laplace distribution ask for two halvings of the range.
inline constexpr int kClippingCandidates = 6;

/// Collects, in one pass over values whose range is known, the squared error of every candidate
/// radix point at every width, so that all widths are calibrated by one pass over the data.
/// Sums run in the order of the calls: same calls, same result.
class RadixSearch {
  public:
    /// `widths` in bits; `minimum` and `maximum` of the values to come, from an earlier pass.
    /// A non-negative minimum makes the formats unsigned.
    RadixSearch(const std::vector<int>& widths, float minimum, float maximum);
    /// The same with the signedness given.
    RadixSearch(const std::vector<int>& widths, float minimum, float maximum, Signedness signedness);

    /// NaN counts as zero, which is what quantize makes of it.
    void observe(std::span<const float> values);

    /// Adds the errors of another search of the same widths and range, as if its values came after.
    void merge(const RadixSearch& other);

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
