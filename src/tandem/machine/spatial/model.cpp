#include "tandem/machine/spatial/model.h"

#include <cmath>
#include <numeric>

#include <fmt/format.h>

#include "tandem/core/check.h"
#include "tandem/machine/spatial/counts.h"
#include "tandem/machine/spatial/passes.h"
#include "tandem/machine/spatial/schedule.h"

namespace tandem::spatial {

namespace {

constexpr std::size_t kOutputs = static_cast<std::size_t>(Operand::outputs);

/// Counts of bits stay below 2^63 for layers up to this size on any machine a file may describe.
constexpr double kMostOperations = 1e12;
constexpr double kMostElements = 1e10;

/// A permutation in which one group of loops is innermost: each operand is indifferent to one group and
/// stays while that group runs. Among loops of one iteration the next group takes the place, so that
/// these three give every choice of what stays.
const std::vector<LoopOrder>& all_orders() {
    using enum Dimension;
    static const std::vector<LoopOrder> orders{
        LoopOrder{k, c, fy, fx, n, oy, ox}, // weights stay
        LoopOrder{n, oy, ox, k, c, fy, fx}, // outputs stay
        LoopOrder{c, fy, fx, n, oy, ox, k}, // inputs stay
    };
    return orders;
}

/// "1,234 bytes".
std::string bytes_text(Bytes bytes) {
    std::string digits = fmt::format("{}", bytes.value);
    for (std::size_t place = digits.size(); place > 3;) {
        place -= 3;
        digits.insert(place, ",");
    }
    return digits + (bytes.value == 1 ? " byte" : " bytes");
}

Cycles transfer_cycles(std::int64_t bits, const Memory& memory) {
    return Cycles(divide_up(bits, memory.bandwidth_bits_per_cycle));
}

class SpatialLayerModel final : public LayerModel {
  public:
    SpatialLayerModel(const Description& machine, const LayerWork& work) : machine_(machine), work_(work) {
        space_.levels = {off_chip().name, buffer().name, "registers"};
        space_.passes = list_passes(machine, work);
        space_.tileable = {Dimension::n, Dimension::k, Dimension::c, Dimension::oy, Dimension::ox};
        space_.orders = all_orders();
        for (const Pass& pass : space_.passes) pass_splits_.push_back(splits_of(work, pass));
    }

    const MappingSpace& space() const override { return space_; }

    Score score(const Candidate& candidate) const override {
        const Schedule schedule = schedule_of(candidate);
        const Moved moved = count_off_chip(machine_, work_, schedule);
        const InnerCounts counts = count_inner(machine_, work_, schedule);
        const std::int64_t buffer_bits = counts.buffer.total() + moved.total();
        return Score{.outermost_energy = outermost_energy(moved),
                     .inner_energy = compute_energy(counts) + buffer_energy(counts.buffer.total()) +
                                     array_energy(counts) + register_energy(counts),
                     .outermost_cycles = transfer_cycles(moved.total(), off_chip()),
                     .inner_cycles =
                         std::max(Cycles(counts.compute_cycles), transfer_cycles(buffer_bits, buffer())),
                     .fits = tile_bytes(schedule, counts.spills_partial_sums) <= capacity()};
    }

    Score outermost_score(const Tiling& tiling) const override {
        const Schedule schedule = schedule_of({.tiling = tiling});
        const Moved moved = count_off_chip(machine_, work_, schedule);
        return Score{.outermost_energy = outermost_energy(moved),
                     .inner_energy = NormalizedEnergy(),
                     .outermost_cycles = transfer_cycles(moved.total(), off_chip()),
                     .inner_cycles = Cycles(),
                     .fits = tile_bytes(schedule, /*holds_partial_sums=*/false) <= capacity()};
    }

    Mapping mapping(const Candidate& candidate) const override {
        Schedule schedule = schedule_of(candidate);
        return to_mapping(schedule, space_.passes[candidate.pass]);
    }

    Outcome<LayerCost> price(const Mapping& mapping) const override {
        const Schedule schedule = TANDEM_TRY(to_schedule(mapping, work_));
        if (const auto problem = find_misfit(mapping, schedule)) return tl::unexpected(*problem);
        const Moved moved = count_off_chip(machine_, work_, schedule);
        const InnerCounts counts = count_inner(machine_, work_, schedule);
        const Bytes tile = tile_bytes(schedule, counts.spills_partial_sums);
        if (tile > capacity()) return tl::unexpected(buffer_misfit("a tile", tile));
        return cost_of(moved, counts);
    }

    Infeasible nothing_fits() const override {
        return buffer_misfit("a smallest tile", tile_bytes(smallest(), /*holds_partial_sums=*/true));
    }

    /// Why no mapping can exist, if none can.
    std::optional<Infeasible> find_obstacle() const {
        Bits all;
        for (const Operand operand : kAllOperands) all += width(work_, operand) * elements(work_, operand);
        if (off_chip().size_bytes && bytes_holding(all) > Bytes(*off_chip().size_bytes)) {
            return Infeasible{fmt::format("{}: found a layer of {}, holds {}", off_chip().name,
                                          bytes_text(bytes_holding(all)),
                                          bytes_text(Bytes(*off_chip().size_bytes)))};
        }
        if (space_.passes.empty()) {
            return Infeasible{"registers: found no room for one partial sum of each lane"};
        }
        const Bytes tile = tile_bytes(smallest(), /*holds_partial_sums=*/false);
        if (tile > capacity()) return buffer_misfit("a smallest tile", tile);
        return std::nullopt;
    }

  private:
    const Memory& off_chip() const { return machine_.memories[0]; }
    const Memory& buffer() const { return machine_.memories[1]; }
    Bytes capacity() const { return Bytes(*buffer().size_bytes); }

    Schedule schedule_of(const Candidate& candidate) const {
        Schedule schedule;
        schedule.splits = pass_splits_[candidate.pass];
        for (std::size_t d = 0; d < kDimensions; ++d) {
            schedule.splits[d].tile = std::min(candidate.tiling.tile[d], schedule.splits[d].extent);
        }
        schedule.tile_order = space_.orders[candidate.tiling.order];
        schedule.pass_order = space_.orders[candidate.order];
        return schedule;
    }

    /// One output pixel of one channel from one input channel.
    Schedule smallest() const {
        Schedule schedule = schedule_of({});
        for (const Dimension dimension : {Dimension::fy, Dimension::fx}) {
            schedule.split(dimension).tile = work_.extent(dimension);
        }
        return schedule;
    }

    /// A tile holds unfinished outputs as partial sums when they come back to the array.
    Bytes tile_bytes(const Schedule& schedule, bool holds_partial_sums) const {
        const auto bits =
            tile_bits(work_, schedule,
                      holds_partial_sums ? machine_.processing_element.partial_sum_bits : work_.output_bits);
        return bytes_holding(Bits(std::accumulate(bits.begin(), bits.end(), std::int64_t{0})));
    }

    Infeasible buffer_misfit(std::string_view what, Bytes found) const {
        return Infeasible{fmt::format("{}: found {} of {}, holds {}", buffer().name, what, bytes_text(found),
                                      bytes_text(capacity()))};
    }

    /// What of a mapping is larger than the array or its registers.
    std::optional<Infeasible> find_misfit(const Mapping& mapping, const Schedule& schedule) const {
        const std::array<std::int64_t, kArrayAxes> extents{machine_.array.rows, machine_.array.columns};
        for (std::size_t axis = 0; axis < kArrayAxes; ++axis) {
            std::int64_t used = 1;
            for (const Loop& loop : mapping.unrolled[axis]) used *= loop.iterations;
            if (used > extents[axis]) {
                return Infeasible{fmt::format("array: found {} {}, has {}", used,
                                              axis == 0 ? "rows" : "columns", extents[axis])};
            }
        }
        const ProcessingElement& element = machine_.processing_element;
        const std::int64_t lanes = lanes_of(element, work_.weight_bits, work_.input_bits);
        if (mapping.lanes.iterations > lanes) {
            return Infeasible{fmt::format("array: found {} lanes, has {} at these widths",
                                          mapping.lanes.iterations, lanes)};
        }
        const auto held = [&](Dimension dimension) { return schedule.split(dimension).registers; };
        const std::int64_t window = held(Dimension::c) * held(Dimension::fy) * held(Dimension::fx);
        const std::int64_t sums = held(Dimension::k) * schedule.split(Dimension::k).lanes;
        const Registers& registers = element.registers;
        const auto misfit = [](std::string_view what, std::int64_t found, std::int64_t holds) {
            return Infeasible{fmt::format("registers: found {} {}, hold {}", found, what, holds)};
        };
        if (window > registers.input_words) return misfit("input words", window, registers.input_words);
        if (window * held(Dimension::k) > registers.filter_words) {
            return misfit("filter words", window * held(Dimension::k), registers.filter_words);
        }
        if (sums > registers.partial_sum_words)
            return misfit("partial sums", sums, registers.partial_sum_words);
        return std::nullopt;
    }

    double words(std::int64_t bits) const {
        return static_cast<double>(bits) / static_cast<double>(machine_.processing_element.maximum_bits);
    }
    NormalizedEnergy buffer_energy(std::int64_t bits) const {
        return NormalizedEnergy(words(bits) * buffer().energy_per_access);
    }
    NormalizedEnergy off_chip_energy(const Moved& moved) const {
        return NormalizedEnergy(words(moved.total()) * off_chip().energy_per_access);
    }
    /// What crosses the off-chip memory's port crosses the buffer's as well.
    NormalizedEnergy outermost_energy(const Moved& moved) const {
        return off_chip_energy(moved) + buffer_energy(moved.total());
    }
    NormalizedEnergy compute_energy(const InnerCounts& counts) const {
        return NormalizedEnergy(static_cast<double>(counts.word_operations) *
                                machine_.processing_element.mac_energy);
    }
    NormalizedEnergy array_energy(const InnerCounts& counts) const {
        return NormalizedEnergy(words(counts.array.total()) * machine_.array.hop_energy);
    }
    /// A partial sum is one access, whatever its width: its register is as wide as it is.
    NormalizedEnergy register_energy(const InnerCounts& counts) const {
        const std::int64_t sum_bits = counts.registers.read[kOutputs] + counts.registers.written[kOutputs];
        const double sums =
            static_cast<double>(sum_bits) / static_cast<double>(machine_.processing_element.partial_sum_bits);
        return NormalizedEnergy((words(counts.registers.total() - sum_bits) + sums) *
                                machine_.processing_element.registers.energy_per_access);
    }

    LayerCost cost_of(const Moved& moved, const InnerCounts& counts) const {
        Moved at_buffer = counts.buffer;
        for (std::size_t operand = 0; operand < kOperands; ++operand) {
            at_buffer.written[operand] += moved.read[operand];
            at_buffer.read[operand] += moved.written[operand];
        }
        const auto level = [](const std::string& name, const Moved& bits, NormalizedEnergy energy) {
            LevelTraffic traffic{.level = name, .read = {}, .written = {}, .energy = energy};
            for (std::size_t operand = 0; operand < kOperands; ++operand) {
                traffic.read[operand] = Bits(bits.read[operand]);
                traffic.written[operand] = Bits(bits.written[operand]);
            }
            return traffic;
        };
        LayerCost cost;
        cost.compute_cycles = Cycles(counts.compute_cycles);
        cost.cycles = std::max({cost.compute_cycles, transfer_cycles(moved.total(), off_chip()),
                                transfer_cycles(at_buffer.total(), buffer())});
        cost.compute_energy = compute_energy(counts);
        cost.traffic = {level(off_chip().name, moved, off_chip_energy(moved)),
                        level(buffer().name, at_buffer, buffer_energy(at_buffer.total())),
                        level("array", counts.array, array_energy(counts)),
                        level("registers", counts.registers, register_energy(counts))};
        const std::int64_t lanes = lanes_of(machine_.processing_element, work_.weight_bits, work_.input_bits);
        const double possible = static_cast<double>(cost.cycles.value) *
                                static_cast<double>(machine_.array.rows * machine_.array.columns * lanes);
        cost.utilization = static_cast<double>(multiply_accumulates(work_).value) / possible;
        return cost;
    }

    Description machine_;
    LayerWork work_;
    MappingSpace space_;
    std::vector<std::array<Split, kDimensions>> pass_splits_; ///< by pass
};

/// Layers whose counts would not fit 63 bits.
std::optional<Infeasible> find_excess(const LayerWork& work) {
    double operations = static_cast<double>(work.groups);
    for (const std::int64_t extent : work.extents) operations *= static_cast<double>(extent);
    double positions = static_cast<double>(work.groups) * static_cast<double>(work.extent(Dimension::n)) *
                       static_cast<double>(work.extent(Dimension::c));
    constexpr std::array<Dimension, 4> kWindow{Dimension::oy, Dimension::ox, Dimension::fy, Dimension::fx};
    for (std::size_t axis = 0; axis < 2; ++axis) {
        positions *=
            static_cast<double>(work.extent(kWindow[axis])) * static_cast<double>(work.strides[axis]) +
            static_cast<double>(work.extent(kWindow[axis + 2])) * static_cast<double>(work.dilations[axis]);
    }
    if (operations <= kMostOperations && positions <= kMostElements) return std::nullopt;
    return Infeasible{fmt::format("layer: found {:.3g} multiply-accumulates on {:.3g} input positions, the "
                                  "model counts up to {:.3g} and {:.3g}",
                                  operations, positions, kMostOperations, kMostElements)};
}

} // namespace

Outcome<std::unique_ptr<const LayerModel>> make_layer_model(const Description& machine,
                                                            const LayerWork& work) {
    if (lanes_of(machine.processing_element, work.weight_bits, work.input_bits) < 1) {
        return tl::unexpected(Infeasible{fmt::format(
            "processing element: found {}-bit operands, multiplies up to {} bits",
            std::max(work.weight_bits, work.input_bits), machine.processing_element.maximum_bits)});
    }
    if (auto excess = find_excess(work)) return tl::unexpected(std::move(*excess));
    auto model = std::make_unique<const SpatialLayerModel>(machine, work);
    if (auto obstacle = model->find_obstacle()) return tl::unexpected(std::move(*obstacle));
    return model;
}

} // namespace tandem::spatial
