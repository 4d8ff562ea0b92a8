#include "tandem/machine/spatial/counts.h"

#include <algorithm>

#include "tandem/core/check.h"
#include "tandem/machine/spatial/positions.h"

namespace tandem::spatial {

namespace {

constexpr std::size_t kWeights = index_of(Operand::weights);
constexpr std::size_t kInputs = index_of(Operand::inputs);

} // namespace

Innermost innermost_of(const LoopOrder& order, std::uint32_t set) {
    Innermost innermost;
    std::uint32_t outside = 0;
    for (const Dimension dimension : order) {
        const std::uint32_t bit = 1U << index_of(dimension);
        if ((set & bit) != 0) innermost = {.dimension = dimension, .outside = outside};
        outside |= bit;
    }
    return innermost;
}

Visits visits_of(Operand operand, const Placement& placement, const SumsOf& sums) {
    Visits visits;
    const auto add = [&](Dimension dimension) {
        const std::size_t d = index_of(dimension);
        const std::size_t depth = placement.depth(d);
        visits.visits *= sums[d]->visits[depth];
        visits.copies *= sums[d]->copies[depth];
    };
    switch (operand) {
    case Operand::weights:
        add(Dimension::n);
        add(Dimension::oy);
        add(Dimension::ox);
        break;
    case Operand::inputs: add(Dimension::k); break;
    case Operand::outputs:
        add(Dimension::c);
        add(Dimension::fy);
        add(Dimension::fx);
        break;
    }
    return visits;
}

std::int64_t stays_of(Operand operand, const Placement& placement, const SumsOf& sums, std::size_t blocks) {
    const std::uint32_t own = dimensions_of(operand);
    std::int64_t stays = 1;
    for (std::size_t d = 0; d < kDimensions; ++d) {
        stays *= sums[d]->visits[(own >> d & 1U) != 0 ? blocks : placement.depth(d)];
    }
    return stays;
}

bool may_slide(const LayerWork& work, const Split& columns, const Split& taps) {
    return columns.words_in_pass() == 1 && (taps.unrolled == 1 || taps.registers == 1) &&
           work.dilations[1] == 1;
}

void MemoryCounts::add_as_parent(Operand operand, const Crossing& crossing) {
    if (operand != Operand::outputs) read[index_of(operand)] += crossing.in;
    sums_read += crossing.spilled + crossing.started;
    sums_written += crossing.spilled;
    finished_written += crossing.finished;
}

void MemoryCounts::add_as_child(Operand operand, const Crossing& crossing) {
    if (operand != Operand::outputs) written[index_of(operand)] += crossing.in;
    sums_read += crossing.spilled;
    sums_written += crossing.spilled + crossing.started;
    finished_read += crossing.finished;
}

namespace {

/// Counts one schedule by hand, without what a Scorer remembers.
class Counter {
  public:
    Counter(const LayerWork& work, const Schedule& schedule, const Accounting& accounting)
        : work_(work), schedule_(schedule), accounting_(accounting), blocks_(schedule.blocks) {
        for (std::size_t d = 0; d < kDimensions; ++d) {
            all_sums_[d] = sums_of(schedule.splits[d], blocks_);
            sums_[d] = &all_sums_[d];
        }
        for (std::size_t b = 0; b < blocks_; ++b) looping_[b] = schedule.looping(b);
        const std::uint32_t passes = looping_[blocks_ - 1];
        is_sliding_ = passes != 0 &&
                      may_slide(work, schedule.split(Dimension::ox), schedule.split(Dimension::fx)) &&
                      innermost_of(schedule.orders[blocks_ - 1], passes).dimension == Dimension::ox;
    }

    Counts run() {
        Counts counts;
        counts.memories.resize(schedule_.held.size());
        counts.holds_sums.resize(schedule_.held.size());
        for (const Operand operand : kAllOperands) cross(operand, counts);
        count_array(counts.array);
        return counts;
    }

  private:
    Placement place(Operand operand, std::size_t depth) const {
        const std::uint32_t own = dimensions_of(operand);
        for (std::size_t block = depth; block-- > 0;) {
            const std::uint32_t changing = looping_[block] & own;
            if (changing == 0) continue;
            return {.base = block, .deeper = innermost_of(schedule_.orders[block], changing).outside & ~own};
        }
        return {};
    }

    Crossing crossing(Operand operand, std::size_t depth) const {
        const std::int64_t visits = visits_of(operand, place(operand, depth), sums_).visits;
        switch (operand) {
        case Operand::weights: return {.in = elements(work_, Operand::weights) * visits};
        case Operand::inputs: return {.in = inputs_at(depth) * visits};
        case Operand::outputs: {
            const std::int64_t outputs = elements(work_, Operand::outputs);
            return {.finished = outputs,
                    .spilled = outputs * (visits - 1),
                    .started = accounting_.first_read == FirstRead::charged ? outputs : 0};
        }
        }
        TANDEM_CHECK(false, "an operand outside the enumeration");
    }

    std::int64_t inputs_at(std::size_t depth) const {
        const auto covered = [&](std::size_t axis, Dimension outputs, Dimension taps, Window window) {
            return covered_at(work_, axis, schedule_.split(outputs), schedule_.split(taps), blocks_, depth,
                              window, accounting_.input_positions);
        };
        const Window along_columns = depth == blocks_ && is_sliding_ ? Window::sweeps : Window::jumps;
        return channels() * covered(0, Dimension::oy, Dimension::fy, Window::jumps) *
               covered(1, Dimension::ox, Dimension::fx, along_columns);
    }

    std::int64_t channels() const {
        return work_.groups * work_.extent(Dimension::n) * work_.extent(Dimension::c);
    }

    /// Follows an operand from the outermost memory into the array.
    void cross(Operand operand, Counts& counts) const {
        std::size_t parent = 0;
        for (std::size_t m = 1; m <= schedule_.held.size(); ++m) {
            const bool is_array = m == schedule_.held.size();
            if (!is_array && schedule_.held[m][index_of(operand)] == kBypassed) continue;
            const std::size_t depth =
                is_array ? blocks_ : static_cast<std::size_t>(schedule_.held[m][index_of(operand)]);
            const Crossing crossed = crossing(operand, depth);
            counts.transfers.push_back(
                {.operand = operand, .parent = parent, .child = m, .depth = depth, .crossing = crossed});
            counts.memories[parent].add_as_parent(operand, crossed);
            if (crossed.spilled > 0) counts.holds_sums[parent] = true;
            if (is_array) return;
            counts.memories[m].add_as_child(operand, crossed);
            parent = m;
        }
    }

    void count_array(ArrayCounts& array) const {
        array.steps = 1;
        array.word_operations = 1;
        array.accumulations = 1;
        for (const Dimension dimension : kAllDimensions) {
            const Sums& sums = all_sums_[index_of(dimension)];
            array.steps *= sums.steps;
            array.word_operations *= sums.words;
            array.accumulations *=
                depends_on(Operand::outputs, dimension) ? work_.extent(dimension) : sums.words;
        }
        array.operand_words = {array.word_operations, array.word_operations};
        if (accounting_.register_reads == RegisterReads::on_change) {
            std::array<Placement, kOperands> places;
            for (const Operand operand : kAllOperands) {
                places[index_of(operand)] = place_at_multiplier(operand, schedule_.looping_in_registers(),
                                                                schedule_.register_order, blocks_)
                                                .value_or(place(operand, blocks_));
            }
            count_reads_on_change(array, sums_, work_.all_extents(), places);
        }
        const auto at_array = [&](Operand operand) {
            return visits_of(operand, place(operand, blocks_), sums_);
        };
        for (const Operand operand : kAllOperands) {
            array.stays[index_of(operand)] = stays_of(operand, place(operand, blocks_), sums_, blocks_);
        }
        const std::int64_t outputs = elements(work_, Operand::outputs);
        const Visits sums = at_array(Operand::outputs);
        array.entered[kWeights] = elements(work_, Operand::weights) * at_array(Operand::weights).copies;
        array.entered[kInputs] =
            channels() * work_.extent(Dimension::oy) * work_.extent(Dimension::fy) *
            columns_into_elements(work_, schedule_.split(Dimension::ox), schedule_.split(Dimension::fx),
                                  blocks_, is_sliding_ ? Window::sweeps : Window::jumps) *
            at_array(Operand::inputs).copies;
        array.sums_entered =
            outputs * (accounting_.first_read == FirstRead::charged ? sums.visits : sums.visits - 1);
        array.sums_left = outputs * sums.copies;
    }

    const LayerWork& work_;
    const Schedule& schedule_;
    const Accounting& accounting_;
    std::size_t blocks_;
    std::array<std::uint32_t, kMostBlocks> looping_{};
    std::array<Sums, kDimensions> all_sums_;
    SumsOf sums_{};
    bool is_sliding_ = false;
};

} // namespace

Counts count(const LayerWork& work, const Schedule& schedule, const Accounting& accounting) {
    return Counter(work, schedule, accounting).run();
}

std::optional<Placement> place_at_multiplier(Operand operand, std::uint32_t looping, const LoopOrder& order,
                                             std::size_t blocks) {
    const std::uint32_t own = dimensions_of(operand);
    if ((looping & own) == 0) return std::nullopt;
    return Placement{.base = blocks, .deeper = innermost_of(order, looping & own).outside & ~own};
}

void count_reads_on_change(ArrayCounts& array, const SumsOf& sums, const Tile& extents,
                           const std::array<Placement, kOperands>& places) {
    std::array<std::int64_t, kOperands> words{1, 1, 1};
    for (const Operand operand : kAllOperands) {
        const std::size_t o = index_of(operand);
        const std::uint32_t own = dimensions_of(operand);
        for (std::size_t d = 0; d < kDimensions; ++d) {
            if ((own >> d & 1U) == 0) {
                words[o] *= sums[d]->copies[places[o].depth(d)];
            } else {
                words[o] *= operand == Operand::outputs ? extents[d] : sums[d]->words;
            }
        }
    }
    array.operand_words = {words[kWeights], words[kInputs]};
    array.accumulations = words[index_of(Operand::outputs)];
}

std::int64_t tile_elements(const LayerWork& work, const Schedule& schedule, Operand operand,
                           std::size_t depth, InputPositions positions) {
    const auto tile = [&](Dimension dimension) {
        const Split& split = schedule.split(dimension);
        if (depth < schedule.blocks) return split.tile[depth];
        return std::min(split.tile[schedule.blocks - 1], split.words_in_pass() * split.lanes);
    };
    std::int64_t count = tile(Dimension::g);
    switch (operand) {
    case Operand::weights:
        return count * tile(Dimension::k) * tile(Dimension::c) * tile(Dimension::fy) * tile(Dimension::fx);
    case Operand::inputs:
        count *= tile(Dimension::n) * tile(Dimension::c);
        count *= inputs_of_tile(work, 0, tile(Dimension::oy), tile(Dimension::fy), positions);
        return count * inputs_of_tile(work, 1, tile(Dimension::ox), tile(Dimension::fx), positions);
    case Operand::outputs:
        return count * tile(Dimension::n) * tile(Dimension::k) * tile(Dimension::oy) * tile(Dimension::ox);
    }
    TANDEM_CHECK(false, "an operand outside the enumeration");
}

} // namespace tandem::spatial
