#include "tandem/search/indicators.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>

#include "tandem/core/check.h"
#include "tandem/search/pareto_ranks.h"

namespace tandem {

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

struct Extent {
    Objectives least;
    Objectives most;

    /// 0 at the best of the front, 1 at the worst; 0 where all are alike.
    double scaled(const Objectives& point, std::size_t objective) const {
        const double range = most[objective] - least[objective];
        return range > 0.0 ? (point[objective] - least[objective]) / range : 0.0;
    }
};

Extent extent_of(std::span<const Objectives> front) {
    Extent extent{.least = front.front(), .most = front.front()};
    for (const Objectives& point : front) {
        TANDEM_CHECK(point.size() == extent.least.size(), "points of one front have the same objectives");
        for (std::size_t i = 0; i < point.size(); ++i) {
            extent.least[i] = std::min(extent.least[i], point[i]);
            extent.most[i] = std::max(extent.most[i], point[i]);
        }
    }
    return extent;
}

/// The points of rank 0, each once, in lexicographic order.
std::vector<Objectives> minimal_points(std::set<Objectives> points) {
    if (points.empty()) return {};
    std::vector<double> values;
    for (const Objectives& point : points) values.insert(values.end(), point.begin(), point.end());
    const std::vector<std::size_t> ranks = pareto_ranks(values, points.begin()->size());
    std::vector<Objectives> minimal;
    std::size_t index = 0;
    for (const Objectives& point : points) {
        if (ranks[index++] == 0) minimal.push_back(point);
    }
    return minimal;
}

using Runs = std::vector<std::vector<Objectives>>;

/// The surface in the first `objectives` of the points' numbers: for each level of the last objective,
/// the surface below it of what reaches that level.
std::vector<Objectives> surface(const Runs& runs, std::size_t needed, std::size_t objectives) {
    if (objectives == 1) {
        std::vector<double> bests;
        for (const std::vector<Objectives>& run : runs) {
            double best = kInfinity;
            for (const Objectives& point : run) best = std::min(best, point[0]);
            bests.push_back(best);
        }
        std::ranges::nth_element(bests, bests.begin() + static_cast<std::ptrdiff_t>(needed - 1));
        const double attained = bests[needed - 1];
        return attained == kInfinity ? std::vector<Objectives>{} : std::vector<Objectives>{{attained}};
    }
    const std::size_t last = objectives - 1;
    std::set<double> levels;
    for (const auto& run : runs) {
        for (const Objectives& point : run) levels.insert(point[last]);
    }
    std::set<Objectives> found;
    for (const double level : levels) {
        Runs reaching(runs.size());
        for (std::size_t i = 0; i < runs.size(); ++i) {
            std::ranges::copy_if(runs[i], std::back_inserter(reaching[i]),
                                 [&](const Objectives& point) { return point[last] <= level; });
        }
        for (Objectives& point : surface(reaching, needed, last)) {
            point.push_back(level);
            found.insert(std::move(point));
        }
    }
    return minimal_points(std::move(found));
}

} // namespace

double igd_plus(std::span<const Objectives> front, std::span<const Objectives> reference_front) {
    TANDEM_CHECK(!front.empty() && !reference_front.empty(), "a distance needs two fronts");
    double sum = 0.0;
    for (const Objectives& target : reference_front) {
        double nearest = kInfinity; // squared
        for (const Objectives& point : front) {
            double distance = 0.0;
            for (std::size_t i = 0; i < target.size(); ++i) {
                const double excess = std::max(point[i] - target[i], 0.0);
                distance += excess * excess;
            }
            nearest = std::min(nearest, distance);
        }
        sum += std::sqrt(nearest);
    }
    return sum / static_cast<double>(reference_front.size());
}

double additive_epsilon(std::span<const Objectives> front, std::span<const Objectives> reference_front) {
    TANDEM_CHECK(!front.empty() && !reference_front.empty(), "a shift needs two fronts");
    double shift = -kInfinity;
    for (const Objectives& target : reference_front) {
        double least = kInfinity;
        for (const Objectives& point : front) {
            double needed = -kInfinity;
            for (std::size_t i = 0; i < target.size(); ++i) needed = std::max(needed, point[i] - target[i]);
            least = std::min(least, needed);
        }
        shift = std::max(shift, least);
    }
    return shift;
}

std::size_t knee_point(std::span<const Objectives> front) {
    TANDEM_CHECK(!front.empty(), "a knee needs a front");
    const Extent extent = extent_of(front);
    std::size_t knee = 0;
    double least = kInfinity; // the sum over the axes falls with the distance below the plane
    for (std::size_t index = 0; index < front.size(); ++index) {
        double sum = 0.0;
        for (std::size_t i = 0; i < front[index].size(); ++i) sum += extent.scaled(front[index], i);
        if (sum < least) {
            least = sum;
            knee = index;
        }
    }
    return knee;
}

std::vector<Objectives> attainment_surface(std::span<const std::vector<Objectives>> fronts,
                                           std::size_t runs) {
    TANDEM_CHECK(runs >= 1 && runs <= fronts.size(), "a surface is attained by 1 to all runs");
    std::size_t objectives = 0;
    for (const auto& front : fronts) {
        if (!front.empty()) objectives = front.front().size();
    }
    if (objectives == 0) return {};
    return surface(Runs(fronts.begin(), fronts.end()), runs, objectives);
}

std::vector<std::size_t> epsilon_sample(std::span<const Objectives> front, double width) {
    TANDEM_CHECK(width > 0.0 && width <= 1.0, "a box is a share of the range");
    if (front.empty()) return {};
    const Extent extent = extent_of(front);
    struct Occupant {
        std::size_t index;
        double distance; ///< squared, from the box's best corner, in ranges
    };
    std::map<Objectives, Occupant> boxes;
    for (std::size_t index = 0; index < front.size(); ++index) {
        Objectives box;
        double distance = 0.0;
        for (std::size_t i = 0; i < front[index].size(); ++i) {
            const double scaled = extent.scaled(front[index], i);
            box.push_back(std::floor(scaled / width));
            const double beyond = scaled - box.back() * width;
            distance += beyond * beyond;
        }
        const auto [place, is_new] = boxes.try_emplace(std::move(box), Occupant{index, distance});
        if (!is_new && distance < place->second.distance) place->second = {index, distance};
    }
    std::set<Objectives> corners;
    for (const auto& [box, occupant] : boxes) corners.insert(box);
    std::vector<std::size_t> sample;
    for (const Objectives& box : minimal_points(std::move(corners))) sample.push_back(boxes.at(box).index);
    std::ranges::sort(sample);
    return sample;
}

} // namespace tandem
