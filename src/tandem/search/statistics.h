// What several runs say together: order statistics, and whether two methods differ.
#pragma once

#include <cstddef>
#include <span>

namespace tandem {

/// The value below which a share of the sorted values lies, between neighbours linearly (type 7 of
/// Hyndman and Fan 1996). At least one value; the share is in [0, 1].
double quantile(std::span<const double> values, double share);

struct Summary {
    std::size_t count = 0;
    double median = 0.0;
    double lower_quartile = 0.0;
    double upper_quartile = 0.0;
    double least = 0.0;
    double most = 0.0;

    double interquartile_range() const { return upper_quartile - lower_quartile; }
};
/// Of at least one value.
Summary summarize(std::span<const double> values);

/// The two-sided p-value of the Mann-Whitney U test that two samples come from one distribution. Exact,
/// ties included (every way to deal the pooled ranks), while there are at most 10^6 of them; beyond
/// that by the normal approximation with tie correction and continuity (Mann and Whitney 1947).
/// Neither sample may be empty.
double mann_whitney_p(std::span<const double> left, std::span<const double> right);

/// The probability that a value of `left` is larger than one of `right`, ties counting half (Vargha and
/// Delaney's A, 2000): 0.5 when neither is.
double superiority(std::span<const double> left, std::span<const double> right);

} // namespace tandem
