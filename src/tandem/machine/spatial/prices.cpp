#include "tandem/machine/spatial/prices.h"

#include <algorithm>
#include <cmath>

namespace tandem::spatial {

namespace {

constexpr std::size_t kWeights = index_of(Operand::weights);
constexpr std::size_t kInputs = index_of(Operand::inputs);
constexpr std::size_t kOutputs = index_of(Operand::outputs);
constexpr std::size_t kFinished = static_cast<std::size_t>(Kind::finished);
constexpr std::size_t kSums = static_cast<std::size_t>(Kind::sums);

/// Bits of a word that a value of `bits` takes up.
double bits_taken(const Memory& memory, std::int64_t word_bits, std::int64_t bits) {
    switch (memory.packing) {
    case Packing::dense: return static_cast<double>(bits);
    case Packing::aligned: {
        if (bits > word_bits) return static_cast<double>(divide_up(bits, word_bits) * word_bits);
        const std::int64_t values = word_bits / bits;
        return static_cast<double>(word_bits) / static_cast<double>(values);
    }
    }
    return 0.0;
}

double cycles_a_bit(const std::optional<std::int64_t>& bandwidth) {
    return bandwidth ? 1.0 / static_cast<double>(*bandwidth) : 0.0;
}

MemoryPrice price_of(const Memory& memory, std::int64_t maximum_bits,
                     const std::array<std::int64_t, kKinds>& widths) {
    MemoryPrice price;
    const std::int64_t word_bits = memory.word_bits.value_or(maximum_bits);
    for (std::size_t kind = 0; kind < kKinds; ++kind) {
        price.bits[kind] = bits_taken(memory, word_bits, widths[kind]);
        const double words = price.bits[kind] / static_cast<double>(word_bits);
        price.read_energy[kind] = words * memory.energy_of_read();
        price.write_energy[kind] = words * memory.energy_of_write();
    }
    price.cycles_per_bit = cycles_a_bit(memory.bandwidth_bits_per_cycle);
    price.cycles_per_bit_read = cycles_a_bit(memory.read_bandwidth_bits_per_cycle);
    price.cycles_per_bit_written = cycles_a_bit(memory.write_bandwidth_bits_per_cycle);
    return price;
}

Load load_of(const MemoryPrice& price, const MemoryCounts& counts) {
    Load load;
    const auto add = [&](std::size_t kind, std::int64_t read, std::int64_t written) {
        const auto in = static_cast<double>(read);
        const auto out = static_cast<double>(written);
        load.bits_read += in * price.bits[kind];
        load.bits_written += out * price.bits[kind];
        load.energy += in * price.read_energy[kind] + out * price.write_energy[kind];
    };
    add(kWeights, counts.read[kWeights], counts.written[kWeights]);
    add(kInputs, counts.read[kInputs], counts.written[kInputs]);
    add(kFinished, counts.finished_read, counts.finished_written);
    add(kSums, counts.sums_read, counts.sums_written);
    return load;
}

} // namespace

std::int64_t MemoryPrice::cycles(double bits_read, double bits_written) const {
    // A shade below the next integer is that integer: the quotient of whole numbers is rounded.
    constexpr double kRounding = 1e-9;
    const double longest = std::max({(bits_read + bits_written) * cycles_per_bit,
                                     bits_read * cycles_per_bit_read, bits_written * cycles_per_bit_written});
    return static_cast<std::int64_t>(std::ceil(longest * (1.0 - 1e-14) - kRounding));
}

std::string_view MemoryPrice::slowest_port(double bits_read, double bits_written) const {
    const double both = (bits_read + bits_written) * cycles_per_bit;
    const double read = bits_read * cycles_per_bit_read;
    const double written = bits_written * cycles_per_bit_written;
    if (both >= std::max(read, written)) return "";
    return read >= written ? " read" : " write";
}

void Load::add_as_parent(const MemoryPrice& price, Operand operand, const Crossing& crossing) {
    const std::size_t kind = index_of(operand);
    const auto in = static_cast<double>(crossing.in);
    const auto finished = static_cast<double>(crossing.finished);
    const auto spilled = static_cast<double>(crossing.spilled);
    const auto back = static_cast<double>(crossing.spilled + crossing.started);
    if (operand != Operand::outputs) {
        bits_read += in * price.bits[kind];
        energy += in * price.read_energy[kind];
        return;
    }
    bits_read += back * price.bits[kSums];
    bits_written += spilled * price.bits[kSums] + finished * price.bits[kFinished];
    energy += back * price.read_energy[kSums] + spilled * price.write_energy[kSums] +
              finished * price.write_energy[kFinished];
}

void Load::add_as_child(const MemoryPrice& price, Operand operand, const Crossing& crossing) {
    const std::size_t kind = index_of(operand);
    const auto in = static_cast<double>(crossing.in);
    const auto finished = static_cast<double>(crossing.finished);
    const auto spilled = static_cast<double>(crossing.spilled);
    const auto back = static_cast<double>(crossing.spilled + crossing.started);
    if (operand != Operand::outputs) {
        bits_written += in * price.bits[kind];
        energy += in * price.write_energy[kind];
        return;
    }
    bits_written += back * price.bits[kSums];
    bits_read += spilled * price.bits[kSums] + finished * price.bits[kFinished];
    energy += spilled * price.read_energy[kSums] + back * price.write_energy[kSums] +
              finished * price.read_energy[kFinished];
}

std::int64_t lanes_of(const ProcessingElement& element, int weight_bits, int input_bits) {
    const std::int64_t widest = std::max(weight_bits, input_bits);
    if (widest > element.maximum_bits) return 0;
    switch (element.kind) {
    case ProcessingKind::bitserial: return element.lanes;
    case ProcessingKind::scalar: return 1;
    case ProcessingKind::vectorized: return element.maximum_bits / widest;
    }
    return 0;
}

Prices::Prices(const Description& machine, const LayerWork& work)
    : machine_(machine), work_(work), sum_bits_(partial_sum_width(machine.processing_element, work)) {
    const ProcessingElement& element = machine.processing_element;
    const std::array<std::int64_t, kKinds> widths{work.weight_bits, work.input_bits, work.output_bits,
                                                  sum_bits_};
    for (const Memory& memory : machine.memories) {
        memories_.push_back(price_of(memory, element.maximum_bits, widths));
    }
    if (machine.array.is_systolic) {
        marching_ = stationary_operand(machine.dataflow);
        const std::int64_t loading = marching_ == Operand::outputs ? 0 : machine.array.rows;
        cycles_per_stay_ = loading + machine.array.rows + machine.array.columns - 2;
    }
    const std::int64_t lanes = lanes_of(element, work.weight_bits, work.input_bits);
    operation_energy_ = element.mac_energy;
    operation_bits_ = {element.maximum_bits, element.maximum_bits};
    multiplier_words_ = static_cast<double>(machine.array.rows * machine.array.columns * lanes);
    if (element.kind == ProcessingKind::bitserial) {
        cycles_per_step_ = std::int64_t{work.weight_bits} * work.input_bits;
        const auto full = static_cast<double>(element.maximum_bits * element.maximum_bits);
        operation_energy_ *= static_cast<double>(lanes * cycles_per_step_) / full;
        operation_bits_ = {lanes * work.weight_bits, lanes * work.input_bits};
        multiplier_words_ /= static_cast<double>(cycles_per_step_);
    }
}

double Prices::array_energy(const ArrayCounts& array) const {
    const double bits =
        static_cast<double>(array.entered[kWeights]) * work_.weight_bits +
        static_cast<double>(array.entered[kInputs]) * work_.input_bits +
        static_cast<double>(array.sums_entered + array.sums_left) * static_cast<double>(sum_bits_);
    return bits / static_cast<double>(machine_.processing_element.maximum_bits) * machine_.array.hop_energy;
}

/// A partial sum is one access, whatever its width: its register is as wide as it is.
double Prices::register_energy(const ArrayCounts& array) const {
    const double bits =
        static_cast<double>(array.operand_words[kWeights]) * static_cast<double>(operation_bits_[kWeights]) +
        static_cast<double>(array.operand_words[kInputs]) * static_cast<double>(operation_bits_[kInputs]) +
        static_cast<double>(array.entered[kWeights]) * work_.weight_bits +
        static_cast<double>(array.entered[kInputs]) * work_.input_bits;
    const auto sums = static_cast<double>(2 * array.accumulations + array.sums_entered + array.sums_left);
    return (bits / static_cast<double>(machine_.processing_element.maximum_bits) + sums) *
           machine_.processing_element.registers.energy_per_access;
}

LevelTraffic Prices::memory_traffic(std::size_t m, const MemoryCounts& counts) const {
    LevelTraffic traffic;
    traffic.level = machine_.memories[m].name;
    const auto set = [&](std::size_t operand, std::int64_t bits) {
        traffic.read_values[operand] = counts.read[operand];
        traffic.written_values[operand] = counts.written[operand];
        traffic.read[operand] = Bits(counts.read[operand] * bits);
        traffic.written[operand] = Bits(counts.written[operand] * bits);
    };
    set(kWeights, work_.weight_bits);
    set(kInputs, work_.input_bits);
    traffic.read_values[kOutputs] = counts.finished_read + counts.sums_read;
    traffic.written_values[kOutputs] = counts.finished_written + counts.sums_written;
    traffic.read[kOutputs] = Bits(counts.finished_read * work_.output_bits + counts.sums_read * sum_bits_);
    traffic.written[kOutputs] =
        Bits(counts.finished_written * work_.output_bits + counts.sums_written * sum_bits_);
    const Load load = load_of(memories_[m], counts);
    traffic.energy = NormalizedEnergy(load.energy);
    traffic.cycles = Cycles(memories_[m].cycles(load.bits_read, load.bits_written));
    return traffic;
}

LevelTraffic Prices::array_traffic(const ArrayCounts& array) const {
    LevelTraffic traffic;
    traffic.level = "array";
    traffic.read_values = {array.entered[kWeights], array.entered[kInputs], array.sums_entered};
    traffic.written_values = {0, 0, array.sums_left};
    traffic.read = {Bits(array.entered[kWeights] * work_.weight_bits),
                    Bits(array.entered[kInputs] * work_.input_bits), Bits(array.sums_entered * sum_bits_)};
    traffic.written[kOutputs] = Bits(array.sums_left * sum_bits_);
    traffic.energy = NormalizedEnergy(array_energy(array));
    return traffic;
}

LevelTraffic Prices::register_traffic(const ArrayCounts& array) const {
    LevelTraffic traffic;
    traffic.level = "registers";
    const std::int64_t sums_read = array.accumulations + array.sums_left;
    const std::int64_t sums_written = array.accumulations + array.sums_entered;
    traffic.read_values = {array.operand_words[kWeights], array.operand_words[kInputs], sums_read};
    traffic.written_values = {array.entered[kWeights], array.entered[kInputs], sums_written};
    traffic.read = {Bits(array.operand_words[kWeights] * operation_bits_[kWeights]),
                    Bits(array.operand_words[kInputs] * operation_bits_[kInputs]),
                    Bits(sums_read * sum_bits_)};
    traffic.written = {Bits(array.entered[kWeights] * work_.weight_bits),
                       Bits(array.entered[kInputs] * work_.input_bits), Bits(sums_written * sum_bits_)};
    traffic.energy = NormalizedEnergy(register_energy(array));
    return traffic;
}

LayerCost Prices::cost_of(const Counts& counts) const {
    LayerCost cost;
    cost.compute_cycles = Cycles(cycles_of(counts.array));
    cost.cycles = cost.compute_cycles;
    cost.compute_energy = NormalizedEnergy(compute_energy(counts.array));
    for (std::size_t m = 0; m < counts.memories.size(); ++m) {
        cost.traffic.push_back(memory_traffic(m, counts.memories[m]));
        cost.cycles = std::max(cost.cycles, cost.traffic.back().cycles);
    }
    cost.traffic.push_back(array_traffic(counts.array));
    cost.traffic.push_back(register_traffic(counts.array));
    const double possible = static_cast<double>(cost.cycles.value) * multiplier_words_;
    cost.utilization = static_cast<double>(multiply_accumulates(work_).value) / possible;
    return cost;
}

} // namespace tandem::spatial
