#include "tandem/machine/spatial/scorer.h"

#include <algorithm>
#include <limits>

#include "tandem/core/check.h"
#include "tandem/machine/spatial/chains.h"

namespace tandem::spatial {

namespace {

constexpr std::size_t kWeights = index_of(Operand::weights);
constexpr std::size_t kInputs = index_of(Operand::inputs);
constexpr std::size_t kOutputs = index_of(Operand::outputs);

/// What is known of one tiling before the array is.
struct TilingState {
    std::array<Placement, kOperands> placed; ///< of what lies inside all blocks but the last
    Score outermost;                         ///< what the array does not change, and whether it may fit
    Score least;                             ///< the same with the least that the array may take from outside
    double inner_energy = 0.0;               ///< of crossings that neither end at the array nor start outside
    double inner_cycles = 0.0;               ///< of the memories that do not feed the array
    bool fits_with_sums = true;              ///< when partial sums come back to the memory that feeds them
};

class SpatialScorer final : public Scorer {
  public:
    explicit SpatialScorer(const LayerTables& tables)
        : tables_(tables), blocks_(tables.space.memory_levels()), memories_(tables.machine.memories.size()),
          chains_(tables) {
        for (const auto& held : tables.space.bypasses) {
            std::array<std::size_t, kOperands> feeders{};
            for (std::size_t o = 0; o < kOperands; ++o) {
                for (std::size_t m = 0; m < memories_; ++m) {
                    if (held[m][o] != kBypassed) feeders[o] = m;
                }
            }
            feeders_.push_back(feeders);
        }
        for (const Dimension dimension : kAllDimensions)
            extents_[index_of(dimension)] = work().extent(dimension);
        for (std::size_t m = 0; m < memories_; ++m) {
            capacities_.push_back(
                tables.capacity(m).value_or(Bytes(std::numeric_limits<std::int64_t>::max())));
        }
        outputs_ = elements(work(), Operand::outputs);
        started_ = tables.machine.accounting.first_read == FirstRead::charged ? outputs_ : 0;
        reads_on_change_ = tables.machine.accounting.register_reads == RegisterReads::on_change;
        weights_ = elements(work(), Operand::weights);
    }

    Fit fit(const Tiling& tiling, std::size_t bypass) const override {
        Schedule schedule;
        schedule.blocks = blocks_;
        const std::vector<Held>& held = tables_.space.bypasses[bypass];
        for (std::size_t d = 0; d < kDimensions; ++d) {
            Split& split = schedule.splits[d];
            split.tile[0] = extents_[d];
            for (std::size_t b = 1; b < blocks_; ++b) {
                split.tile[b] = std::min(tiling.tiles[b - 1][d], split.tile[b - 1]);
            }
        }
        Fit fit = Fit::always;
        for (std::size_t m = 1; m < memories_; ++m) {
            const Bytes with_sums = tables_.tile_bytes(schedule, held, m, /*holds_sums=*/true);
            if (with_sums <= capacities_[m]) continue;
            if (tables_.tile_bytes(schedule, held, m, /*holds_sums=*/false) > capacities_[m])
                return Fit::never;
            fit = Fit::without_sums;
        }
        return fit;
    }

    KnownTiling know(const Tiling& tiling, std::size_t bypass) override {
        KnownTiling known{.tiling = tiling, .bypass = bypass};
        for (std::size_t d = 0; d < kDimensions; ++d) known.chains[d] = chains_.number_of(d, tiling);
        known.state = states_.size();
        states_.push_back(state_of(known));
        loads_.insert(loads_.end(), new_loads_.begin(), new_loads_.end());
        return known;
    }

    Score outermost_score(const KnownTiling& known) const override { return states_[known.state].least; }

    void score_orders(const KnownTiling& known, std::size_t pass, std::span<Score> by_order) override {
        const auto& shares = tables_.pass_shares[pass];
        SumsOf sums;
        std::uint32_t looping = 0;
        ArrayCounts array{.steps = 1, .word_operations = 1, .accumulations = 1};
        constexpr std::uint32_t kReduced = ~dimensions_of(Operand::outputs);
        for (std::size_t d = 0; d < kDimensions; ++d) {
            const SharedSums& shared = chains_.sums_at(d, known.chains[d], shares[d]);
            sums[d] = &shared.sums;
            looping |= static_cast<std::uint32_t>(shared.loops) << d;
            array.steps *= shared.sums.steps;
            array.word_operations *= shared.sums.words;
            array.accumulations *= (kReduced >> d & 1U) != 0 ? shared.sums.words : extents_[d];
        }
        const InputPasses inputs = chains_.inputs_at(known, shares);
        constexpr std::size_t kColumns = index_of(Dimension::ox);
        constexpr std::size_t kTaps = index_of(Dimension::fx);
        const bool can_slide = looping != 0 && may_slide(work(), tables_.shares[kColumns][shares[kColumns]],
                                                         tables_.shares[kTaps][shares[kTaps]]);
        const double compute_energy = tables_.prices.compute_energy(array);
        array.operand_words = {array.word_operations, array.word_operations};
        for (std::size_t order = 0; order < by_order.size(); ++order) {
            const OrderTable& table = tables_.orders[order];
            const bool is_sliding = can_slide && table.innermost(looping).dimension == Dimension::ox;
            by_order[order] =
                score(known, pass, sums, looping, table, is_sliding ? inputs.sweeps : inputs.jumps, array);
            by_order[order].inner_energy.value += compute_energy;
        }
    }

  private:
    const LayerWork& work() const { return tables_.work; }

    Score score(const KnownTiling& known, std::size_t pass, const SumsOf& sums, std::uint32_t looping,
                const OrderTable& table, const Positions& inputs, ArrayCounts& array) const {
        const TilingState& state = states_[known.state];
        const auto placed = [&](Operand operand) {
            const std::uint32_t own = dimensions_of(operand);
            const std::uint32_t changing = looping & own;
            if (changing == 0) return state.placed[index_of(operand)];
            return Placement{.base = blocks_ - 1, .deeper = table.innermost(changing).outside & ~own};
        };
        const std::array<Placement, kOperands> places{placed(Operand::weights), placed(Operand::inputs),
                                                      placed(Operand::outputs)};
        const Visits of_weights = visits_of(Operand::weights, places[kWeights], sums);
        const Visits of_inputs = visits_of(Operand::inputs, places[kInputs], sums);
        const Visits of_outputs = visits_of(Operand::outputs, places[kOutputs], sums);
        if (reads_on_change_) count_words_on_change(array, sums, pass, places);
        const std::array<Crossing, kOperands> crossings{
            Crossing{.in = weights_ * of_weights.visits}, Crossing{.in = inputs.fetched * of_inputs.visits},
            Crossing{
                .finished = outputs_, .spilled = outputs_ * (of_outputs.visits - 1), .started = started_}};
        array.entered[kWeights] = weights_ * of_weights.copies;
        array.entered[kInputs] = inputs.entered * of_inputs.copies;
        array.sums_entered = crossings[kOutputs].spilled + started_;
        array.sums_left = outputs_ * of_outputs.copies;
        if (const auto& marching = tables_.prices.marching()) {
            const std::size_t o = index_of(*marching);
            array.stays[o] = stays_of(*marching, places[o], sums, blocks_);
        }

        Score result = state.outermost;
        result.fits = crossings[kOutputs].spilled > 0 ? state.fits_with_sums : state.outermost.fits;
        result.inner_energy = NormalizedEnergy(state.inner_energy + tables_.prices.array_energy(array) +
                                               tables_.prices.register_energy(array));
        double inner_cycles =
            std::max(state.inner_cycles, static_cast<double>(tables_.prices.cycles_of(array)));
        const auto& feeders = feeders_[known.bypass];
        for (std::size_t o = 0; o < kOperands; ++o) {
            const std::size_t m = feeders[o];
            bool is_done = false;
            for (std::size_t p = 0; p < o; ++p) is_done = is_done || feeders[p] == m;
            if (is_done) continue;
            Load load = loads_[known.state * memories_ + m];
            const double before = load.energy;
            for (std::size_t p = o; p < kOperands; ++p) {
                if (feeders[p] == m)
                    load.add_as_parent(tables_.prices.memory(m), kAllOperands[p], crossings[p]);
            }
            const std::int64_t cycles = tables_.prices.memory(m).cycles(load.bits_read, load.bits_written);
            if (m == 0) {
                result.outermost_energy.value += load.energy - before;
                result.outermost_cycles = Cycles(cycles);
                result.outermost_traffic =
                    Bits(static_cast<std::int64_t>(load.bits_read + load.bits_written));
            } else {
                result.inner_energy.value += load.energy - before;
                inner_cycles = std::max(inner_cycles, static_cast<double>(cycles));
            }
        }
        result.inner_cycles = Cycles(static_cast<std::int64_t>(inner_cycles));
        return result;
    }

    void count_words_on_change(ArrayCounts& array, const SumsOf& sums, std::size_t pass,
                               std::array<Placement, kOperands> places) const {
        const RegisterPlaces& registers = tables_.register_places[pass];
        for (std::size_t o = 0; o < kOperands; ++o) places[o] = registers[o].value_or(places[o]);
        count_reads_on_change(array, sums, extents_, places);
    }

    std::uint32_t looping_at(const KnownTiling& known, std::size_t block) const {
        std::uint32_t set = 0;
        for (std::size_t d = 0; d < kDimensions; ++d) {
            const Split& split = chains_.split(d, known.chains[d]);
            if (split.tile[block] > split.tile[block + 1]) set |= 1U << d;
        }
        return set;
    }

    Placement place_above(const KnownTiling& known, Operand operand, std::size_t depth) const {
        const std::uint32_t own = dimensions_of(operand);
        for (std::size_t block = depth; block-- > 0;) {
            const std::uint32_t changing = looping_at(known, block) & own;
            if (changing == 0) continue;
            const OrderTable& table = tables_.orders[known.tiling.orders[block]];
            return {.base = block, .deeper = table.innermost(changing).outside & ~own};
        }
        return {};
    }

    Crossing crossing_above(const KnownTiling& known, Operand operand, std::size_t depth) {
        SumsOf sums;
        for (std::size_t d = 0; d < kDimensions; ++d) sums[d] = &chains_.sums_above(d, known.chains[d]);
        const std::int64_t visits = visits_of(operand, place_above(known, operand, depth), sums).visits;
        switch (operand) {
        case Operand::weights: return {.in = weights_ * visits};
        case Operand::inputs: return {.in = chains_.inputs_above(known, depth) * visits};
        case Operand::outputs:
            return {.finished = outputs_, .spilled = outputs_ * (visits - 1), .started = started_};
        }
        TANDEM_CHECK(false, "an operand outside the enumeration");
    }

    /// Everything above the array; new_loads_ become those of this tiling.
    TilingState state_of(const KnownTiling& known) {
        new_loads_.assign(memories_, Load{});
        std::vector<bool> holds_sums(memories_, false);
        const auto& held = tables_.space.bypasses[known.bypass];
        const auto& feeders = feeders_[known.bypass];
        double from_outermost = 0.0;
        std::array<Crossing, kOperands> least_at_array;
        TilingState state;
        for (const Operand operand : kAllOperands) {
            const std::size_t o = index_of(operand);
            std::size_t parent = 0;
            for (std::size_t m = 1; m < memories_; ++m) {
                if (held[m][o] == kBypassed) continue;
                const Crossing crossed = crossing_above(known, operand, static_cast<std::size_t>(held[m][o]));
                const double before = new_loads_[parent].energy + new_loads_[m].energy;
                new_loads_[parent].add_as_parent(tables_.prices.memory(parent), operand, crossed);
                new_loads_[m].add_as_child(tables_.prices.memory(m), operand, crossed);
                const double added = new_loads_[parent].energy + new_loads_[m].energy - before;
                if (parent == 0) {
                    from_outermost += added;
                } else {
                    state.inner_energy += added;
                }
                if (crossed.spilled > 0) holds_sums[parent] = true;
                parent = m;
            }
            state.placed[o] = place_above(known, operand, blocks_ - 1);
            if (feeders[o] == 0) least_at_array[o] = crossing_above(known, operand, blocks_ - 1);
        }
        judge_fit(known, holds_sums, feeders[index_of(Operand::outputs)], state);
        finish(state, feeders, from_outermost, least_at_array);
        return state;
    }

    void judge_fit(const KnownTiling& known, const std::vector<bool>& holds_sums, std::size_t feeder,
                   TilingState& state) const {
        Schedule schedule;
        schedule.blocks = blocks_;
        const std::vector<Held>& held = tables_.space.bypasses[known.bypass];
        for (std::size_t d = 0; d < kDimensions; ++d) schedule.splits[d] = chains_.split(d, known.chains[d]);
        for (std::size_t m = 1; m < memories_; ++m) {
            const bool fits = tables_.tile_bytes(schedule, held, m, holds_sums[m]) <= capacities_[m];
            state.outermost.fits = state.outermost.fits && fits;
            const bool fits_sums =
                m == feeder ? tables_.tile_bytes(schedule, held, m, true) <= capacities_[m] : fits;
            state.fits_with_sums = state.fits_with_sums && fits_sums;
        }
    }

    void finish(TilingState& state, const std::array<std::size_t, kOperands>& feeders, double from_outermost,
                const std::array<Crossing, kOperands>& least_at_array) const {
        const MemoryPrice& outer = tables_.prices.memory(0);
        state.outermost.outermost_energy = NormalizedEnergy(from_outermost);
        state.outermost.outermost_cycles =
            Cycles(outer.cycles(new_loads_[0].bits_read, new_loads_[0].bits_written));
        state.outermost.outermost_traffic =
            Bits(static_cast<std::int64_t>(new_loads_[0].bits_read + new_loads_[0].bits_written));
        state.least = state.outermost;
        Load load = new_loads_[0];
        const double before = load.energy;
        for (std::size_t o = 0; o < kOperands; ++o) {
            if (feeders[o] == 0) load.add_as_parent(outer, kAllOperands[o], least_at_array[o]);
        }
        state.least.outermost_energy.value += load.energy - before;
        state.least.outermost_cycles = Cycles(outer.cycles(load.bits_read, load.bits_written));
        state.least.outermost_traffic = Bits(static_cast<std::int64_t>(load.bits_read + load.bits_written));
        for (std::size_t m = 1; m < memories_; ++m) {
            if (std::find(feeders.begin(), feeders.end(), m) != feeders.end()) continue;
            const std::int64_t cycles =
                tables_.prices.memory(m).cycles(new_loads_[m].bits_read, new_loads_[m].bits_written);
            state.inner_cycles = std::max(state.inner_cycles, static_cast<double>(cycles));
        }
    }

    const LayerTables& tables_;
    std::size_t blocks_;
    std::size_t memories_;
    Chains chains_;
    std::vector<std::array<std::size_t, kOperands>> feeders_; ///< by bypass: the memory before the array
    std::vector<Bytes> capacities_;                           ///< by memory
    Tile extents_{};
    std::int64_t outputs_ = 0;
    std::int64_t started_ = 0; ///< sums whose zero is read
    bool reads_on_change_ = false;
    std::int64_t weights_ = 0;

    std::vector<TilingState> states_; ///< by KnownTiling::state
    std::vector<Load> loads_;         ///< by state, then memory: without what the array takes
    std::vector<Load> new_loads_;     ///< of the tiling that is being made known
};

} // namespace

std::unique_ptr<Scorer> make_scorer(const LayerTables& tables) {
    return std::make_unique<SpatialScorer>(tables);
}

} // namespace tandem::spatial
