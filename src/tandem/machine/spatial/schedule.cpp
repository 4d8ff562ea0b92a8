#include "tandem/machine/spatial/schedule.h"

#include <algorithm>

#include <fmt/format.h>

namespace tandem::spatial {

namespace {

std::size_t index(Dimension dimension) { return static_cast<std::size_t>(dimension); }

tl::unexpected<Infeasible> unusable(std::string reason) {
    return tl::unexpected(Infeasible{.reason = "mapping: " + std::move(reason)});
}

/// The loops of one memory level by dimension, and their order with the absent ones outermost.
struct LevelLoops {
    std::array<Loop, kDimensions> by_dimension;
    LoopOrder order = kAllDimensions;
};

Outcome<LevelLoops> gather(const std::vector<Loop>& loops, std::string_view level) {
    LevelLoops gathered;
    std::array<bool, kDimensions> present{};
    std::size_t position = kDimensions - loops.size();
    if (loops.size() > kDimensions) return unusable(fmt::format("{} loops at the {}", loops.size(), level));
    for (const Loop& loop : loops) {
        if (loop.iterations < 1 || loop.step < 1) {
            return unusable(fmt::format("a loop of {} at the {} with {} iterations of {}",
                                        to_string(loop.dimension), level, loop.iterations, loop.step));
        }
        if (present[index(loop.dimension)]) {
            return unusable(fmt::format("two loops of {} at the {}", to_string(loop.dimension), level));
        }
        present[index(loop.dimension)] = true;
        gathered.by_dimension[index(loop.dimension)] = loop;
        gathered.order[position++] = loop.dimension;
    }
    position = 0;
    for (const Dimension dimension : kAllDimensions) {
        if (present[index(dimension)]) continue;
        gathered.by_dimension[index(dimension)] = Loop{.dimension = dimension, .iterations = 1, .step = 0};
        gathered.order[position++] = dimension;
    }
    return gathered;
}

} // namespace

std::array<Split, kDimensions> splits_of(const LayerWork& work, const Pass& pass) {
    std::array<Split, kDimensions> splits;
    for (std::size_t d = 0; d < kDimensions; ++d) {
        splits[d].extent = work.extents[d];
        splits[d].tile = work.extents[d];
    }
    splits[index(pass.lanes.dimension)].lanes = pass.lanes.iterations;
    for (const std::vector<Loop>& axis : pass.unrolled) {
        for (const Loop& loop : axis) splits[index(loop.dimension)].unrolled *= loop.iterations;
    }
    for (const Loop& loop : pass.registers) splits[index(loop.dimension)].registers *= loop.iterations;
    return splits;
}

Mapping to_mapping(const Schedule& schedule, const Pass& pass) {
    Mapping mapping;
    mapping.lanes = pass.lanes;
    mapping.temporal.resize(3);
    for (const Dimension dimension : schedule.tile_order) {
        const Split& split = schedule.split(dimension);
        if (split.tiles() > 1) mapping.temporal[0].push_back({dimension, split.tiles(), split.tile});
    }
    for (const Dimension dimension : schedule.pass_order) {
        const Split& split = schedule.split(dimension);
        if (split.passes() > 1) {
            mapping.temporal[1].push_back({dimension, split.passes(), split.words_in_pass() * split.lanes});
        }
    }
    // A dimension on both axes is cut along the columns first, then along the rows inside.
    for (std::size_t axis = 0; axis < kArrayAxes; ++axis) {
        for (Loop loop : pass.unrolled[axis]) {
            const Split& split = schedule.split(loop.dimension);
            std::int64_t inside = 1;
            for (const Loop& row : pass.unrolled[0]) {
                if (axis == 1 && row.dimension == loop.dimension) inside *= row.iterations;
            }
            loop.step = inside * split.registers * split.lanes;
            if (loop.iterations > 1) mapping.unrolled[axis].push_back(loop);
        }
    }
    for (const Loop& loop : pass.registers) {
        const Split& split = schedule.split(loop.dimension);
        if (split.registers > 1)
            mapping.temporal[2].push_back({loop.dimension, split.registers, split.lanes});
    }
    return mapping;
}

Outcome<Schedule> to_schedule(const Mapping& mapping, const LayerWork& work) {
    if (mapping.temporal.size() != 3) {
        return unusable(fmt::format("{} levels of loops, not 3", mapping.temporal.size()));
    }
    Pass pass{.unrolled = mapping.unrolled, .lanes = mapping.lanes, .registers = mapping.temporal[2]};
    for (const auto* loops : {&pass.unrolled[0], &pass.unrolled[1], &pass.registers}) {
        TANDEM_TRY(gather(*loops, "array"));
    }
    if (pass.lanes.iterations < 1 ||
        (pass.lanes.dimension != Dimension::c && pass.lanes.dimension != Dimension::k)) {
        return unusable("lanes lie along K or C");
    }
    for (const Dimension dimension : {Dimension::n, Dimension::oy, Dimension::ox}) {
        const auto& held = pass.registers;
        if (std::any_of(held.begin(), held.end(),
                        [&](const Loop& loop) { return loop.dimension == dimension; })) {
            return unusable(
                fmt::format("{} in the registers, which hold filters and channels", to_string(dimension)));
        }
    }
    const LevelLoops tiles = TANDEM_TRY(gather(mapping.temporal[0], "outermost memory"));
    const LevelLoops passes = TANDEM_TRY(gather(mapping.temporal[1], "buffer"));
    Schedule schedule{.splits = splits_of(work, pass), .tile_order = tiles.order, .pass_order = passes.order};
    for (const Dimension dimension : kAllDimensions) {
        Split& split = schedule.split(dimension);
        const Loop& tile_loop = tiles.by_dimension[index(dimension)];
        const Loop& pass_loop = passes.by_dimension[index(dimension)];
        if (tile_loop.step > 0) split.tile = std::min(tile_loop.step, split.extent);
        const std::int64_t step = split.words_in_pass() * split.lanes;
        const std::int64_t covered_by_passes = pass_loop.iterations * step;
        if (split.tiles() > tile_loop.iterations) {
            return unusable(fmt::format("{} is covered for {} of {}", to_string(dimension),
                                        tile_loop.iterations * split.tile, split.extent));
        }
        if (covered_by_passes < split.tile) {
            return unusable(fmt::format("{} is covered for {} of a tile of {}", to_string(dimension),
                                        covered_by_passes, split.tile));
        }
        if (pass_loop.step > 0 && pass_loop.step != step) {
            return unusable(fmt::format("passes of {} in steps of {}, but the array takes {}",
                                        to_string(dimension), pass_loop.step, step));
        }
    }
    return schedule;
}

} // namespace tandem::spatial
