#include "tandem/machine/spatial/model.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "tandem/core/check.h"
#include "tandem/machine/spatial/counts.h"
#include "tandem/machine/spatial/latency.h"
#include "tandem/machine/spatial/nest_cost.h"
#include "tandem/machine/spatial/passes.h"
#include "tandem/machine/spatial/positions.h"
#include "tandem/machine/spatial/schedule.h"
#include "tandem/machine/spatial/scorer.h"

namespace tandem::spatial {

namespace {

/// Counts of bits stay below 2^63 for layers up to this size on any machine a file may describe.
constexpr double kMostOperations = 1e13;
constexpr double kMostElements = 1e10;

/// A permutation in which one group of loops is innermost: each operand is indifferent to one group and
/// stays while that group runs. Among loops of one iteration the next group takes the place, so that
/// these three give every choice of what stays. Every operand changes with the group, which is outermost.
std::vector<LoopOrder> orders_of(const OperandSet& staying) {
    using enum Dimension;
    std::vector<LoopOrder> orders;
    if (staying[index_of(Operand::weights)]) orders.push_back({g, k, c, fy, fx, n, oy, ox});
    if (staying[index_of(Operand::outputs)]) orders.push_back({g, n, oy, ox, k, c, fy, fx});
    if (staying[index_of(Operand::inputs)]) orders.push_back({g, c, fy, fx, n, oy, ox, k});
    return orders;
}

/// Every way to hold operands: around memories that allow it, and where blocking is uneven the tile of the
/// level outside in place of a memory's own.
std::vector<std::vector<Held>> list_ways(const Description& machine) {
    std::vector<std::vector<Held>> ways{held_evenly(machine)};
    for (std::size_t m = 1; m < machine.memories.size(); ++m) {
        for (std::size_t o = 0; o < kOperands; ++o) {
            if (!machine.memories[m].operands[o]) continue;
            for (std::size_t way = ways.size(); way-- > 0;) {
                const int even = ways[way][m][o];
                if (machine.memories[m].bypass[o]) {
                    ways.push_back(ways[way]);
                    ways.back()[m][o] = kBypassed;
                }
                if (machine.blocking == Blocking::uneven && even > 0) {
                    ways.push_back(ways[way]);
                    ways.back()[m][o] = even - 1;
                }
            }
        }
    }
    return ways;
}

MappingSpace space_of(const Description& machine, const LayerWork& work) {
    MappingSpace space;
    for (const std::vector<std::size_t>& level : memory_levels(machine)) {
        std::vector<std::string> names;
        names.reserve(level.size());
        for (const std::size_t m : level) names.push_back(machine.memories[m].name);
        space.levels.push_back(fmt::format("{}", fmt::join(names, " + ")));
    }
    space.levels.emplace_back("registers");
    space.passes = list_passes(machine, work);
    space.tileable = {Dimension::g, Dimension::n, Dimension::k, Dimension::c, Dimension::oy, Dimension::ox};
    space.orders = orders_of(machine.staying);
    space.bypasses = list_ways(machine);
    return space;
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

class SpatialLayerModel final : public LayerModel {
  public:
    SpatialLayerModel(const Description& machine, const LayerWork& work)
        : tables_(machine, work, space_of(machine, work)) {}

    const MappingSpace& space() const override { return tables_.space; }
    ScoresAre scores_are() const override {
        const auto& accounting = machine().accounting;
        const auto is_one = [](std::int64_t value) { return value == 1; };
        const bool has_holes = !std::all_of(work().strides.begin(), work().strides.end(), is_one) ||
                               !std::all_of(work().dilations.begin(), work().dilations.end(), is_one);
        const bool is_charged_more =
            accounting.transfers == Transfers::staged ||
            (has_holes && accounting.input_positions == InputPositions::bounding_box);
        return is_charged_more ? ScoresAre::bounds : ScoresAre::prices;
    }
    std::unique_ptr<Scorer> scorer() const override { return make_scorer(tables_); }

    Mapping mapping(const Candidate& candidate) const override {
        return to_mapping(tables_.schedule_of(candidate), tables_.space.passes[candidate.pass]);
    }

    Outcome<LayerCost> price(const Mapping& mapping) const override {
        const Schedule schedule = TANDEM_TRY(to_schedule(mapping, work(), machine()));
        if (const auto problem = find_misfit(mapping, schedule)) return tl::unexpected(*problem);
        const Counts counts = count(work(), schedule, machine().accounting);
        for (std::size_t m = 1; m < machine().memories.size(); ++m) {
            const Bytes bytes = tables_.tile_bytes(schedule, schedule.held, m, counts.holds_sums[m]);
            if (exceeds(bytes, m)) return tl::unexpected(memory_misfit(m, "a tile", bytes));
        }
        LayerCost cost = tables_.prices.cost_of(counts);
        cost.latency = latency_of(machine(), work(), tables_.prices, schedule, counts);
        if (machine().accounting.transfers == Transfers::staged) {
            cost.utilization *=
                static_cast<double>(cost.cycles.value) / static_cast<double>(cost.latency->cycles.value);
            cost.cycles = cost.latency->cycles;
        }
        return cost;
    }

    Outcome<NestCost> price_nest(const LoopNest& nest) const override {
        return cost_of_nest(machine(), work(), tables_.prices, nest);
    }

    Outcome<std::vector<std::array<Bits, kOperands>>> occupancy(const Mapping& mapping) const override {
        const Schedule schedule = TANDEM_TRY(to_schedule(mapping, work(), machine()));
        const Counts counts = count(work(), schedule, machine().accounting);
        std::vector<std::array<Bits, kOperands>> by_memory;
        for (std::size_t m = 0; m < machine().memories.size(); ++m) {
            by_memory.push_back(tables_.tile_bits(schedule, schedule.held, m, counts.holds_sums[m] && m > 0));
        }
        return by_memory;
    }

    Infeasible nothing_fits() const override {
        if (const auto misfit = find_smallest_misfit(/*holds_sums=*/false)) return *misfit;
        // Tiles of finished outputs fit, so it is partial sums that do not.
        if (const auto misfit = find_smallest_misfit(/*holds_sums=*/true)) return *misfit;
        return Infeasible{"mapping: found none within the constraints"};
    }

    Score floor() const override {
        const ProcessingElement& element = machine().processing_element;
        const std::int64_t lanes = lanes_of(element, work().weight_bits, work().input_bits);
        const std::int64_t places = machine().array.rows * machine().array.columns * lanes;
        const ArrayCounts least{.steps = divide_up(multiply_accumulates(work()).value, places),
                                .word_operations = divide_up(multiply_accumulates(work()).value, lanes),
                                .stays = {1, 1, 1}};
        Load load;
        const MemoryPrice& outermost = tables_.prices.memory(0);
        load.add_as_parent(outermost, Operand::weights, {.in = elements(work(), Operand::weights)});
        load.add_as_parent(outermost, Operand::inputs, {.in = inputs_read()});
        load.add_as_parent(outermost, Operand::outputs, {.finished = elements(work(), Operand::outputs)});
        return Score{.outermost_energy = NormalizedEnergy(load.energy),
                     .inner_energy = NormalizedEnergy(tables_.prices.compute_energy(least)),
                     .outermost_cycles = Cycles(outermost.cycles(load.bits_read, load.bits_written)),
                     .inner_cycles = Cycles(tables_.prices.cycles_of(least)),
                     .outermost_traffic = Bits(static_cast<std::int64_t>(load.bits_read + load.bits_written)),
                     .word_operations = least.word_operations};
    }

    /// Why no mapping can exist, if none can.
    std::optional<Infeasible> find_obstacle() const {
        Bits all;
        for (const Operand operand : kAllOperands) all += width(work(), operand) * elements(work(), operand);
        const std::optional<Bytes> outermost = tables_.capacity(0);
        if (outermost && bytes_holding(all) > *outermost) {
            return Infeasible{fmt::format("{}: found a layer of {}, holds {}", machine().memories[0].name,
                                          bytes_text(bytes_holding(all)), bytes_text(*outermost))};
        }
        if (space().passes.empty()) {
            return Infeasible{"registers: found no room for one partial sum of each lane"};
        }
        if (space().bypasses.size() > 1) return std::nullopt; // what does not fit may go around
        return find_smallest_misfit(/*holds_sums=*/false);
    }

  private:
    bool exceeds(Bytes bytes, std::size_t m) const {
        const std::optional<Bytes> most = tables_.capacity(m);
        return most && bytes > *most;
    }

    std::optional<Infeasible> find_smallest_misfit(bool holds_sums) const {
        const Schedule schedule = smallest();
        for (std::size_t m = 1; m < machine().memories.size(); ++m) {
            const Bytes bytes = tables_.tile_bytes(schedule, schedule.held, m, holds_sums);
            if (exceeds(bytes, m)) return memory_misfit(m, "a smallest tile", bytes);
        }
        return std::nullopt;
    }

    const Description& machine() const { return tables_.machine; }
    const LayerWork& work() const { return tables_.work; }

    /// Inputs that some output reads.
    std::int64_t inputs_read() const {
        std::int64_t inputs = work().groups * work().extent(Dimension::n) * work().extent(Dimension::c);
        inputs *= touched_inputs(work(), 0, 0, work().extent(Dimension::oy), 0, work().extent(Dimension::fy));
        return inputs *
               touched_inputs(work(), 1, 0, work().extent(Dimension::ox), 0, work().extent(Dimension::fx));
    }

    /// One output pixel of one channel from one input channel, in every memory.
    Schedule smallest() const {
        Candidate candidate;
        Tile tile{};
        tile.fill(1);
        for (const Dimension taps : {Dimension::fy, Dimension::fx})
            tile[index_of(taps)] = work().extent(taps);
        candidate.tiling.tiles.fill(tile);
        return tables_.schedule_of(candidate);
    }

    Infeasible memory_misfit(std::size_t m, std::string_view what, Bytes found) const {
        const Memory& memory = machine().memories[m];
        const std::string holds = bytes_text(tables_.capacity(m).value_or(Bytes()));
        const std::string halves =
            memory.is_double_buffered
                ? fmt::format(" in each half; {} in all would do", bytes_text(Bytes(2 * found.value)))
                : "";
        return Infeasible{fmt::format("{}: found {} of {}, holds {}{}", memory.name, what, bytes_text(found),
                                      holds, halves)};
    }

    /// What of a mapping is larger than the array or its registers.
    std::optional<Infeasible> find_misfit(const Mapping& mapping, const Schedule& schedule) const {
        const std::array<std::int64_t, kArrayAxes> extents{machine().array.rows, machine().array.columns};
        for (std::size_t axis = 0; axis < kArrayAxes; ++axis) {
            std::int64_t used = 1;
            for (const Loop& loop : mapping.unrolled[axis]) used *= loop.iterations;
            if (used > extents[axis]) {
                return Infeasible{fmt::format("array: found {} {}, has {}", used,
                                              axis == 0 ? "rows" : "columns", extents[axis])};
            }
        }
        const ProcessingElement& element = machine().processing_element;
        const std::int64_t lanes = lanes_of(element, work().weight_bits, work().input_bits);
        if (mapping.lanes.iterations > lanes) {
            return Infeasible{fmt::format("array: found {} lanes, has {} at these widths",
                                          mapping.lanes.iterations, lanes)};
        }
        return find_register_misfit(schedule);
    }

    std::optional<Infeasible> find_register_misfit(const Schedule& schedule) const {
        const auto held = [&](Dimension dimension) { return schedule.split(dimension).registers; };
        const std::int64_t window = held(Dimension::c) * held(Dimension::fy) * held(Dimension::fx);
        const std::int64_t sums = held(Dimension::k) * schedule.split(Dimension::k).lanes;
        const Registers& registers = machine().processing_element.registers;
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

    LayerTables tables_;
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
                                                            const LayerWork& layer) {
    const LayerWork work = accounted(layer, machine.accounting);
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
