#include "tandem/machine/spatial/nest_walk.h"

#include <algorithm>

#include "tandem/machine/spatial/counts.h"
#include "tandem/machine/spatial/positions.h"

namespace tandem::spatial {

namespace {

constexpr double kMostTurns = 4e6;
/// Turns of one loop that may differ: the first, the second, one for all that follow, and the last.
constexpr std::int64_t kDifferentTurns = 4;

/// Axes of an operand's tensor: groups, then two axes of channels, samples or filters, then rows and columns.
constexpr std::size_t kAxes = 5;

/// A tile in the tensor; `counts` are the positions along each axis that it has, at most its sides.
struct Box {
    std::array<std::int64_t, kAxes> begin{};
    std::array<std::int64_t, kAxes> side{};
    std::array<std::int64_t, kAxes> count{};

    std::int64_t size() const {
        std::int64_t size = 1;
        for (const std::int64_t along : count) size *= along;
        return size;
    }
};

class Walk {
  public:
    Walk(const LayerWork& work, Operand operand, const std::vector<PlacedLoop>& outside, const Tile& extents,
         const Accounting& accounting, Overlap overlap)
        : work_(work), operand_(operand), outside_(outside), extents_(extents), accounting_(accounting),
          overlap_(overlap) {
        is_last_.fill(true);
    }

    std::int64_t brought() {
        turn(0, 1);
        return sum_;
    }

  private:
    /// All iterations of loop `i` and of those inside it, `times` times.
    void turn(std::size_t i, std::int64_t times) {
        if (i == outside_.size()) {
            arrive(times);
            return;
        }
        const PlacedLoop& loop = outside_[i];
        const std::size_t d = index_of(loop.dimension);
        const bool was_last = is_last_[d];
        const std::int64_t from = at_[d];
        const std::int64_t iterations = was_last ? loop.last_iterations : loop.iterations;
        for (std::int64_t x = 0; x < iterations; ++x) {
            is_last_[d] = was_last && x + 1 == iterations;
            at_[d] = from + x * loop.step;
            // From the third on all move alike, up to the last, which may be cut.
            const std::int64_t alike = x == 2 && iterations > kDifferentTurns ? iterations - 3 : 1;
            turn(i + 1, times * alike);
            if (alike == 1) continue;
            skip(loop.dimension, (alike - 1) * loop.step);
            x += alike - 1;
        }
        at_[d] = from;
        is_last_[d] = was_last;
    }

    /// The tile that is held now stands where the last of the turns left out would have brought it.
    void skip(Dimension dimension, std::int64_t distance) {
        if (!held_) return;
        held_at_[index_of(dimension)] += depends_on(operand_, dimension) ? distance : 0;
        Tile moved{};
        moved[index_of(dimension)] = distance;
        const auto shift = corner(moved);
        for (std::size_t axis = 0; axis < kAxes; ++axis) held_->begin[axis] += shift[axis];
    }

    std::array<std::int64_t, kAxes> corner(const Tile& at) const {
        const auto of = [&](Dimension dimension) { return at[index_of(dimension)]; };
        using enum Dimension;
        switch (operand_) {
        case Operand::weights: return {of(g), of(k), of(c), of(fy), of(fx)};
        case Operand::outputs: return {of(g), of(n), of(k), of(oy), of(ox)};
        case Operand::inputs:
            return {of(g), of(n), of(c), of(oy) * work_.strides[0] + of(fy) * work_.dilations[0],
                    of(ox) * work_.strides[1] + of(fx) * work_.dilations[1]};
        }
        return {};
    }

    Box box() const {
        Tile extents = extents_;
        Tile last{};
        for (const Dimension dimension : kAllDimensions) {
            const std::size_t d = index_of(dimension);
            extents[d] = std::min(extents[d], work_.extent(dimension) - at_[d]);
            last[d] = extents[d] - 1;
        }
        Box box{.begin = corner(at_), .side = corner(last)};
        for (std::int64_t& side : box.side) ++side;
        box.count = box.side;
        if (operand_ == Operand::inputs) {
            const auto along = [&](std::size_t axis, Dimension outputs, Dimension taps) {
                return inputs_of_tile(work_, axis, extents[index_of(outputs)], extents[index_of(taps)],
                                      accounting_.input_positions);
            };
            box.count[3] = along(0, Dimension::oy, Dimension::fy);
            box.count[4] = along(1, Dimension::ox, Dimension::fx);
        }
        return box;
    }

    void arrive(std::int64_t times) {
        const Box next = box();
        Tile own{};
        for (const Dimension dimension : kAllDimensions) {
            if (depends_on(operand_, dimension)) own[index_of(dimension)] = at_[index_of(dimension)];
        }
        std::int64_t fresh = next.size();
        if (held_ && overlap_ == Overlap::fetched_again) {
            fresh = own == held_at_ ? 0 : fresh;
        } else if (held_) {
            std::array<std::int64_t, kAxes> step{};
            for (std::size_t axis = 0; axis < kAxes; ++axis)
                step[axis] = next.begin[axis] - held_->begin[axis];
            const bool keeps_on = !step_ || step == *step_;
            if (keeps_on) fresh = new_values(next);
            step_ = keeps_on ? std::optional(step) : std::nullopt;
        }
        held_ = next;
        held_at_ = own;
        sum_ += fresh * times;
    }

    /// Of a box beside the one held: what is new, where that is one slab; else all of it.
    std::int64_t new_values(const Box& next) const {
        std::size_t beyond = 0;
        std::int64_t fresh = 0;
        for (std::size_t axis = 0; axis < kAxes; ++axis) {
            const std::int64_t next_end = next.begin[axis] + next.side[axis];
            const std::int64_t held_end = held_->begin[axis] + held_->side[axis];
            const std::int64_t begin = std::max(next.begin[axis], held_->begin[axis]);
            const std::int64_t end = std::min(next_end, held_end);
            const std::int64_t missing = next.side[axis] - std::max<std::int64_t>(0, end - begin);
            if (missing == 0) continue;
            const bool is_on_both_sides = next.begin[axis] < held_->begin[axis] && next_end > held_end;
            beyond += is_on_both_sides ? 2 : 1;
            fresh = next.size() / next.count[axis] * std::min(next.count[axis], missing);
        }
        return beyond > 1 ? next.size() : fresh;
    }

    const LayerWork& work_;
    Operand operand_;
    const std::vector<PlacedLoop>& outside_;
    Tile extents_;
    const Accounting& accounting_;
    Overlap overlap_;
    Tile at_{};
    std::array<bool, kDimensions> is_last_{};
    std::optional<Box> held_;
    Tile held_at_{}; ///< where the held tile begins, along the operand's own dimensions
    std::optional<std::array<std::int64_t, kAxes>> step_;
    std::int64_t sum_ = 0;
};

} // namespace

std::optional<std::int64_t> walk_brought(const LayerWork& work, Operand operand,
                                         const std::vector<PlacedLoop>& outside, const Tile& extents,
                                         const Accounting& accounting, Overlap overlap) {
    double turns = 1.0;
    for (const PlacedLoop& loop : outside)
        turns *= static_cast<double>(std::min(loop.iterations, kDifferentTurns));
    if (turns > kMostTurns) return std::nullopt;
    return Walk(work, operand, outside, extents, accounting, overlap).brought();
}

} // namespace tandem::spatial
