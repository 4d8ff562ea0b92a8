#include "tandem/numerics/radix_search.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "tandem/core/check.h"

namespace tandem {

namespace {

/// Values are taken in blocks: errors add up in kLanes float lanes inside a block, which vectorises
/// and keeps the order of additions fixed, and in double between blocks.
constexpr std::size_t kLanes = 16;
constexpr std::size_t kBlock = 64 * kLanes;

using Block = std::array<float, kBlock>;

/// Adding and subtracting 1.5 * 2^23 rounds a float of magnitude below 2^22 to the nearest integer,
/// ties to even; integers of up to 16 bits stay far below.
constexpr float kRounder = 12582912.0F;

/// The squared error of a block in the format, in units of its step.
double squared_error_in_steps(const Block& values, const NumberFormat& format) {
    const float scale = std::ldexp(1.0F, format.fraction_bits);
    const auto minimum = static_cast<float>(minimum_integer(format));
    const auto maximum = static_cast<float>(maximum_integer(format));
    std::array<float, kLanes> sums{};
    for (std::size_t i = 0; i < kBlock; i += kLanes) {
        for (std::size_t lane = 0; lane < kLanes; ++lane) {
            const float scaled = values[i + lane] * scale;
            const float lifted = scaled < minimum ? minimum : scaled;
            const float clipped = lifted > maximum ? maximum : lifted;
            const float error = (clipped + kRounder) - kRounder - scaled;
            sums[lane] += error * error;
        }
    }
    double total = 0.0;
    for (const float sum : sums) total += static_cast<double>(sum);
    return total;
}

/// The finest radix point at which no value of the range clips by more than rounding does.
int covering_fraction_bits(float minimum, float maximum, NumberFormat format) {
    const auto covers = [&](int fraction_bits) {
        return std::ldexp(static_cast<double>(maximum), fraction_bits) < maximum_integer(format) + 0.5 &&
               std::ldexp(static_cast<double>(minimum), fraction_bits) > minimum_integer(format) - 0.5;
    };
    // A range of nothing but zero is covered by any; that of [-1, 1] will do.
    if (minimum == 0.0F && maximum == 0.0F) return maximum_integer(format) > 0 ? format.bits - 1 : 0;
    int fraction_bits = kMaximumFractionBits;
    while (fraction_bits > kMinimumFractionBits && !covers(fraction_bits)) --fraction_bits;
    return fraction_bits;
}

} // namespace

RadixSearch::RadixSearch(const std::vector<int>& widths, float minimum, float maximum)
    : RadixSearch(widths, minimum, maximum,
                  minimum >= 0.0F ? Signedness::is_unsigned : Signedness::is_signed) {}

RadixSearch::RadixSearch(const std::vector<int>& widths, float minimum, float maximum,
                         Signedness signedness) {
    for (const int bits : widths) {
        TANDEM_CHECK(bits >= 1 && bits <= kMaximumBits, "a width of 1 to 16 bits");
        NumberFormat format{.bits = bits, .fraction_bits = 0, .signedness = signedness};
        const int covering = covering_fraction_bits(minimum, maximum, format);
        const int finest = std::min(covering + kClippingCandidates, kMaximumFractionBits);
        for (int fraction_bits = covering; fraction_bits <= finest; ++fraction_bits) {
            format.fraction_bits = fraction_bits;
            candidates_.push_back({.format = format});
        }
    }
}

void RadixSearch::observe(std::span<const float> values) {
    for (std::size_t begin = 0; begin < values.size(); begin += kBlock) {
        const std::span<const float> part = values.subspan(begin, std::min(kBlock, values.size() - begin));
        Block block{}; // zeros fill up the last block: their error is zero in every format
        std::transform(part.begin(), part.end(), block.begin(),
                       [](float value) { return std::isnan(value) ? 0.0F : value; });
        for (Candidate& candidate : candidates_) {
            candidate.squared_error += std::ldexp(squared_error_in_steps(block, candidate.format),
                                                  -2 * candidate.format.fraction_bits);
        }
    }
}

void RadixSearch::merge(const RadixSearch& other) {
    TANDEM_CHECK(candidates_.size() == other.candidates_.size(), "searches of the same candidates");
    for (std::size_t i = 0; i < candidates_.size(); ++i) {
        TANDEM_CHECK(candidates_[i].format == other.candidates_[i].format, "searches of the same candidates");
        candidates_[i].squared_error += other.candidates_[i].squared_error;
    }
}

NumberFormat RadixSearch::best(int bits) const {
    // Candidates of a width stand in the order of falling range, so the first of equals has the larger.
    const Candidate* best = nullptr;
    for (const Candidate& candidate : candidates_) {
        if (candidate.format.bits != bits) continue;
        if (best == nullptr || candidate.squared_error < best->squared_error) best = &candidate;
    }
    TANDEM_CHECK(best != nullptr, "a width that was searched");
    return best->format;
}

NumberFormat best_weight_format(std::span<const float> weights, int bits) {
    float minimum = 0.0F;
    float maximum = 0.0F;
    for (const float weight : weights) {
        minimum = std::min(minimum, weight);
        maximum = std::max(maximum, weight);
    }
    RadixSearch search({bits}, minimum, maximum, Signedness::is_signed);
    search.observe(weights);
    return search.best(bits);
}

} // namespace tandem
