// What paired measurements are reported as.
#pragma once

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

namespace tandem::bench {

inline double median(std::vector<double> values) {
    std::nth_element(values.begin(), values.begin() + std::ssize(values) / 2, values.end());
    return values[values.size() / 2];
}

/// Over the rounds, how many times as long as the reference in the same round.
inline double median_ratio(const std::vector<double>& seconds, const std::vector<double>& reference) {
    std::vector<double> ratios;
    for (std::size_t round = 0; round < seconds.size(); ++round) {
        ratios.push_back(seconds[round] / reference[round]);
    }
    return median(std::move(ratios));
}

} // namespace tandem::bench
