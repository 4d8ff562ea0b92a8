#include "tandem/machine/spatial/nest_cost.h"

#include <algorithm>
#include <cctype>
#include <optional>

#include <fmt/format.h>

#include "tandem/machine/spatial/nest.h"

namespace tandem::spatial {

namespace {

constexpr std::size_t kWeights = index_of(Operand::weights);
constexpr std::size_t kInputs = index_of(Operand::inputs);
constexpr std::size_t kOutputs = index_of(Operand::outputs);
constexpr std::size_t kFinished = static_cast<std::size_t>(Kind::finished);
constexpr std::size_t kSums = static_cast<std::size_t>(Kind::sums);

/// By level: the machine's memory; none: the registers, or nothing for a level that keeps nothing.
using Binding = std::vector<std::optional<std::size_t>>;

bool is_called(const Memory& memory, std::string_view name) {
    const auto is_same = [](char left, char right) {
        return std::tolower(static_cast<unsigned char>(left)) ==
               std::tolower(static_cast<unsigned char>(right));
    };
    return std::equal(name.begin(), name.end(), memory.name.begin(), memory.name.end(), is_same);
}

Binding bind(const Description& machine, const LoopNest& nest, const NestCounts& counts) {
    Binding binding(nest.levels.size());
    std::size_t next = 0;
    for (std::size_t l = 0; l < nest.levels.size(); ++l) {
        if (!nest.levels[l].keeps_anything()) continue;
        std::size_t m = next;
        while (m < machine.memories.size() && !is_called(machine.memories[m], nest.levels[l].name)) ++m;
        const bool is_one = counts.levels[l].instances == 1;
        if (m == machine.memories.size()) m = is_one ? next : m;
        if (m >= machine.memories.size()) continue;
        binding[l] = m;
        next = m + 1;
    }
    return binding;
}

/// What of a nest is wider than the array. Judged before anything is counted, which takes a step an instance.
std::optional<Infeasible> find_array_misfit(const Array& array, const LoopNest& nest) {
    for (const NestAxis axis : {NestAxis::columns, NestAxis::rows}) {
        const bool is_rows = axis == NestAxis::rows;
        const std::int64_t has = is_rows ? array.rows : array.columns;
        std::int64_t used = 1;
        for (const NestLevel& level : nest.levels) {
            for (const NestLoop& loop : level.loops) {
                if (loop.axis != axis) continue;
                used *= loop.iterations;
                if (loop.iterations >= 1 && used <= has) continue;
                return Infeasible{
                    fmt::format("array: found {} {}, has {}", used, is_rows ? "rows" : "columns", has)};
            }
        }
    }
    return std::nullopt;
}

class NestPricer {
  public:
    NestPricer(const Description& machine, const LayerWork& work, const Prices& prices, const LoopNest& nest,
               NestCounts counts)
        : machine_(machine), work_(work), prices_(prices), nest_(nest), counts_(std::move(counts)),
          binding_(bind(machine, nest, counts_)) {}

    std::optional<Infeasible> find_misfit() const {
        for (std::size_t l = 0; l < nest_.levels.size(); ++l) {
            if (!nest_.levels[l].keeps_anything()) continue;
            auto misfit = binding_[l] ? find_memory_misfit(l) : find_register_misfit(l);
            if (misfit) return misfit;
        }
        return std::nullopt;
    }

    NestCost price() const {
        NestCost priced;
        LayerCost& cost = priced.cost;
        const std::int64_t operations = multiply_accumulates(work_).value;
        const ArrayCounts array{.word_operations = operations};
        cost.compute_cycles = Cycles(prices_.cycles_of_steps(counts_.cycles));
        cost.cycles = cost.compute_cycles;
        cost.compute_energy = NormalizedEnergy(prices_.compute_energy(array));
        for (std::size_t l = 0; l < nest_.levels.size(); ++l) {
            if (!nest_.levels[l].keeps_anything()) continue;
            priced.levels.push_back(counts_.levels[l]);
            cost.traffic.push_back(traffic_of(l));
            cost.cycles = std::max(cost.cycles, cost.traffic.back().cycles);
        }
        cost.traffic.push_back(array_traffic());
        const std::int64_t lanes = lanes_of(machine_.processing_element, work_.weight_bits, work_.input_bits);
        const std::int64_t places = machine_.array.rows * machine_.array.columns * lanes;
        cost.utilization = static_cast<double>(operations) /
                           (static_cast<double>(cost.cycles.value) * static_cast<double>(places));
        return priced;
    }

  private:
    std::array<std::int64_t, kOperands> bits() const {
        return {work_.weight_bits, work_.input_bits, prices_.sum_bits()};
    }

    /// Whether partial sums come back to a level.
    bool holds_sums(std::size_t l) const { return counts_.levels[l].updates[kOutputs] > counts_.outputs[l]; }

    std::optional<Infeasible> find_memory_misfit(std::size_t l) const {
        const Memory& memory = machine_.memories[*binding_[l]];
        Bits tile;
        for (const Operand operand : kAllOperands) {
            const std::size_t o = index_of(operand);
            if (!nest_.levels[l].keeps[o]) continue;
            if (!memory.operands[o]) {
                return Infeasible{fmt::format("{}: found {}, which {} does not hold", nest_.levels[l].name,
                                              to_string(operand), memory.name)};
            }
            const std::int64_t each =
                operand == Operand::outputs && !holds_sums(l) ? work_.output_bits : bits()[o];
            tile += Bits(counts_.levels[l].tile[o] * each);
        }
        if (!memory.size_bytes) return std::nullopt;
        const std::int64_t holds = memory.is_double_buffered ? *memory.size_bytes / 2 : *memory.size_bytes;
        if (bytes_holding(tile).value <= holds) return std::nullopt;
        return Infeasible{fmt::format("{}: found a tile of {} bytes, {} holds {} bytes", nest_.levels[l].name,
                                      bytes_holding(tile).value, memory.name, holds)};
    }

    std::optional<Infeasible> find_register_misfit(std::size_t l) const {
        const Registers& registers = machine_.processing_element.registers;
        const std::array<std::int64_t, kOperands> words{registers.filter_words, registers.input_words,
                                                        registers.partial_sum_words};
        for (const Operand operand : kAllOperands) {
            const std::size_t o = index_of(operand);
            if (!nest_.levels[l].keeps[o] || counts_.levels[l].tile[o] <= words[o]) continue;
            return Infeasible{fmt::format("{}: found {} {}, the registers hold {}", nest_.levels[l].name,
                                          counts_.levels[l].tile[o], to_string(operand), words[o])};
        }
        return std::nullopt;
    }

    LevelTraffic traffic_of(std::size_t l) const {
        const NestLevelCounts& level = counts_.levels[l];
        LevelTraffic traffic;
        traffic.level = level.level;
        Load load;
        for (std::size_t o = 0; o < kOperands; ++o) {
            const std::int64_t finished = o == kOutputs ? std::min(counts_.outputs[l], level.updates[o]) : 0;
            const std::int64_t written = level.fills[o] + level.updates[o];
            traffic.read_values[o] = level.reads[o] * level.instances;
            traffic.written_values[o] = written * level.instances;
            traffic.read[o] = Bits(traffic.read_values[o] * bits()[o]);
            traffic.written[o] =
                Bits(((written - finished) * bits()[o] + finished * work_.output_bits) * level.instances);
            const std::size_t kind = o == kOutputs ? kSums : o;
            add(load, l, kind, level.reads[o], written - finished);
            add(load, l, kFinished, 0, finished);
        }
        traffic.energy = NormalizedEnergy(load.energy * static_cast<double>(level.instances));
        if (binding_[l]) {
            traffic.cycles = Cycles(prices_.memory(*binding_[l]).cycles(load.bits_read, load.bits_written));
        }
        return traffic;
    }

    /// A register takes one access a value, a memory what its words take.
    void add(Load& load, std::size_t l, std::size_t kind, std::int64_t read, std::int64_t written) const {
        const auto in = static_cast<double>(read);
        const auto out = static_cast<double>(written);
        if (!binding_[l]) {
            load.energy += (in + out) * machine_.processing_element.registers.energy_per_access;
            return;
        }
        const MemoryPrice& price = prices_.memory(*binding_[l]);
        load.bits_read += in * price.bits[kind];
        load.bits_written += out * price.bits[kind];
        load.energy += in * price.read_energy[kind] + out * price.write_energy[kind];
    }

    /// What enters the elements and leaves them, at the outermost level in registers, or at the multipliers.
    LevelTraffic array_traffic() const {
        ArrayCounts array;
        for (const Operand operand : kAllOperands) {
            const std::size_t o = index_of(operand);
            std::int64_t crossing = multiply_accumulates(work_).value;
            std::int64_t back = 0;
            for (std::size_t l = nest_.levels.size(); l-- > 0;) {
                if (!nest_.levels[l].keeps[o] || binding_[l]) continue;
                crossing = counts_.brought[l][o] * counts_.levels[l].instances;
                back = counts_.levels[l].fills[o] * counts_.levels[l].instances;
            }
            if (operand == Operand::outputs) {
                array.sums_left = crossing;
                array.sums_entered = back;
            } else {
                array.entered[o] = crossing;
            }
        }
        LevelTraffic traffic;
        traffic.level = "array";
        traffic.read_values = {array.entered[kWeights], array.entered[kInputs], array.sums_entered};
        traffic.written_values = {0, 0, array.sums_left};
        for (std::size_t o = 0; o < kOperands; ++o) {
            traffic.read[o] = Bits(traffic.read_values[o] * bits()[o]);
            traffic.written[o] = Bits(traffic.written_values[o] * bits()[o]);
        }
        traffic.energy = NormalizedEnergy(prices_.array_energy(array));
        return traffic;
    }

    const Description& machine_;
    const LayerWork& work_;
    const Prices& prices_;
    const LoopNest& nest_;
    NestCounts counts_;
    Binding binding_;
};

} // namespace

Outcome<NestCost> cost_of_nest(const Description& machine, const LayerWork& work, const Prices& prices,
                               const LoopNest& nest) {
    if (auto misfit = find_array_misfit(machine.array, nest)) return tl::unexpected(*std::move(misfit));
    const NestPricer pricer(machine, work, prices, nest,
                            TANDEM_TRY(count_nest(work, nest, machine.accounting)));
    if (auto misfit = pricer.find_misfit()) return tl::unexpected(*std::move(misfit));
    return pricer.price();
}

} // namespace tandem::spatial
