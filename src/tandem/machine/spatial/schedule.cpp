#include "tandem/machine/spatial/schedule.h"

#include <algorithm>

#include <fmt/format.h>

namespace tandem::spatial {

namespace {

tl::unexpected<Infeasible> unusable(std::string reason) {
    return tl::unexpected(Infeasible{.reason = "mapping: " + std::move(reason)});
}

/// The loops of one block by dimension, and their order with the absent ones outermost.
struct BlockLoops {
    std::array<Loop, kDimensions> by_dimension;
    LoopOrder order = kAllDimensions;
};

Outcome<BlockLoops> gather(const std::vector<Loop>& loops, std::string_view place) {
    BlockLoops gathered;
    std::array<bool, kDimensions> present{};
    std::size_t position = kDimensions - loops.size();
    if (loops.size() > kDimensions) return unusable(fmt::format("{} loops {}", loops.size(), place));
    for (const Loop& loop : loops) {
        const std::size_t d = index_of(loop.dimension);
        if (loop.iterations < 1 || loop.step < 1) {
            return unusable(fmt::format("a loop of {} {} with {} iterations of {}", to_string(loop.dimension),
                                        place, loop.iterations, loop.step));
        }
        if (present[d]) return unusable(fmt::format("two loops of {} {}", to_string(loop.dimension), place));
        present[d] = true;
        gathered.by_dimension[d] = loop;
        gathered.order[position++] = loop.dimension;
    }
    position = 0;
    for (const Dimension dimension : kAllDimensions) {
        if (present[index_of(dimension)]) continue;
        gathered.by_dimension[index_of(dimension)] = Loop{.dimension = dimension, .iterations = 1, .step = 0};
        gathered.order[position++] = dimension;
    }
    return gathered;
}

Outcome<Pass> pass_of(const Mapping& mapping) {
    Pass pass{.unrolled = mapping.unrolled, .lanes = mapping.lanes, .registers = mapping.temporal.back()};
    for (const auto* loops : {&pass.unrolled[0], &pass.unrolled[1], &pass.registers}) {
        TANDEM_TRY(gather(*loops, "at the array"));
    }
    if (pass.lanes.iterations < 1 ||
        (pass.lanes.dimension != Dimension::c && pass.lanes.dimension != Dimension::k)) {
        return unusable("lanes lie along K or C");
    }
    for (const Loop& loop : pass.registers) {
        switch (loop.dimension) {
        case Dimension::k:
        case Dimension::c:
        case Dimension::fy:
        case Dimension::fx: break;
        case Dimension::n:
        case Dimension::oy:
        case Dimension::ox:
        case Dimension::g:
            return unusable(fmt::format("{} in the registers, which hold filters and channels",
                                        to_string(loop.dimension)));
        }
    }
    return pass;
}

/// Cuts one dimension by the loops of each block.
Outcome<void> cut(Split& split, Dimension dimension, const std::vector<BlockLoops>& blocks) {
    for (std::size_t b = 0; b < blocks.size(); ++b) {
        const Loop& loop = blocks[b].by_dimension[index_of(dimension)];
        const bool feeds_array = b + 1 == blocks.size();
        const std::int64_t piece = split.tile[b];
        const std::string of_what = b == 0 ? "" : "a tile of ";
        const std::int64_t pass = split.words_in_pass() * split.lanes;
        if (feeds_array && loop.step > 0 && loop.step != pass) {
            return unusable(fmt::format("passes of {} in steps of {}, but the array takes {}",
                                        to_string(dimension), loop.step, pass));
        }
        const std::int64_t step = feeds_array ? pass : loop.step > 0 ? std::min(loop.step, piece) : piece;
        if (loop.iterations < divide_up(piece, step)) {
            return unusable(fmt::format("{} is covered for {} of {}{}", to_string(dimension),
                                        loop.iterations * step, of_what, piece));
        }
        if (!feeds_array) split.tile[b + 1] = step;
    }
    return {};
}

/// Mapping::held against what the memories may hold.
Outcome<std::vector<Held>> held_of(const Mapping& mapping, const Description& machine, std::size_t blocks) {
    if (mapping.held.empty()) {
        const std::size_t levels = memory_levels(machine).size();
        if (blocks != levels) {
            return unusable(fmt::format("{} levels of loops, not {}", mapping.temporal.size(), levels + 1));
        }
        return held_evenly(machine);
    }
    if (mapping.held.size() != machine.memories.size()) {
        return unusable(fmt::format("{} memories, not {}", mapping.held.size(), machine.memories.size()));
    }
    for (std::size_t o = 0; o < kOperands; ++o) {
        int outside = 0;
        const std::string_view operand = to_string(kAllOperands[o]);
        for (std::size_t m = 0; m < machine.memories.size(); ++m) {
            const int held = mapping.held[m][o];
            if (held == kBypassed && m > 0) continue;
            const std::string& name = machine.memories[m].name;
            if (!machine.memories[m].operands[o]) {
                return unusable(fmt::format("{} in {}, which does not hold them", operand, name));
            }
            if (held < outside || held >= static_cast<int>(blocks) || (m == 0 && held != 0)) {
                return unusable(
                    fmt::format("{} in {} inside {} of {} blocks of loops", operand, name, held, blocks));
            }
            outside = held;
        }
    }
    return mapping.held;
}

} // namespace

std::uint32_t Schedule::looping(std::size_t block) const {
    std::uint32_t set = 0;
    for (std::size_t d = 0; d < kDimensions; ++d) {
        if (splits[d].iterations(block, blocks) > 1) set |= 1U << d;
    }
    return set;
}

std::uint32_t Schedule::looping_in_registers() const {
    std::uint32_t set = 0;
    for (std::size_t d = 0; d < kDimensions; ++d) {
        if (splits[d].registers > 1) set |= 1U << d;
    }
    return set;
}

LoopOrder order_of(const std::vector<Loop>& loops) {
    LoopOrder order = kAllDimensions;
    std::stable_sort(order.begin(), order.end(), [&](Dimension left, Dimension right) {
        const auto place = [&](Dimension dimension) {
            const auto found = std::find_if(loops.begin(), loops.end(), [dimension](const Loop& loop) {
                return loop.dimension == dimension;
            });
            return found == loops.end() ? -1 : static_cast<int>(found - loops.begin());
        };
        return place(left) < place(right);
    });
    return order;
}

std::vector<Held> held_evenly(const Description& machine) {
    std::vector<Held> held(machine.memories.size(), Held{kBypassed, kBypassed, kBypassed});
    const auto levels = memory_levels(machine);
    for (std::size_t level = 0; level < levels.size(); ++level) {
        for (const std::size_t m : levels[level]) {
            for (std::size_t o = 0; o < kOperands; ++o) {
                if (machine.memories[m].operands[o]) held[m][o] = static_cast<int>(level);
            }
        }
    }
    return held;
}

std::array<Split, kDimensions> splits_of(const LayerWork& work, const Pass& pass) {
    std::array<Split, kDimensions> splits;
    for (const Dimension dimension : kAllDimensions) {
        splits[index_of(dimension)].tile.fill(work.extent(dimension));
    }
    splits[index_of(pass.lanes.dimension)].lanes = pass.lanes.iterations;
    for (const std::vector<Loop>& axis : pass.unrolled) {
        for (const Loop& loop : axis) splits[index_of(loop.dimension)].unrolled *= loop.iterations;
    }
    for (const Loop& loop : pass.registers) splits[index_of(loop.dimension)].registers *= loop.iterations;
    return splits;
}

Mapping to_mapping(const Schedule& schedule, const Pass& pass) {
    Mapping mapping;
    mapping.lanes = pass.lanes;
    mapping.held = schedule.held;
    mapping.temporal.resize(schedule.blocks + 1);
    for (std::size_t b = 0; b < schedule.blocks; ++b) {
        for (const Dimension dimension : schedule.orders[b]) {
            const Split& split = schedule.split(dimension);
            const std::int64_t iterations = split.iterations(b, schedule.blocks);
            const std::int64_t step =
                b + 1 < schedule.blocks ? split.tile[b + 1] : split.words_in_pass() * split.lanes;
            if (iterations > 1) mapping.temporal[b].push_back({dimension, iterations, step});
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
            mapping.temporal.back().push_back({loop.dimension, split.registers, split.lanes});
    }
    return mapping;
}

Outcome<Schedule> to_schedule(const Mapping& mapping, const LayerWork& work, const Description& machine) {
    if (mapping.temporal.size() < 2 || mapping.temporal.size() > kMostBlocks + 1) {
        return unusable(
            fmt::format("{} levels of loops, not 2 to {}", mapping.temporal.size(), kMostBlocks + 1));
    }
    Schedule schedule;
    schedule.blocks = mapping.temporal.size() - 1;
    const Pass pass = TANDEM_TRY(pass_of(mapping));
    schedule.splits = splits_of(work, pass);
    schedule.register_order = order_of(pass.registers);
    schedule.held = TANDEM_TRY(held_of(mapping, machine, schedule.blocks));
    std::vector<BlockLoops> blocks;
    for (std::size_t b = 0; b < schedule.blocks; ++b) {
        blocks.push_back(TANDEM_TRY(gather(mapping.temporal[b], fmt::format("in block {}", b))));
        schedule.orders[b] = blocks.back().order;
    }
    for (const Dimension dimension : kAllDimensions) {
        TANDEM_TRY(cut(schedule.split(dimension), dimension, blocks));
    }
    return schedule;
}

} // namespace tandem::spatial
