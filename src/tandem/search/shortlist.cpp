#include "tandem/search/shortlist.h"

#include <algorithm>
#include <numeric>

namespace tandem {

namespace {

/// So that the worst of a rank count themselves.
constexpr double kWorst = 1.1;

/// The members of one rank, picked one by one.
class RankPicker {
  public:
    RankPicker(std::span<const Evaluation> evaluations, std::vector<std::size_t> members)
        : members_(std::move(members)) {
        std::vector<Objectives> points;
        for (const std::size_t member : members_) points.push_back(evaluations[member].objectives);
        const ObjectiveBox box = box_of(points);
        for (const Objectives& point : points) {
            Objectives scaled;
            for (std::size_t i = 0; i < point.size(); ++i) {
                const double extent = box.most[i] - box.least[i];
                scaled.push_back(extent > 0.0 ? (point[i] - box.least[i]) / extent : 0.0);
            }
            points_.push_back(std::move(scaled));
        }
    }

    bool is_empty() const { return members_.empty(); }

    /// The next member, which leaves the rank; `is_kept` says whether it was taken.
    std::size_t next() {
        place_ = picked_.empty() ? balanced_choice(points_) : most_hypervolume();
        return members_[place_];
    }
    void end_next(bool is_kept) {
        if (is_kept) picked_.push_back(points_[place_]);
        const auto place = static_cast<std::ptrdiff_t>(place_);
        members_.erase(members_.begin() + place);
        points_.erase(points_.begin() + place);
    }

  private:
    std::size_t most_hypervolume() const {
        const Objectives reference(points_.front().size(), kWorst);
        std::vector<double> gains;
        for (const Objectives& point : points_) {
            gains.push_back(hypervolume_gain(point, picked_, reference));
        }
        return static_cast<std::size_t>(std::ranges::max_element(gains) - gains.begin());
    }

    std::vector<std::size_t> members_;
    std::vector<Objectives> points_; ///< of the members, scaled
    std::vector<Objectives> picked_;
    std::size_t place_ = 0; ///< of what next() gave
};

} // namespace

std::vector<std::size_t> pick_shortlist(std::span<const Evaluation> evaluations, std::size_t count,
                                        const std::function<bool(std::size_t)>& may_be_picked) {
    const std::vector<std::size_t> ranks = non_dominated_ranks(evaluations);
    std::vector<std::vector<std::size_t>> by_rank(evaluations.size());
    for (std::size_t i = 0; i < evaluations.size(); ++i) {
        const bool is_acceptable = !evaluations[i].infeasible && evaluations[i].violation == 0.0;
        if (is_acceptable) by_rank[ranks[i]].push_back(i);
    }
    std::vector<std::size_t> shortlist;
    for (std::vector<std::size_t>& members : by_rank) {
        if (members.empty()) continue;
        RankPicker picker(evaluations, std::move(members));
        while (!picker.is_empty() && shortlist.size() < count) {
            const std::size_t next = picker.next();
            const bool is_kept = may_be_picked(next);
            if (is_kept) shortlist.push_back(next);
            picker.end_next(is_kept);
        }
    }
    return shortlist;
}

std::vector<std::size_t> order_by_balance(std::span<const Evaluation> evaluations, const ObjectiveBox& box) {
    const std::vector<std::size_t> ranks = non_dominated_ranks(evaluations);
    std::vector<double> distances;
    for (const Evaluation& evaluation : evaluations) {
        distances.push_back(distance_from_worst(evaluation.objectives, box));
    }
    std::vector<std::size_t> order(evaluations.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::stable_sort(order, [&](std::size_t left, std::size_t right) {
        if (ranks[left] != ranks[right]) return ranks[left] < ranks[right];
        return distances[left] > distances[right];
    });
    return order;
}

} // namespace tandem
