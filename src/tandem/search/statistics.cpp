#include "tandem/search/statistics.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <vector>

#include "tandem/core/check.h"

namespace tandem {

namespace {

std::vector<double> sorted(std::span<const double> values) {
    std::vector<double> copy(values.begin(), values.end());
    std::ranges::sort(copy);
    return copy;
}

/// Twice the rank of each value among all, ties sharing the mean: whole numbers.
std::map<double, long> doubled_ranks(const std::vector<double>& pooled) {
    std::map<double, long> ranks;
    for (std::size_t i = 0; i < pooled.size();) {
        std::size_t end = i;
        while (end < pooled.size() && pooled[end] == pooled[i]) ++end;
        ranks[pooled[i]] = static_cast<long>(i + 1 + end);
        i = end;
    }
    return ranks;
}

/// In how many ways `chosen` of the ranks have each sum; doubles count exactly far beyond what is asked.
std::map<long, double> ways_by_sum(const std::vector<long>& ranks, std::size_t chosen) {
    std::vector<std::map<long, double>> ways(chosen + 1);
    ways[0][0] = 1.0;
    for (const long rank : ranks) {
        for (std::size_t taken = chosen; taken > 0; --taken) {
            for (const auto& [sum, count] : ways[taken - 1]) ways[taken][sum + rank] += count;
        }
    }
    return ways[chosen];
}

double exact_p(const std::vector<long>& ranks, std::size_t chosen, long observed) {
    long total = 0;
    for (const long rank : ranks) total += rank;
    // Distances from the mean sum, times the number of ranks to stay whole.
    const auto count = static_cast<long>(ranks.size());
    const long mean = total * static_cast<long>(chosen);
    const long distance = std::abs(observed * count - mean);
    double all = 0.0;
    double as_far = 0.0;
    for (const auto& [sum, ways] : ways_by_sum(ranks, chosen)) {
        all += ways;
        if (std::abs(sum * count - mean) >= distance) as_far += ways;
    }
    return as_far / all;
}

double normal_p(const std::vector<double>& pooled, double left, double right, double rank_sum) {
    const double count = left + right;
    std::map<double, double> ties;
    for (const double value : pooled) ties[value] += 1.0;
    double correction = 0.0;
    for (const auto& [value, many] : ties) correction += many * many * many - many;
    const double variance = left * right / 12.0 * (count + 1.0 - correction / (count * (count - 1.0)));
    if (variance <= 0.0) return 1.0;
    const double distance = std::max(std::abs(rank_sum - left * (count + 1.0) / 2.0) - 0.5, 0.0);
    return std::erfc(distance / std::sqrt(2.0 * variance));
}

} // namespace

double quantile(std::span<const double> values, double share) {
    TANDEM_CHECK(!values.empty() && share >= 0.0 && share <= 1.0, "a quantile needs values and a share");
    const std::vector<double> order = sorted(values);
    const double position = share * static_cast<double>(order.size() - 1);
    const auto below = static_cast<std::size_t>(position);
    const std::size_t above = std::min(below + 1, order.size() - 1);
    return order[below] + (position - static_cast<double>(below)) * (order[above] - order[below]);
}

Summary summarize(std::span<const double> values) {
    return {.count = values.size(),
            .median = quantile(values, 0.5),
            .lower_quartile = quantile(values, 0.25),
            .upper_quartile = quantile(values, 0.75),
            .least = quantile(values, 0.0),
            .most = quantile(values, 1.0)};
}

double mann_whitney_p(std::span<const double> left, std::span<const double> right) {
    TANDEM_CHECK(!left.empty() && !right.empty(), "a test needs two samples");
    std::vector<double> pooled(left.begin(), left.end());
    pooled.insert(pooled.end(), right.begin(), right.end());
    std::ranges::sort(pooled);
    const std::map<double, long> rank_of = doubled_ranks(pooled);
    long observed = 0;
    for (const double value : left) observed += rank_of.at(value);

    double deals = 1.0; // the binomial coefficient
    for (std::size_t i = 0; i < left.size(); ++i) {
        deals *= static_cast<double>(pooled.size() - i) / static_cast<double>(i + 1);
    }
    constexpr double kMostDeals = 1e6;
    if (deals > kMostDeals) {
        return normal_p(pooled, static_cast<double>(left.size()), static_cast<double>(right.size()),
                        static_cast<double>(observed) / 2.0);
    }
    std::vector<long> ranks;
    ranks.reserve(pooled.size());
    for (const double value : pooled) ranks.push_back(rank_of.at(value));
    return exact_p(ranks, left.size(), observed);
}

double superiority(std::span<const double> left, std::span<const double> right) {
    TANDEM_CHECK(!left.empty() && !right.empty(), "a comparison needs two samples");
    double wins = 0.0;
    for (const double one : left) {
        for (const double other : right) wins += one > other ? 1.0 : (one == other ? 0.5 : 0.0);
    }
    return wins / (static_cast<double>(left.size()) * static_cast<double>(right.size()));
}

} // namespace tandem
