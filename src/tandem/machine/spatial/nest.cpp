#include "tandem/machine/spatial/nest.h"

#include <algorithm>
#include <cmath>
#include <set>

#include <fmt/format.h>

#include "tandem/machine/spatial/counts.h"
#include "tandem/machine/spatial/nest_walk.h"
#include "tandem/machine/spatial/positions.h"

namespace tandem::spatial {

namespace {

/// Axes of an operand's tensor: groups, then two axes of channels, samples or filters, then rows and columns.
constexpr std::size_t kAxes = 5;
constexpr std::size_t kRows = 3;
using Vector = std::array<std::int64_t, kAxes>;
constexpr Vector kNowhere{};

tl::unexpected<Infeasible> unusable(std::string reason) {
    return tl::unexpected(Infeasible{.reason = "mapping: " + std::move(reason)});
}

/// How an operand moves along its axes when a dimension advances by `step`.
Vector shift_of(const LayerWork& work, Operand operand, Dimension dimension, std::int64_t step) {
    Vector shift{};
    if (!depends_on(operand, dimension)) return shift;
    const bool is_input = operand == Operand::inputs;
    switch (dimension) {
    case Dimension::g: shift[0] = step; break;
    case Dimension::n: shift[1] = step; break;
    case Dimension::k: shift[operand == Operand::weights ? 1 : 2] = step; break;
    case Dimension::c: shift[2] = step; break;
    case Dimension::oy: shift[kRows] = is_input ? step * work.strides[0] : step; break;
    case Dimension::ox: shift[kRows + 1] = is_input ? step * work.strides[1] : step; break;
    case Dimension::fy: shift[kRows] = is_input ? step * work.dilations[0] : step; break;
    case Dimension::fx: shift[kRows + 1] = is_input ? step * work.dilations[1] : step; break;
    }
    return shift;
}

/// One level with its loops of more than one iteration, and the extents of what lies inside.
struct PlacedLevel {
    std::vector<PlacedLoop> in_time;
    std::vector<PlacedLoop> unrolled;
    Tile tile{};          ///< inside the loops of all levels further out, uncut
    Tile unrolled_tile{}; ///< inside this level's loops in time too
};

std::int64_t product_of(const std::vector<PlacedLoop>& loops) {
    std::int64_t product = 1;
    for (const PlacedLoop& loop : loops) product *= loop.iterations;
    return product;
}

/// Whether some loop of the nest has fewer iterations in its last turn.
enum class Remainders { none, some };

/// Sizes and movements of one operand's tiles.
class Tiles {
  public:
    Tiles(const LayerWork& work, Operand operand, const Accounting& accounting)
        : work_(work), operand_(operand), accounting_(accounting) {}

    std::int64_t size(const Tile& extents) const {
        const auto at = [&](Dimension dimension) {
            return std::min(extents[index_of(dimension)], work_.extent(dimension));
        };
        std::int64_t size = at(Dimension::g);
        switch (operand_) {
        case Operand::weights:
            return size * at(Dimension::k) * at(Dimension::c) * at(Dimension::fy) * at(Dimension::fx);
        case Operand::outputs:
            return size * at(Dimension::n) * at(Dimension::k) * at(Dimension::oy) * at(Dimension::ox);
        case Operand::inputs:
            size *= at(Dimension::n) * at(Dimension::c);
            size *=
                inputs_of_tile(work_, 0, at(Dimension::oy), at(Dimension::fy), accounting_.input_positions);
            return size * inputs_of_tile(work_, 1, at(Dimension::ox), at(Dimension::fx),
                                         accounting_.input_positions);
        }
        return size;
    }

    /// Different places of the tile inside unrolled loops: instances at the same place share what is sent.
    std::int64_t places(const std::vector<PlacedLoop>& unrolled) const {
        std::int64_t places = 1;
        for (std::size_t axis = 0; axis < kAxes; ++axis) {
            std::set<std::int64_t> offsets{0};
            for (const PlacedLoop& loop : unrolled) {
                const std::int64_t shift = shift_of(work_, operand_, loop.dimension, loop.step)[axis];
                if (shift == 0) continue;
                std::set<std::int64_t> more;
                for (std::int64_t i = 0; i < loop.iterations; ++i) {
                    for (const std::int64_t offset : offsets) more.insert(offset + i * shift);
                }
                offsets = std::move(more);
            }
            places *= static_cast<std::int64_t>(offsets.size());
        }
        return places;
    }

    /// What one instance takes in over all loops in time outside a tile, equations (9) and (10) or, where
    /// tiles are cut, from tile to tile; none where there are too many.
    std::optional<std::int64_t> brought(const std::vector<PlacedLoop>& outside, const Tile& extents,
                                        Overlap overlap, Remainders remainders) const {
        if (remainders == Remainders::some) {
            return walk_brought(work_, operand_, outside, extents, accounting_, overlap);
        }
        return brought(outside, extents, overlap);
    }

  private:
    std::int64_t brought(const std::vector<PlacedLoop>& outside, const Tile& extents, Overlap overlap) const {
        std::vector<Vector> shifts;
        shifts.reserve(outside.size());
        for (const PlacedLoop& loop : outside) {
            shifts.push_back(shift_of(work_, operand_, loop.dimension, loop.step));
        }
        const std::int64_t whole = size(extents);
        return overlap == Overlap::kept ? brought_in_steps(outside, shifts, extents, whole)
                                        : brought_whole(outside, shifts, whole);
    }

    /// (9): in every iteration of the innermost loop that moves the tile and of those outside it.
    static std::int64_t brought_whole(const std::vector<PlacedLoop>& outside,
                                      const std::vector<Vector>& shifts, std::int64_t whole) {
        std::int64_t iterations = 1;
        std::int64_t moves = 1;
        for (std::size_t i = 0; i < outside.size(); ++i) {
            iterations *= outside[i].iterations;
            if (shifts[i] != kNowhere) moves = iterations;
        }
        return moves * whole;
    }

    /// (10): a step of loop i moves the tile on by its own shift and back by those of the loops inside it.
    std::int64_t brought_in_steps(const std::vector<PlacedLoop>& outside, const std::vector<Vector>& shifts,
                                  const Tile& extents, std::int64_t whole) const {
        if (outside.empty()) return whole;
        std::vector<Vector> moves = shifts;
        Vector back{};
        for (std::size_t i = outside.size(); i-- > 0;) {
            for (std::size_t axis = 0; axis < kAxes; ++axis) {
                moves[i][axis] -= back[axis];
                back[axis] += shifts[i][axis];
            }
        }
        std::int64_t sum = whole;
        std::int64_t before = 1;
        for (std::size_t i = 0; i < outside.size(); ++i) {
            const bool keeps_on = moves[i] == moves.back();
            sum += (outside[i].iterations - 1) * before * (keeps_on ? new_values(moves[i], extents) : whole);
            before *= outside[i].iterations;
        }
        return sum;
    }

    /// Of a tile that moved: nothing if it did not, a slab if it moved along one axis by less than its side.
    std::int64_t new_values(const Vector& move, const Tile& extents) const {
        const std::int64_t whole = size(extents);
        if (move == kNowhere) return 0;
        const auto is_moved = [](std::int64_t distance) { return distance != 0; };
        if (std::count_if(move.begin(), move.end(), is_moved) > 1) return whole;
        const auto axis =
            static_cast<std::size_t>(std::find_if(move.begin(), move.end(), is_moved) - move.begin());
        const std::int64_t side = side_of(axis, extents);
        return whole / side * std::min(side, std::abs(move[axis]));
    }

    std::int64_t side_of(std::size_t axis, const Tile& extents) const {
        std::int64_t side = 1;
        for (const Dimension dimension : kAllDimensions) {
            side += shift_of(work_, operand_, dimension, extents[index_of(dimension)] - 1)[axis];
        }
        return side;
    }

    const LayerWork& work_;
    Operand operand_;
    const Accounting& accounting_;
};

/// Loops from the inside out, one level after the other.
class Placer {
  public:
    Placer(const LayerWork& work, const LoopNest& nest) : work_(work), nest_(nest) {
        inside_.fill(1);
        covered_.fill(1);
    }

    Outcome<std::vector<PlacedLevel>> place() {
        std::vector<PlacedLevel> levels(nest_.levels.size());
        for (std::size_t l = nest_.levels.size(); l-- > 0;) {
            PlacedLevel& level = levels[l];
            level.unrolled_tile = inside_;
            for (std::size_t i = nest_.levels[l].loops.size(); i-- > 0;) {
                TANDEM_TRY(place(nest_.levels[l].loops[i], nest_.levels[l].name, level));
            }
            level.tile = inside_;
        }
        for (const Dimension dimension : kAllDimensions) {
            const std::int64_t covered = covered_[index_of(dimension)];
            if (covered == work_.extent(dimension)) continue;
            return unusable(fmt::format("{} is covered for {} of {}", to_string(dimension), covered,
                                        work_.extent(dimension)));
        }
        return levels;
    }

  private:
    Outcome<void> place(const NestLoop& loop, const std::string& name, PlacedLevel& level) {
        const std::size_t d = index_of(loop.dimension);
        const std::int64_t step = inside_[d];
        const std::int64_t extent = work_.extent(loop.dimension);
        const std::int64_t last = loop.last_iterations();
        if (loop.iterations < 1 || last > loop.iterations || loop.iterations > divide_up(extent, step) ||
            last - 1 > (extent - covered_[d]) / step) {
            return unusable(fmt::format("{}: {} iterations of {} {}, the layer has {} of it", name,
                                        loop.iterations, step, to_string(loop.dimension), extent));
        }
        const bool is_unrolled = loop.axis != NestAxis::time && loop.iterations > 1;
        if (is_unrolled && !level.in_time.empty()) {
            return unusable(fmt::format("{}: a loop in time inside an unrolled one of {}", name,
                                        to_string(loop.dimension)));
        }
        // Instances would hold different shares of the layer.
        has_remainder_[d] = has_remainder_[d] || last < loop.iterations;
        if (is_unrolled && has_remainder_[d]) {
            return unusable(fmt::format("{}: a remainder of {} in an unrolled loop or inside one", name,
                                        to_string(loop.dimension)));
        }
        covered_[d] += (last - 1) * step;
        inside_[d] = step * loop.iterations;
        if (loop.iterations == 1) return {};
        if (is_unrolled) level.unrolled_tile = inside_;
        auto& loops = is_unrolled ? level.unrolled : level.in_time;
        loops.insert(loops.begin(), PlacedLoop{loop.dimension, loop.iterations, step, last});
        return {};
    }

    const LayerWork& work_;
    const LoopNest& nest_;
    Tile inside_{};
    Tile covered_{};
    std::array<bool, kDimensions> has_remainder_{};
};

Remainders remainders_of(const LoopNest& nest) {
    for (const NestLevel& level : nest.levels) {
        for (const NestLoop& loop : level.loops) {
            if (loop.last_iterations() < loop.iterations) return Remainders::some;
        }
    }
    return Remainders::none;
}

/// Iterations of all loops in time, those of a dimension cut where the layer ends.
std::int64_t cycles_of(const std::vector<PlacedLevel>& levels) {
    Tile steps;
    Tile covered;
    steps.fill(1);
    covered.fill(1);
    for (auto level = levels.rbegin(); level != levels.rend(); ++level) {
        for (auto loop = level->in_time.rbegin(); loop != level->in_time.rend(); ++loop) {
            const std::size_t d = index_of(loop->dimension);
            covered[d] += (loop->last_iterations - 1) * steps[d];
            steps[d] *= loop->iterations;
        }
    }
    std::int64_t cycles = 1;
    for (const std::int64_t along : covered) cycles *= along;
    return cycles;
}

/// Follows one operand through the levels and enters its figures.
class OperandCounter {
  public:
    OperandCounter(const LayerWork& work, const LoopNest& nest, const std::vector<PlacedLevel>& levels,
                   const Accounting& accounting, Operand operand)
        : nest_(nest), levels_(levels), accounting_(accounting), operand_(operand),
          remainders_(remainders_of(nest)), tiles_(work, operand, accounting) {}

    Outcome<void> enter(NestCounts& counts) {
        if (!follow(counts.cycles)) return unusable("more turns with remainders than are counted");
        for (std::size_t l = 0; l < levels_.size(); ++l) counts.brought[l][index_of(operand_)] = brought_[l];
        divide_outputs();
        // What a level does not keep is asked of the level outside it, as often as it would be asked itself.
        for (std::size_t l = levels_.size(); l-- > 1;) {
            if (!keeps(l)) asked_[l - 1] *= asked_[l] / static_cast<double>(brought_[l]);
        }
        for (std::size_t l = 0; l < levels_.size(); ++l) {
            if (operand_ == Operand::outputs) counts.outputs[l] = portions_[l];
            if (keeps(l)) enter_level(counts.levels[l], l);
        }
        return {};
    }

  private:
    bool keeps(std::size_t l) const { return nest_.levels[l].keeps[index_of(operand_)].has_value(); }

    /// brought_ by level, and asked_: what one instance hands to the level inside, before any is skipped.
    /// False where there is too much to follow.
    bool follow(std::int64_t cycles) {
        std::vector<PlacedLoop> outside;
        brought_.push_back(tiles_.size(levels_.front().tile));
        for (std::size_t l = 0; l < levels_.size(); ++l) {
            outside.insert(outside.end(), levels_[l].in_time.begin(), levels_[l].in_time.end());
            const std::int64_t places = tiles_.places(levels_[l].unrolled);
            std::optional<std::int64_t> inward;
            if (l + 1 < levels_.size()) {
                inward = tiles_.brought(outside, levels_[l + 1].tile, accounting_.overlap, remainders_);
                brought_.push_back(inward.value_or(0));
            } else if (accounting_.register_reads == RegisterReads::each_operation) {
                inward = cycles;
            } else {
                Tile point;
                point.fill(1);
                inward = tiles_.brought(outside, point, Overlap::fetched_again, remainders_);
            }
            if (!inward) return false;
            asked_.push_back(static_cast<double>(*inward * places));
        }
        return true;
    }

    /// The share of all values that falls to one instance of each level, rounded down as it is divided.
    void divide_outputs() {
        portions_.push_back(tiles_.size(levels_.front().tile));
        for (std::size_t l = 1; l < levels_.size(); ++l) {
            const std::int64_t apart = tiles_.size(levels_[l - 1].unrolled_tile);
            const bool is_spread = !levels_[l - 1].unrolled.empty();
            portions_.push_back(is_spread ? portions_.back() * tiles_.size(levels_[l].tile) / apart
                                          : portions_.back());
        }
    }

    void enter_level(NestLevelCounts& level, std::size_t l) const {
        const std::size_t o = index_of(operand_);
        const auto asked = static_cast<std::int64_t>(std::llround(asked_[l]));
        level.tile[o] = tiles_.size(levels_[l].tile);
        if (operand_ != Operand::outputs) {
            level.reads[o] = asked;
            level.fills[o] = l == 0 ? 0 : brought_[l];
            return;
        }
        const std::int64_t first = accounting_.first_read == FirstRead::elided ? portions_[l] : 0;
        level.reads[o] = asked - first;
        level.fills[o] = l == 0 ? 0 : brought_[l] - first;
        level.updates[o] = asked;
    }

    const LoopNest& nest_;
    const std::vector<PlacedLevel>& levels_;
    const Accounting& accounting_;
    Operand operand_;
    Remainders remainders_;
    Tiles tiles_;
    std::vector<std::int64_t> brought_;
    std::vector<std::int64_t> portions_;
    std::vector<double> asked_; ///< fractions while levels are skipped, as where they stem from
};

/// Whether the nest's own figures are those of its loops.
Outcome<void> check_tiles(const LoopNest& nest, const NestCounts& counts) {
    for (std::size_t l = 0; l < nest.levels.size(); ++l) {
        for (const Operand operand : kAllOperands) {
            const auto& stated = nest.levels[l].keeps[index_of(operand)];
            const std::int64_t tile = counts.levels[l].tile[index_of(operand)];
            if (!stated || *stated == tile) continue;
            return unusable(fmt::format("{}: keeps {} {}, its loops touch {}", nest.levels[l].name, *stated,
                                        to_string(operand), tile));
        }
    }
    return {};
}

} // namespace

Outcome<NestCounts> count_nest(const LayerWork& layer, const LoopNest& nest, const Accounting& accounting) {
    const LayerWork work = accounted(layer, accounting);
    if (nest.levels.empty()) return unusable("no level");
    for (const Operand operand : kAllOperands) {
        if (nest.levels.front().keeps[index_of(operand)]) continue;
        return unusable(
            fmt::format("{}: no {} in the outermost level", nest.levels.front().name, to_string(operand)));
    }
    const std::vector<PlacedLevel> levels = TANDEM_TRY(Placer(work, nest).place());
    NestCounts counts;
    counts.brought.resize(levels.size());
    counts.outputs.resize(levels.size());
    counts.cycles = cycles_of(levels);
    std::int64_t instances = 1;
    for (std::size_t l = 0; l < levels.size(); ++l) {
        counts.levels.push_back({.level = nest.levels[l].name, .instances = instances});
        instances *= product_of(levels[l].unrolled);
    }
    for (const Operand operand : kAllOperands) {
        TANDEM_TRY(OperandCounter(work, nest, levels, accounting, operand).enter(counts));
    }
    if (accounting.input_positions == InputPositions::bounding_box) TANDEM_TRY(check_tiles(nest, counts));
    return counts;
}

} // namespace tandem::spatial
