#include "tandem/numerics/range_search.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "tandem/core/check.h"

namespace tandem {

namespace {

/// Enough that a bin is an eighth of a step of 8 bits; more would be no steadier with a few hundred images.
constexpr std::size_t kBins = 2048;
/// Parts of the whole range that mse and entropy try, equally far apart.
constexpr int kCandidates = 64;

ValueRange part_of(const ValueRange& range, int candidate) {
    const double share = static_cast<double>(candidate) / kCandidates;
    return {.lowest = range.lowest * share, .highest = range.highest * share};
}

/// What a value becomes.
double quantized(double value, const ScaledFormat& scaled) {
    const double scale = scaled.scale.scale;
    const double steps = std::clamp(std::nearbyint(value / scale) + scaled.scale.zero_point,
                                    static_cast<double>(minimum_integer(scaled.format)),
                                    static_cast<double>(maximum_integer(scaled.format)));
    return scale * (steps - scaled.scale.zero_point);
}

double center_of(const Histogram& histogram, std::size_t bin) {
    return histogram.range().lowest + (static_cast<double>(bin) + 0.5) * histogram.bin_width();
}

double squared_error(const Histogram& histogram, const ScaledFormat& scaled) {
    double error = 0.0;
    for (std::size_t bin = 0; bin < histogram.counts().size(); ++bin) {
        const double value = center_of(histogram, bin);
        const double difference = value - quantized(value, scaled);
        error += static_cast<double>(histogram.counts()[bin]) * difference * difference;
    }
    return error;
}

/// KL(values, the outlying ones counted at the ends || the same spread evenly over the bins of each step), in
/// nats times the number of values. Bins without values take no part, as in Migacz, 8-bit inference with
/// TensorRT, 2017.
double divergence(const Histogram& histogram, const ScaledFormat& scaled) {
    const auto counts = histogram.counts();
    struct Step {
        double inside = 0.0; ///< of values that are not clipped
        double clipped = 0.0;
        std::int64_t bins = 0; ///< with values
    };
    const auto lowest = minimum_integer(scaled.format);
    std::vector<Step> steps(static_cast<std::size_t>(maximum_integer(scaled.format) - lowest + 1));
    std::vector<std::size_t> step_of(counts.size());
    std::vector<bool> is_clipped(counts.size());
    for (std::size_t bin = 0; bin < counts.size(); ++bin) {
        const double scale = scaled.scale.scale;
        const double exact = std::nearbyint(center_of(histogram, bin) / scale) + scaled.scale.zero_point;
        const double step = std::clamp(exact, static_cast<double>(lowest),
                                       static_cast<double>(maximum_integer(scaled.format)));
        step_of[bin] = static_cast<std::size_t>(step - lowest);
        is_clipped[bin] = step != exact;
        Step& found = steps[step_of[bin]];
        (is_clipped[bin] ? found.clipped : found.inside) += static_cast<double>(counts[bin]);
        if (!is_clipped[bin] && counts[bin] > 0) ++found.bins;
    }
    double total = 0.0;
    for (const Step& step : steps) {
        if (step.clipped > 0.0 && step.bins == 0) return std::numeric_limits<double>::infinity();
        total += step.inside + step.clipped;
    }
    double inside = 0.0;
    for (const Step& step : steps) inside += step.inside;
    double sum = 0.0;
    for (std::size_t bin = 0; bin < counts.size(); ++bin) {
        const Step& step = steps[step_of[bin]];
        if (is_clipped[bin] || counts[bin] == 0) continue;
        // Outlying values are those of the step at their end, in the share of each of its bins.
        const double reference =
            static_cast<double>(counts[bin]) * (step.inside + step.clipped) / step.inside / total;
        const double spread = step.inside / static_cast<double>(step.bins) / inside;
        sum += reference * std::log(reference / spread);
    }
    return sum;
}

ValueRange percentile_range(const Histogram& histogram) {
    const auto counts = histogram.counts();
    const double total = static_cast<double>(std::accumulate(counts.begin(), counts.end(), std::int64_t{0}));
    const ValueRange whole = histogram.range();
    const bool has_two_ends = whole.lowest < 0.0 && whole.highest > 0.0;
    const double clipped = kClippedShare * total / (has_two_ends ? 2.0 : 1.0);
    ValueRange range = whole;
    double below = 0.0;
    for (std::size_t bin = 0; whole.lowest < 0.0 && bin < counts.size(); ++bin) {
        below += static_cast<double>(counts[bin]);
        if (below > clipped) break;
        range.lowest = whole.lowest + static_cast<double>(bin + 1) * histogram.bin_width();
    }
    double above = 0.0;
    for (std::size_t bin = counts.size(); whole.highest > 0.0 && bin-- > 0;) {
        above += static_cast<double>(counts[bin]);
        if (above > clipped) break;
        range.highest = whole.lowest + static_cast<double>(bin) * histogram.bin_width();
    }
    return {.lowest = std::min(range.lowest, 0.0), .highest = std::max(range.highest, 0.0)};
}

/// The candidate with the least loss; of equals the larger.
template <class Loss>
ScaledFormat best_part(const ValueRange& range, int bits, Symmetry symmetry, const Loss& loss) {
    ScaledFormat best = covering_scale(range, bits, symmetry);
    double least = loss(best);
    for (int candidate = kCandidates - 1; candidate > 0; --candidate) {
        const ScaledFormat scaled = covering_scale(part_of(range, candidate), bits, symmetry);
        const double found = loss(scaled);
        if (found >= least) continue;
        best = scaled;
        least = found;
    }
    return best;
}

} // namespace

Histogram::Histogram(float minimum, float maximum)
    : range_{.lowest = std::min(0.0, static_cast<double>(minimum)),
             .highest = std::max(0.0, static_cast<double>(maximum))},
      counts_(kBins) {}

double Histogram::bin_width() const { return (range_.highest - range_.lowest) / static_cast<double>(kBins); }

void Histogram::observe(std::span<const float> values) {
    const double width = bin_width();
    for (const float value : values) {
        const double known = std::isnan(value) ? 0.0 : static_cast<double>(value);
        const double bin = width == 0.0 ? 0.0 : std::floor((known - range_.lowest) / width);
        ++counts_[static_cast<std::size_t>(std::clamp(bin, 0.0, static_cast<double>(kBins - 1)))];
    }
}

void Histogram::merge(const Histogram& other) {
    TANDEM_CHECK(range_ == other.range_, "histograms of one range");
    for (std::size_t bin = 0; bin < kBins; ++bin) counts_[bin] += other.counts_[bin];
}

ScaledFormat covering_scale(const ValueRange& range, int bits, Symmetry symmetry) {
    const bool is_unsigned = symmetry == Symmetry::symmetric && range.lowest >= 0.0;
    const NumberFormat format{.bits = bits,
                              .signedness = is_unsigned ? Signedness::is_unsigned : Signedness::is_signed};
    const double span = symmetry == Symmetry::asymmetric
                            ? (range.highest - range.lowest) / (std::exp2(bits) - 1.0)
                            : std::max(-range.lowest, range.highest) /
                                  std::max(1, maximum_integer(format)); // one bit holds -1 and 0
    // A tensor of nothing but zeros has any scale; so has one of numbers that a float hardly holds.
    const float scale = static_cast<float>(span);
    AffineScale affine{.scale = std::isnormal(scale) ? scale : 1.0F, .zero_point = 0};
    if (symmetry == Symmetry::asymmetric) {
        const double zero = minimum_integer(format) - range.lowest / affine.scale;
        affine.zero_point = static_cast<std::int32_t>(
            std::clamp(std::nearbyint(zero), static_cast<double>(minimum_integer(format)),
                       static_cast<double>(maximum_integer(format))));
    }
    return {.format = format, .scale = affine};
}

ScaledFormat search_scale(const Histogram& histogram, CalibrationMethod method, int bits, Symmetry symmetry) {
    const ValueRange range = histogram.range();
    switch (method) {
    case CalibrationMethod::minmax: return covering_scale(range, bits, symmetry);
    case CalibrationMethod::percentile: return covering_scale(percentile_range(histogram), bits, symmetry);
    case CalibrationMethod::mse:
        return best_part(range, bits, symmetry,
                         [&](const ScaledFormat& scaled) { return squared_error(histogram, scaled); });
    case CalibrationMethod::entropy:
        return best_part(range, bits, symmetry,
                         [&](const ScaledFormat& scaled) { return divergence(histogram, scaled); });
    }
    TANDEM_CHECK(false, "a calibration method of a known name");
}

float search_weight_scale(std::span<const float> weights, CalibrationMethod method, int bits) {
    double largest = 0.0;
    for (const float weight : weights) largest = std::max(largest, std::abs(static_cast<double>(weight)));
    // A signed format whatever the weights' signs.
    const ValueRange range{.lowest = -largest, .highest = largest};
    if (method != CalibrationMethod::mse) return covering_scale(range, bits, Symmetry::symmetric).scale.scale;
    return best_part(range, bits, Symmetry::symmetric,
                     [&](const ScaledFormat& scaled) {
                         double error = 0.0;
                         for (const float weight : weights) {
                             const double value = static_cast<double>(weight);
                             const double difference = value - quantized(value, scaled);
                             error += difference * difference;
                         }
                         return error;
                     })
        .scale.scale;
}

} // namespace tandem
