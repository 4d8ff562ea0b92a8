// Efficient non-dominated sort with binary search (Zhang et al., "An Efficient Approach to Nondominated
// Sorting", IEEE TEC 19(2), 2015): taken in lexicographic order, each point belongs to the first front
// that does not dominate it, and fronts before one that dominates it do too. What makes it fast here:
// values give way to their places in the order of each objective, 16-bit integers for up to 2^15 points,
// and a front lies in memory as columns of 64, so that one vector instruction compares many members.
#include "tandem/search/pareto_ranks.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <numeric>

#include "tandem/core/check.h"

namespace tandem {

namespace {

constexpr std::size_t kBlock = 64;

/// The members of one front, in the objectives after the first: those before a point in the order are
/// never worse in the first.
template <class Place> class FrontColumns {
  public:
    explicit FrontColumns(std::size_t columns) : columns_(columns) {}

    /// Whether a member is nowhere worse than the point.
    bool covers(const Place* point) const {
        if (columns_ == 1) return least_ <= point[0];
        // The latest members lie nearest and are the likeliest to dominate.
        for (std::size_t block = blocks_.size(); block > 0; block -= columns_ * kBlock) {
            if (block_covers(&blocks_[block - columns_ * kBlock], point)) return true;
        }
        return false;
    }

    void add(const Place* point) {
        if (columns_ == 1) {
            least_ = std::min(least_, point[0]);
            return;
        }
        if (size_ % kBlock == 0) {
            // Members that are not there yet are worse than anything.
            blocks_.resize(blocks_.size() + columns_ * kBlock, std::numeric_limits<Place>::max());
        }
        Place* const block = &blocks_[blocks_.size() - columns_ * kBlock];
        for (std::size_t column = 0; column < columns_; ++column) {
            block[column * kBlock + size_ % kBlock] = point[column];
        }
        ++size_;
    }

  private:
    bool block_covers(const Place* block, const Place* point) const {
        std::array<Place, kBlock> is_worse{}; // how many columns of each member are worse
        for (std::size_t column = 0; column < columns_; ++column) {
            const Place limit = point[column];
            const Place* const members = block + column * kBlock;
            for (std::size_t i = 0; i < kBlock; ++i) {
                is_worse[i] = static_cast<Place>(is_worse[i] | (members[i] > limit ? 1 : 0));
            }
        }
        Place all_worse = 1;
        for (std::size_t i = 0; i < kBlock; ++i) all_worse = static_cast<Place>(all_worse & is_worse[i]);
        return all_worse == 0;
    }

    std::size_t columns_;
    std::size_t size_ = 0;
    Place least_ = std::numeric_limits<Place>::max();
    std::vector<Place> blocks_;
};

/// Each point's place in the order of one objective; equal values share a place.
template <class Place>
void write_places(std::span<const double> values, std::size_t objectives, std::size_t objective,
                  std::vector<std::pair<double, std::size_t>>& scratch, std::vector<Place>& places) {
    const std::size_t count = values.size() / objectives;
    scratch.resize(count);
    for (std::size_t i = 0; i < count; ++i) scratch[i] = {values[i * objectives + objective], i};
    std::ranges::sort(scratch);
    Place place = 0;
    for (std::size_t i = 0; i < count; ++i) {
        if (i > 0 && scratch[i].first != scratch[i - 1].first) ++place;
        places[scratch[i].second * objectives + objective] = place;
    }
}

template <class Place>
std::vector<std::size_t> ranks_of(std::span<const double> values, std::size_t objectives) {
    const std::size_t count = values.size() / objectives;
    std::vector<Place> places(values.size());
    std::vector<std::pair<double, std::size_t>> scratch;
    for (std::size_t objective = 0; objective < objectives; ++objective) {
        write_places(values, objectives, objective, scratch, places);
    }
    const auto row = [&](std::size_t index) { return &places[index * objectives]; };
    std::vector<std::size_t> order(count);
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::sort(order, [&](std::size_t left, std::size_t right) {
        return std::lexicographical_compare(row(left), row(left) + objectives, row(right),
                                            row(right) + objectives);
    });

    std::vector<std::size_t> ranks(count);
    std::vector<FrontColumns<Place>> fronts;
    for (std::size_t i = 0; i < count; ++i) {
        const Place* const point = row(order[i]);
        if (i > 0 && std::equal(point, point + objectives, row(order[i - 1]))) {
            ranks[order[i]] = ranks[order[i - 1]];
            continue;
        }
        const auto covers = [&](const FrontColumns<Place>& front) {
            return objectives == 1 || front.covers(point + 1);
        };
        const auto front = std::ranges::partition_point(fronts, covers);
        const auto rank = static_cast<std::size_t>(front - fronts.begin());
        if (rank == fronts.size()) fronts.emplace_back(objectives - 1);
        if (objectives > 1) fronts[rank].add(point + 1);
        ranks[order[i]] = rank;
    }
    return ranks;
}

} // namespace

std::vector<std::size_t> pareto_ranks(std::span<const double> values, std::size_t objectives) {
    TANDEM_CHECK(objectives >= 1 && values.size() % objectives == 0, "points have objectives");
    constexpr std::size_t kFewest = std::numeric_limits<std::int16_t>::max();
    if (values.size() / objectives < kFewest) return ranks_of<std::int16_t>(values, objectives);
    return ranks_of<std::int32_t>(values, objectives);
}

} // namespace tandem
