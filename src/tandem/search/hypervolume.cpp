// Exact hypervolume by the method of While, Bradstreet and Barone, "A Fast Way of Calculating Exact
// Hypervolumes", IEEE TEC 16(1), 2012 (WFG), its section III: the volume is the sum over the points of
// what each adds to the points after it. Points are sorted worst first in the last objective, so that
// each addition is a slab: a height times a volume in one objective less. Two objectives are a sweep.
#include <algorithm>

#include "tandem/core/check.h"
#include "tandem/search/front.h"

namespace tandem {

namespace {

bool weakly_dominates(const Objectives& left, const Objectives& right) {
    for (std::size_t i = 0; i < left.size(); ++i) {
        if (left[i] > right[i]) return false;
    }
    return true;
}

/// The points that no other covers, of equal ones the first, in lexicographic order.
std::vector<Objectives> without_covered(std::vector<Objectives> points) {
    std::ranges::sort(points);
    std::vector<Objectives> kept;
    for (Objectives& point : points) {
        const bool covered = std::any_of(kept.rbegin(), kept.rend(),
                                         [&](const Objectives& k) { return weakly_dominates(k, point); });
        if (!covered) kept.push_back(std::move(point));
    }
    return kept;
}

/// The area between the reference and a staircase of points, left to right.
double area(std::vector<Objectives> points, const Objectives& reference) {
    std::ranges::sort(points);
    double total = 0.0;
    double ceiling = reference[1];
    for (const Objectives& point : points) {
        if (point[1] >= ceiling) continue;
        total += (reference[0] - point[0]) * (ceiling - point[1]);
        ceiling = point[1];
    }
    return total;
}

double box(const Objectives& point, const Objectives& reference) {
    double volume = 1.0;
    for (std::size_t i = 0; i < reference.size(); ++i) volume *= reference[i] - point[i];
    return volume;
}

/// All points lie inside the reference; the number of objectives is that of the reference.
double volume(std::vector<Objectives> points, const Objectives& reference) {
    if (points.empty()) return 0.0;
    if (reference.size() == 1) return reference[0] - std::ranges::min(points)[0];
    if (reference.size() == 2) return area(std::move(points), reference);

    points = without_covered(std::move(points));
    std::ranges::stable_sort(
        points, [](const Objectives& left, const Objectives& right) { return left.back() > right.back(); });
    const Objectives base(reference.begin(), reference.end() - 1);
    double total = 0.0;
    for (std::size_t i = 0; i < points.size(); ++i) {
        const Objectives foot(points[i].begin(), points[i].end() - 1);
        // What the later points cover of this one's slab; they all reach at least its height.
        std::vector<Objectives> limited;
        limited.reserve(points.size() - i - 1);
        for (std::size_t j = i + 1; j < points.size(); ++j) {
            Objectives& corner = limited.emplace_back(foot);
            for (std::size_t k = 0; k < corner.size(); ++k) corner[k] = std::max(corner[k], points[j][k]);
        }
        const double height = reference.back() - points[i].back();
        total += height * (box(foot, base) - volume(std::move(limited), base));
    }
    return total;
}

} // namespace

double hypervolume(std::vector<Objectives> points, const Objectives& reference) {
    TANDEM_CHECK(!reference.empty(), "a volume needs an objective");
    std::erase_if(points, [&](const Objectives& point) {
        TANDEM_CHECK(point.size() == reference.size(), "a point and the reference have the same objectives");
        for (std::size_t i = 0; i < point.size(); ++i) {
            if (!(point[i] < reference[i])) return true;
        }
        return false;
    });
    return volume(std::move(points), reference);
}

} // namespace tandem
