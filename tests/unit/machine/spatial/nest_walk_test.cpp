// Counts of loop nests against walks through their turns, tile by tile.
#include <algorithm>
#include <optional>
#include <set>

#include <gtest/gtest.h>

#include "counted_nest.h"
#include "tandem/core/random.h"
#include "tandem/machine/spatial/positions.h"

namespace tandem::spatial {
namespace {

/// In an operand's tensor: the group, then channels, samples or filters, then row and column.
using Point = std::array<std::int64_t, 5>;

/// Where a tile begins in the tensor of the operand.
Point corner(const LayerWork& work, Operand operand, const Tile& tile) {
    const auto of = [&](Dimension dimension) { return tile[index_of(dimension)]; };
    switch (operand) {
    case Operand::weights: return {of(g), of(k), of(c), of(fy), of(fx)};
    case Operand::outputs: return {of(g), of(n), of(k), of(oy), of(ox)};
    case Operand::inputs:
        return {of(g), of(n), of(c), of(oy) * work.strides[0] + of(fy) * work.dilations[0],
                of(ox) * work.strides[1] + of(fx) * work.dilations[1]};
    }
    return {};
}

/// The values of each operand that a tile of those extents has.
std::array<std::optional<std::int64_t>, kOperands> held(const LayerWork& work, const Tile& extents) {
    const auto at = [&](Dimension dimension) { return extents[index_of(dimension)]; };
    return {at(g) * at(k) * at(c) * at(fy) * at(fx),
            at(g) * at(n) * at(c) * input_extent(work, 0, at(oy), at(fy)) *
                input_extent(work, 1, at(ox), at(fx)),
            at(g) * at(n) * at(k) * at(oy) * at(ox)};
}

/// Timeloop's own procedure for one instance: each loop runs its first iteration, and its second one for all
/// the others; a tile that comes loses what the one before held, unless the step changed.
class Walk {
  public:
    Walk(const LayerWork& work, Operand operand, const std::vector<NestLoop>& outside, const Tile& tile)
        : work_(work), operand_(operand), outside_(outside), tile_(tile) {}

    std::int64_t brought() {
        Tile step = tile_;
        steps_.resize(outside_.size());
        for (std::size_t i = outside_.size(); i-- > 0;) {
            steps_[i] = step[index_of(outside_[i].dimension)];
            step[index_of(outside_[i].dimension)] *= outside_[i].iterations;
        }
        run(0, Tile{}, 1);
        return sum_;
    }

  private:
    void run(std::size_t i, const Tile& at, std::int64_t times) {
        if (i == outside_.size()) {
            arrive(corner(work_, operand_, at), times);
            return;
        }
        run(i + 1, at, times);
        if (outside_[i].iterations == 1) return;
        Tile next = at;
        next[index_of(outside_[i].dimension)] += steps_[i];
        run(i + 1, next, times * (outside_[i].iterations - 1));
    }

    void arrive(const Point& from, std::int64_t times) {
        Tile last = tile_;
        for (std::int64_t& extent : last) --extent;
        const Point sides = corner(work_, operand_, last);
        std::int64_t whole = 1;
        for (const std::int64_t side : sides) whole *= side + 1;
        std::int64_t fresh = whole;
        std::optional<Point> step;
        if (held_) {
            step.emplace();
            for (std::size_t axis = 0; axis < from.size(); ++axis)
                (*step)[axis] = from[axis] - (*held_)[axis];
        }
        const bool keeps = !step_ || step == step_;
        if (keeps && step) {
            std::size_t moved = 0;
            std::int64_t share = 0;
            for (std::size_t axis = 0; axis < from.size(); ++axis) {
                if ((*step)[axis] == 0) continue;
                ++moved;
                const std::int64_t side = sides[axis] + 1;
                share = whole / side * std::min(side, std::abs((*step)[axis]));
            }
            fresh = moved == 0 ? 0 : moved == 1 ? share : whole;
        }
        step_ = keeps ? (step_ ? step_ : step) : std::nullopt;
        held_ = from;
        sum_ += fresh * times;
    }

    const LayerWork& work_;
    Operand operand_;
    const std::vector<NestLoop>& outside_;
    Tile tile_;
    std::vector<std::int64_t> steps_;
    std::optional<Point> held_;
    std::optional<Point> step_;
    std::int64_t sum_ = 0;
};

TEST(Nest, CountsWhatTimeloopsProcedureCounts) {
    for (std::uint64_t trial = 0; trial < 2000; ++trial) {
        Random random = Random(41).fork("nest", trial);
        const auto pick = [&random](std::uint64_t most) {
            return static_cast<std::int64_t>(random.below(most)) + 1;
        };
        LayerWork work;
        work.strides = {pick(3), pick(3)};
        work.dilations = {pick(2), pick(2)};
        LoopNest nest{{{"dram", {0, 0, 0}, {}}, {"spad", {0, 0, 0}, {}}}};
        Tile tile;
        tile.fill(1);
        for (NestLevel& level : nest.levels) {
            std::array<Dimension, kDimensions> order = kAllDimensions;
            random.shuffle(std::span<Dimension>(order));
            std::vector<Dimension> dimensions(order.begin(), order.end());
            if (&level == &nest.levels.front())
                dimensions.push_back(order[1]); // once more, inside the others
            for (const Dimension dimension : dimensions) {
                const std::int64_t iterations = pick(2) == 1 ? 1 : pick(4);
                level.loops.push_back({dimension, iterations});
                if (&level == &nest.levels.back()) tile[index_of(dimension)] = iterations;
                if (dimension == g) {
                    work.groups *= iterations;
                } else {
                    work.extents[index_of(dimension)] *= iterations;
                }
            }
        }
        nest.levels[0].keeps = held(work, work.all_extents());
        nest.levels[1].keeps = held(work, tile);
        const NestCounts counts = count(work, nest);
        for (const Operand operand : kAllOperands) {
            EXPECT_EQ(counts.brought[1][index_of(operand)],
                      Walk(work, operand, nest.levels[0].loops, tile).brought())
                << to_string(operand) << ", trial " << trial << " of seed 41";
        }
        if (HasFailure()) break;
    }
}

TEST(Nest, CutsTheLastTurnOfALoop) {
    // 7 filters as 4 and 3, each of them with 5 columns as 2, 2 and 1; inputs stay while taps pass.
    const LayerWork work = layer_of(7, 1, 1, 5, 1, 2);
    const LoopNest nest{
        {{"dram", {14, 6, 35}, {{k, 2, NestAxis::time, 2}, {ox, 3}}},
         {"spad", {8, 3, 8}, {{k, 4, NestAxis::time, 3}, {fx, 2}, {ox, 2, NestAxis::time, 1}}}}};
    const NestCounts counts = count(work, nest);
    EXPECT_EQ(counts.cycles, 7 * 5 * 2);
    // A tile of 3 inputs, then two new ones, then the sixth; once for each half of the filters.
    EXPECT_EQ(counts.levels[1].fills, (Values{14, 2 * (3 + 2 + 1), 0}));
    EXPECT_EQ(counts.levels[0].reads, (Values{14, 12, 0}));
    EXPECT_EQ(counts.levels[0].updates, (Values{0, 0, 35}));
    EXPECT_EQ(counts.levels[1].reads, (Values{70, 70, 70 - 35}));
    EXPECT_EQ(counts.levels[1].tile, (Values{8, 3, 8}));
}

/// Every turn of every loop, with the values that a tile holds as a set.
class FullWalk {
  public:
    FullWalk(const LayerWork& work, Operand operand, std::vector<NestLoop> outside, const Tile& tile)
        : work_(work), operand_(operand), outside_(std::move(outside)), tile_(tile) {
        Tile step = tile_;
        steps_.resize(outside_.size());
        for (std::size_t i = outside_.size(); i-- > 0;) {
            steps_[i] = step[index_of(outside_[i].dimension)];
            step[index_of(outside_[i].dimension)] *= outside_[i].iterations;
        }
    }

    std::int64_t brought() {
        std::array<bool, kDimensions> is_last{};
        is_last.fill(true);
        run(0, {}, is_last);
        return sum_;
    }

  private:
    void run(std::size_t i, const Tile& at, const std::array<bool, kDimensions>& is_last) {
        if (i == outside_.size()) {
            arrive(at);
            return;
        }
        const std::size_t d = index_of(outside_[i].dimension);
        const std::int64_t turns = is_last[d] ? outside_[i].last_iterations() : outside_[i].iterations;
        for (std::int64_t x = 0; x < turns; ++x) {
            Tile next = at;
            next[d] += x * steps_[i];
            auto last = is_last;
            last[d] = is_last[d] && x + 1 == turns;
            run(i + 1, next, last);
        }
    }

    std::set<Point> values(const Point& from, const Point& to) const {
        std::set<Point> all{from};
        for (std::size_t axis = 0; axis < from.size(); ++axis) {
            std::set<Point> more;
            for (Point point : all) {
                for (; point[axis] <= to[axis]; ++point[axis]) more.insert(point);
            }
            all = std::move(more);
        }
        return all;
    }

    void arrive(const Tile& at) {
        Tile last = at;
        for (const Dimension dimension : kAllDimensions) {
            const std::size_t d = index_of(dimension);
            last[d] = std::min(at[d] + tile_[d], work_.extent(dimension)) - 1;
        }
        const Point from = corner(work_, operand_, at);
        const std::set<Point> next = values(from, corner(work_, operand_, last));
        std::set<Point> fresh = next;
        if (!held_.empty()) {
            Point step{};
            for (std::size_t axis = 0; axis < step.size(); ++axis) step[axis] = from[axis] - from_[axis];
            const bool keeps_on = !step_ || step == *step_;
            if (keeps_on) {
                std::erase_if(fresh, [&](const Point& point) { return held_.contains(point); });
                if (!is_box(fresh)) fresh = next;
            }
            step_ = keeps_on ? std::optional(step) : std::nullopt;
        }
        held_ = next;
        from_ = from;
        sum_ += static_cast<std::int64_t>(fresh.size());
    }

    static bool is_box(const std::set<Point>& points) {
        if (points.empty()) return true;
        std::size_t volume = 1;
        for (std::size_t axis = 0; axis < Point{}.size(); ++axis) {
            const auto [least, most] = std::minmax_element(
                points.begin(), points.end(),
                [axis](const Point& left, const Point& right) { return left[axis] < right[axis]; });
            volume *= static_cast<std::size_t>((*most)[axis] - (*least)[axis] + 1);
        }
        return volume == points.size();
    }

    const LayerWork& work_;
    Operand operand_;
    std::vector<NestLoop> outside_;
    Tile tile_;
    std::vector<std::int64_t> steps_;
    std::set<Point> held_;
    Point from_{};
    std::optional<Point> step_;
    std::int64_t sum_ = 0;
};

TEST(Nest, CountsWithRemaindersWhatAWalkThroughEveryTurnCounts) {
    for (std::uint64_t trial = 0; trial < 300; ++trial) {
        Random random = Random(43).fork("nest", trial);
        const auto pick = [&random](std::uint64_t most) {
            return static_cast<std::int64_t>(random.below(most)) + 1;
        };
        LayerWork work;
        work.strides = {pick(2), pick(3)};
        work.dilations = {pick(2), pick(2)};
        LoopNest nest{{{"dram", {0, 0, 0}, {}}, {"spad", {0, 0, 0}, {}}}};
        Tile tile;
        tile.fill(1);
        std::vector<NestLoop> outer;
        std::vector<NestLoop> middle;
        for (const Dimension dimension : {n, k, c, oy, ox, fx}) {
            if (pick(2) == 1) continue;
            const std::int64_t extent = pick(dimension == ox ? 13 : 6);
            work.extents[index_of(dimension)] = extent;
            const std::int64_t inner = std::min(extent, pick(3));
            const std::int64_t pieces = divide_up(extent, inner);
            const std::int64_t among = std::min(pieces, pick(7));
            const std::int64_t last = extent - 1;
            // The last value in mixed radix says how far each loop goes in its last turn.
            nest.levels[1].loops.push_back({dimension, inner, NestAxis::time, last % inner + 1});
            middle.push_back({dimension, among, NestAxis::time, last / inner % among + 1});
            outer.push_back({dimension, divide_up(pieces, among), NestAxis::time, 0});
            tile[index_of(dimension)] = inner;
        }
        random.shuffle(std::span<NestLoop>(outer));
        random.shuffle(std::span<NestLoop>(middle));
        nest.levels[0].loops = outer;
        nest.levels[0].loops.insert(nest.levels[0].loops.end(), middle.begin(), middle.end());
        nest.levels[0].keeps = held(work, work.all_extents());
        nest.levels[1].keeps = held(work, tile);
        const bool has_remainder =
            std::any_of(middle.begin(), middle.end(),
                        [](const NestLoop& loop) { return loop.remainder < loop.iterations; }) ||
            std::any_of(nest.levels[1].loops.begin(), nest.levels[1].loops.end(),
                        [](const NestLoop& loop) { return loop.remainder < loop.iterations; });
        if (!has_remainder) continue;
        const NestCounts counts = count(work, nest);
        EXPECT_EQ(counts.cycles, multiply_accumulates(work).value);
        for (const Operand operand : kAllOperands) {
            EXPECT_EQ(counts.brought[1][index_of(operand)],
                      FullWalk(work, operand, nest.levels[0].loops, tile).brought())
                << to_string(operand) << ", trial " << trial << " of seed 43";
        }
        if (HasFailure()) break;
    }
}

TEST(Nest, RefusesRemaindersThatSpreadUnevenly) {
    const LoopNest unrolled{{{"dram", {14, 4, 28}, {{ox, 4}, {fx, 1}, {k, 2, columns}}},
                             {"spad", {4, 1, 4}, {{k, 4, NestAxis::time, 3}}}}};
    EXPECT_EQ(count_nest(layer_of(7, 1, 1, 4, 1, 1), unrolled, kTimeloop).error().reason,
              "mapping: dram: a remainder of K in an unrolled loop or inside one");
    const LoopNest inside{{{"dram", {7, 4, 28}, {{k, 2, NestAxis::time, 2}, {ox, 4}}},
                           {"spad", {4, 1, 4}, {{k, 4, NestAxis::time, 4}}}}};
    EXPECT_EQ(count_nest(layer_of(7, 1, 1, 4, 1, 1), inside, kTimeloop).error().reason,
              "mapping: dram: 2 iterations of 4 K, the layer has 7 of it");
}

} // namespace
} // namespace tandem::spatial
