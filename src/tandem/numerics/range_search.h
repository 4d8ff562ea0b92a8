// Which part of a distribution of values a scale covers: from a histogram, by one of four rules.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "tandem/numerics/affine_scale.h"
#include "tandem/numerics/number_format.h"

namespace tandem {

enum class CalibrationMethod {
    mse,        ///< the part with the least squared error of what is quantised
    minmax,     ///< everything
    entropy,    ///< the part whose quantised distribution diverges least (Kullback-Leibler) from that of all
                ///< values
    percentile, ///< all but the kClippedShare of the values that lie outermost
};

/// Of the values, at both ends together, that `percentile` leaves out.
inline constexpr double kClippedShare = 1e-4;

/// Lowest and highest value that integers stand for; zero is between them.
struct ValueRange {
    double lowest = 0.0;
    double highest = 0.0;

    bool operator==(const ValueRange&) const = default;
};

/// Values counted in equal bins over a known range that includes zero.
class Histogram {
  public:
    /// A range of nothing but zero counts everything in one place.
    Histogram(float minimum, float maximum);

    /// NaN counts as zero; values beyond the range as its ends.
    void observe(std::span<const float> values);
    /// Adds the counts of another histogram of the same range.
    void merge(const Histogram& other);

    ValueRange range() const { return range_; }
    std::span<const std::int64_t> counts() const { return counts_; }
    double bin_width() const;

  private:
    ValueRange range_;
    std::vector<std::int64_t> counts_;
};

/// How the integers lie around zero.
enum class Symmetry {
    symmetric,  ///< zero point 0; unsigned where no value is negative
    asymmetric, ///< signed, with the zero point that covers just the range
};

/// Format and scale of `bits` that cover a range.
struct ScaledFormat {
    NumberFormat format;
    AffineScale scale;

    bool operator==(const ScaledFormat&) const = default;
};
ScaledFormat covering_scale(const ValueRange& range, int bits, Symmetry symmetry);

/// The scaled format for the values of a histogram.
ScaledFormat search_scale(const Histogram& histogram, CalibrationMethod method, int bits, Symmetry symmetry);

/// The scale of weights that are all at hand, symmetric and signed: the largest magnitude, or for `mse` the
/// part of it with the least squared error.
float search_weight_scale(std::span<const float> weights, CalibrationMethod method, int bits);

} // namespace tandem
