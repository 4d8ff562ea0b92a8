#include "tandem/search/front_archive.h"

#include <algorithm>
#include <functional>

namespace tandem {

namespace {

bool is_nowhere_worse(const Objectives& left, const Objectives& right) {
    return std::equal(left.begin(), left.end(), right.begin(), std::less_equal<>());
}

} // namespace

bool FrontArchive::add(const Evaluation& evaluation) {
    if (evaluation.infeasible || evaluation.violation > 0.0) return false;
    const Objectives& point = evaluation.objectives;
    // The latest members are the likeliest to be near.
    const bool is_covered = std::any_of(points_.rbegin(), points_.rend(), [&](const Objectives& member) {
        return is_nowhere_worse(member, point);
    });
    if (is_covered) return false;
    if (!reference_.empty()) hypervolume_ += hypervolume_gain(point, points_, reference_);
    std::erase_if(points_, [&](const Objectives& member) { return is_nowhere_worse(point, member); });
    points_.push_back(point);
    return true;
}

} // namespace tandem
