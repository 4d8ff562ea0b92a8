// Counts of given loop nests: small ones worked by hand, and nests whose figures Timeloop prints in its
// public exercises (github.com/Accelergy-Project/timeloop-accelergy-exercises, the reference outputs).
#include "tandem/machine/spatial/nest.h"

#include <algorithm>
#include <set>

#include <gtest/gtest.h>

#include "tandem/core/random.h"
#include "unit_machine.h"

namespace tandem::spatial {
namespace {

using enum Dimension;
using enum NestAxis;
using Values = std::array<std::int64_t, kOperands>;

constexpr std::optional<std::int64_t> kNone;
const Accounting kTimeloop = accounting_of(AccountingPreset::timeloop);

NestCounts count(const LayerWork& work, const LoopNest& nest, const Accounting& accounting = kTimeloop) {
    const auto counts = count_nest(work, nest, accounting);
    EXPECT_TRUE(counts.has_value()) << (counts ? "" : counts.error().reason);
    if (counts) return *counts;
    NestCounts none;
    none.levels.resize(nest.levels.size());
    return none;
}

/// One column of 4 outputs, 3 taps: the whole nest in two levels.
LayerWork row_of_four() { return layer_of(2, 1, 1, 4, 1, 3); }

TEST(Nest, FetchesOnlyTheNewInputsOfAWindow) {
    // For each of 2 filters a window of 3 slides over 4 positions: 3 + 1 + 1 + 1 inputs.
    const LoopNest nest{{{"dram", {6, 6, 8}, {{k, 2}, {ox, 4}}}, {"spad", {3, 3, 1}, {{fx, 3}}}}};
    const NestCounts counts = count(row_of_four(), nest);
    EXPECT_EQ(counts.cycles, 24);
    EXPECT_EQ(counts.levels[0].reads, (Values{6, 12, 0}));
    EXPECT_EQ(counts.levels[1].fills, (Values{6, 12, 0}));
    EXPECT_EQ(counts.levels[1].reads, (Values{24, 24, 24 - 8}));
    EXPECT_EQ(counts.levels[1].updates, (Values{0, 0, 24}));
    EXPECT_EQ(counts.levels[0].updates, (Values{0, 0, 8}));
}

TEST(Nest, FetchesWholeTilesWhereOverlapIsNotKept) {
    const LoopNest nest{{{"dram", {6, 6, 8}, {{k, 2}, {ox, 4}}}, {"spad", {3, 3, 1}, {{fx, 3}}}}};
    Accounting accounting = kTimeloop;
    accounting.overlap = Overlap::fetched_again;
    EXPECT_EQ(count(row_of_four(), nest, accounting).levels[0].reads[1], 2 * 4 * 3);
}

TEST(Nest, ReadsRegistersOnChangeOnly) {
    // The weight stays at the multiplier while 4 outputs pass: 6 reads instead of 24.
    const LoopNest nest{{{"dram", {6, 6, 8}, {{k, 2}}}, {"spad", {3, 6, 4}, {{fx, 3}, {ox, 4}}}}};
    Accounting accounting = kTimeloop;
    EXPECT_EQ(count(row_of_four(), nest, accounting).levels[1].reads[0], 24);
    accounting.register_reads = RegisterReads::on_change;
    EXPECT_EQ(count(row_of_four(), nest, accounting).levels[1].reads[0], 6);
}

TEST(Nest, ReadsTheZeroOfASumWhereThatIsCharged) {
    const LoopNest nest{{{"dram", {6, 6, 8}, {{fx, 3}, {k, 2}}}, {"spad", {1, 4, 4}, {{ox, 4}}}}};
    // Three taps: each of 8 sums goes out three times and comes back twice, or three times with its zero.
    NestCounts counts = count(row_of_four(), nest);
    EXPECT_EQ(counts.levels[0].updates[2], 24);
    EXPECT_EQ(counts.levels[0].reads[2], 16);
    EXPECT_EQ(counts.levels[1].fills[2], 16);
    Accounting charged = kTimeloop;
    charged.first_read = FirstRead::charged;
    counts = count(row_of_four(), nest, charged);
    EXPECT_EQ(counts.levels[0].reads[2], 24);
    EXPECT_EQ(counts.levels[1].fills[2], 24);
}

TEST(Nest, SendsWhatInstancesShareOnce) {
    // Two filters side by side share inputs; two columns side by side share weights.
    const LoopNest filters{{{"dram", {6, 6, 8}, {{ox, 4}, {k, 2, columns}}}, {"spad", {3, 3, 1}, {{fx, 3}}}}};
    EXPECT_EQ(count(row_of_four(), filters).levels[0].reads, (Values{6, 6, 0}));
    EXPECT_EQ(count(row_of_four(), filters).levels[1].instances, 2);
    EXPECT_EQ(count(row_of_four(), filters).cycles, 12);
    const LoopNest outputs{{{"dram", {6, 6, 8}, {{k, 2}, {ox, 4, rows}}}, {"spad", {3, 3, 1}, {{fx, 3}}}}};
    // Windows of neighbours differ, so each is sent: 4 x 3; the second filter finds them there.
    EXPECT_EQ(count(row_of_four(), outputs).levels[0].reads, (Values{6, 12, 0}));
}

TEST(Nest, CountsBoundingBoxesOrTouchedInputs) {
    LayerWork work = layer_of(1, 1, 1, 4, 1, 1);
    work.strides = {1, 2};
    EXPECT_EQ(count(work, {{{"dram", {1, 7, 4}, {}}, {"spad", {1, 7, 4}, {{ox, 4}}}}}).levels[0].reads[1], 7);
    Accounting touched = kTimeloop;
    touched.input_positions = InputPositions::touched;
    EXPECT_EQ(
        count(work, {{{"dram", {1, 4, 4}, {}}, {"spad", {1, 4, 4}, {{ox, 4}}}}}, touched).levels[0].reads[1],
        4);
}

/// Timeloop's exercise 04: C 32, K 32, P 16, R 3 on 16 elements, channels side by side.
TEST(Nest, CountsTimeloopsExerciseWithChannelsUnrolled) {
    const LoopNest nest{{{"MainMemory", {3072, 576, 512}, {}},
                         {"inter_PE_spatial", {}, {{c, 16, columns}}},
                         {"GlobalBuffer", {192, 36, 512}, {{c, 2}, {k, 32}, {fx, 3}}},
                         {"RegisterFile", {1, 16, 16}, {{ox, 16}}}}};
    const NestCounts counts = count(layer_of(32, 32, 1, 16, 1, 3), nest);
    EXPECT_EQ(counts.cycles, 3072);
    EXPECT_EQ(counts.levels[0].reads, (Values{3072, 576, 0}));
    EXPECT_EQ(counts.levels[0].updates[2], 512);
    EXPECT_EQ(counts.levels[2].instances, 16);
    EXPECT_EQ(counts.levels[2].reads, (Values{192, 1152, 512}));
    EXPECT_EQ(counts.levels[2].fills, (Values{192, 36, 0}));
    EXPECT_EQ(counts.levels[2].updates[2], 1024);
    EXPECT_EQ(counts.levels[3].reads, (Values{3072, 3072, 2560}));
    EXPECT_EQ(counts.levels[3].fills, (Values{192, 1152, 512}));
    EXPECT_EQ(counts.levels[3].updates[2], 3072);
}

/// The same exercise, filters side by side.
TEST(Nest, CountsTimeloopsExerciseWithFiltersUnrolled) {
    const LoopNest nest{{{"MainMemory", {3072, 576, 512}, {}},
                         {"inter_PE_spatial", {}, {{k, 16, columns}}},
                         {"GlobalBuffer", {192, 576, 32}, {{c, 32}, {k, 2}, {fx, 3}}},
                         {"RegisterFile", {1, 16, 16}, {{ox, 16}}}}};
    const NestCounts counts = count(layer_of(32, 32, 1, 16, 1, 3), nest);
    EXPECT_EQ(counts.levels[0].reads, (Values{3072, 576, 0}));
    EXPECT_EQ(counts.levels[2].reads, (Values{192, 1152, 992}));
    EXPECT_EQ(counts.levels[2].fills, (Values{192, 576, 0}));
    EXPECT_EQ(counts.levels[2].updates[2], 1024);
    EXPECT_EQ(counts.levels[3].reads, (Values{3072, 3072, 3040}));
    EXPECT_EQ(counts.levels[3].fills, (Values{192, 1152, 992}));
}

/// K 32, C 3, 112 x 112 outputs, 3 x 3 taps, stride 2: the default problem of the example designs.
LayerWork default_problem() {
    LayerWork work = layer_of(32, 3, 112, 112, 3, 3);
    work.strides = {2, 2};
    return work;
}

TEST(Nest, CountsTimeloopsEyerissLikeExample) {
    const LoopNest nest{{{"DRAM", {864, 151875, 401408}, {{ox, 8}, {oy, 2}, {k, 4}}},
                         {"shared_glb", {kNone, 9831, 6272}, {{ox, 14}, {oy, 4}}},
                         {"inter_PE_column_spatial", {}, {{oy, 14, columns}}},
                         {"inter_PE_spatial", {}, {{c, 3, rows}, {fy, 3, rows}}},
                         {"ifmap_spad", {kNone, 3, kNone}, {}},
                         {"weights_spad", {24, kNone, kNone}, {{fx, 3}}},
                         {"psum_spad", {kNone, kNone, 8}, {{k, 8}}}}};
    const NestCounts counts = count(default_problem(), nest);
    EXPECT_EQ(counts.cycles, 86016);
    EXPECT_EQ(counts.levels[0].reads[0], 13824);
    EXPECT_EQ(counts.levels[0].reads[1], 157296);
    EXPECT_EQ(counts.levels[1].reads, (Values{0, 1354752, 0}));
    EXPECT_EQ(counts.levels[1].fills, (Values{0, 157296, 0}));
    EXPECT_EQ(counts.levels[1].updates[2], 401408);
    EXPECT_EQ(counts.levels[4].instances, 126);
    EXPECT_EQ(counts.levels[4].reads[1], 86016);
    EXPECT_EQ(counts.levels[4].fills[1], 10752);
    EXPECT_EQ(counts.levels[5].reads[0], 86016);
    EXPECT_EQ(counts.levels[5].fills[0], 1536);
    EXPECT_EQ(counts.levels[6].reads[2], 57344);
    EXPECT_EQ(counts.levels[6].fills[2], 0);
    EXPECT_EQ(counts.levels[6].updates[2], 86016);
}

TEST(Nest, CountsTimeloopsSimbaLikeExample) {
    const LoopNest nest{{{"DRAM", {864, 151875, 401408}, {{oy, 28}}},
                         {"GlobalBuffer", {kNone, 6075, 14336}, {{ox, 4}}},
                         {"inter_PE_spatial", {}, {{c, 3, columns}, {k, 4, columns}}},
                         {"PEInputBuffer", {kNone, 513, kNone}, {{oy, 4}}},
                         {"inter_distributed_buffers_spatial", {}, {{k, 4, rows}}},
                         {"PEWeightBuffer", {18, kNone, kNone}, {{fx, 3}, {ox, 4}, {fy, 3}}},
                         {"PEAccuBuffer", {kNone, kNone, 14}, {{k, 2}, {ox, 7}}},
                         {"inter_reg_mac_spatial", {}, {}},
                         {"PEWeightRegs", {1, kNone, kNone}, {}}}};
    const NestCounts counts = count(default_problem(), nest);
    EXPECT_EQ(counts.cycles, 225792);
    EXPECT_EQ(counts.levels[0].reads[0], 864);
    EXPECT_EQ(counts.levels[1].reads, (Values{0, 170100, 802816}));
    EXPECT_EQ(counts.levels[1].fills, (Values{0, 151875, 0}));
    EXPECT_EQ(counts.levels[1].updates[2], 1204224);
    EXPECT_EQ(counts.levels[3].instances, 12);
    EXPECT_EQ(counts.levels[3].reads[1], 225792);
    EXPECT_EQ(counts.levels[3].fills[1], 56700);
    EXPECT_EQ(counts.levels[5].reads[0], 32256);
    EXPECT_EQ(counts.levels[5].fills[0], 18);
    EXPECT_EQ(counts.levels[6].reads[2], 200704);
    EXPECT_EQ(counts.levels[6].fills[2], 50176);
    EXPECT_EQ(counts.levels[6].updates[2], 225792);
    EXPECT_EQ(counts.levels[8].reads[0], 225792);
    EXPECT_EQ(counts.levels[8].fills[0], 32256);
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
    using Box = std::array<std::int64_t, 5>;

    void run(std::size_t i, const Tile& at, std::int64_t times) {
        if (i == outside_.size()) {
            arrive(corner(at), times);
            return;
        }
        run(i + 1, at, times);
        if (outside_[i].iterations == 1) return;
        Tile next = at;
        next[index_of(outside_[i].dimension)] += steps_[i];
        run(i + 1, next, times * (outside_[i].iterations - 1));
    }

    /// Where a tile begins in the tensor of the operand.
    Box corner(const Tile& at) const {
        const auto of = [&](Dimension dimension) { return at[index_of(dimension)]; };
        switch (operand_) {
        case Operand::weights: return {of(g), of(k), of(c), of(fy), of(fx)};
        case Operand::outputs: return {of(g), of(n), of(k), of(oy), of(ox)};
        case Operand::inputs:
            return {of(g), of(n), of(c), of(oy) * work_.strides[0] + of(fy) * work_.dilations[0],
                    of(ox) * work_.strides[1] + of(fx) * work_.dilations[1]};
        }
        return {};
    }

    void arrive(const Box& from, std::int64_t times) {
        Tile last = tile_;
        for (std::int64_t& extent : last) --extent;
        const Box sides = corner(last);
        std::int64_t whole = 1;
        for (const std::int64_t side : sides) whole *= side + 1;
        std::int64_t fresh = whole;
        std::optional<Box> step;
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
    std::optional<Box> held_;
    std::optional<Box> step_;
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
        for (std::size_t l = 0; l < 2; ++l) {
            const Tile extents = l == 0 ? work.all_extents() : tile;
            const auto at = [&](Dimension dimension) { return extents[index_of(dimension)]; };
            const auto side = [&](std::size_t axis, Dimension outputs, Dimension taps) {
                return input_extent(work, axis, at(outputs), at(taps));
            };
            nest.levels[l].keeps = {at(g) * at(k) * at(c) * at(fy) * at(fx),
                                    at(g) * at(n) * at(c) * side(0, oy, fy) * side(1, ox, fx),
                                    at(g) * at(n) * at(k) * at(oy) * at(ox)};
        }
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
    using Point = std::array<std::int64_t, 5>;

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

    Point corner(const Tile& at) const {
        const auto of = [&](Dimension dimension) { return at[index_of(dimension)]; };
        switch (operand_) {
        case Operand::weights: return {of(g), of(k), of(c), of(fy), of(fx)};
        case Operand::outputs: return {of(g), of(n), of(k), of(oy), of(ox)};
        case Operand::inputs:
            return {of(g), of(n), of(c), of(oy) * work_.strides[0] + of(fy) * work_.dilations[0],
                    of(ox) * work_.strides[1] + of(fx) * work_.dilations[1]};
        }
        return {};
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
        const Point from = corner(at);
        const std::set<Point> next = values(from, corner(last));
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
        for (std::size_t l = 0; l < 2; ++l) {
            const Tile extents = l == 0 ? work.all_extents() : tile;
            const auto at = [&](Dimension dimension) { return extents[index_of(dimension)]; };
            nest.levels[l].keeps = {at(k) * at(c) * at(fy) * at(fx),
                                    at(n) * at(c) * input_extent(work, 0, at(oy), at(fy)) *
                                        input_extent(work, 1, at(ox), at(fx)),
                                    at(n) * at(k) * at(oy) * at(ox)};
        }
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

TEST(Nest, RefusesWhatIsNoNestOfTheLayer) {
    const auto reason = [](const LoopNest& nest) {
        return count_nest(row_of_four(), nest, kTimeloop).error().reason;
    };
    EXPECT_EQ(reason({}), "mapping: no level");
    EXPECT_EQ(reason({{{"dram", {6, kNone, 8}, {}}}}), "mapping: dram: no inputs in the outermost level");
    EXPECT_EQ(reason({{{"dram", {6, 6, 8}, {{k, 2}}}}}), "mapping: OX is covered for 1 of 4");
    EXPECT_EQ(reason({{{"dram", {6, 6, 8}, {{k, 4}}}}}),
              "mapping: dram: 4 iterations of 1 K, the layer has 2 of it");
    EXPECT_EQ(reason({{{"dram", {6, 6, 8}, {{k, 2, rows}, {ox, 4}, {fx, 3}}}}}),
              "mapping: dram: a loop in time inside an unrolled one of K");
    EXPECT_EQ(reason({{{"dram", {6, 6, 8}, {{k, 2}, {ox, 4}}}, {"spad", {3, 5, 1}, {{fx, 3}}}}}),
              "mapping: spad: keeps 5 inputs, its loops touch 3");
}

} // namespace
} // namespace tandem::spatial
