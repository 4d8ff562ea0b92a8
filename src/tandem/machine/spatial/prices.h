// What one value costs at each memory, and the cost of counts: the same prices for a candidate of a search
// and for a mapping written by hand.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "tandem/machine/cost.h"
#include "tandem/machine/spatial/counts.h"
#include "tandem/machine/spatial/description.h"

namespace tandem::spatial {

/// Values by how wide they are.
enum class Kind { weights, inputs, finished, sums };
inline constexpr std::size_t kKinds = 4;
using ByKind = std::array<double, kKinds>;

/// One memory's prices for one layer.
struct MemoryPrice {
    ByKind bits{};         ///< of a word's width that one value takes up
    ByKind read_energy{};  ///< of one value
    ByKind write_energy{}; ///< of one value
    // Cycles a bit; 0 where the port is not what limits.
    double cycles_per_bit = 0.0;
    double cycles_per_bit_read = 0.0;
    double cycles_per_bit_written = 0.0;

    /// The port that takes longest, whole cycles.
    std::int64_t cycles(double bits_read, double bits_written) const;
    /// Which one that is, behind the memory's name: " read" and " write" of two ports, nothing of one.
    std::string_view slowest_port(double bits_read, double bits_written) const;
};

/// Bits through a memory's ports and their energy; amounts of crossings add.
struct Load {
    double bits_read = 0.0;
    double bits_written = 0.0;
    double energy = 0.0;

    void add_as_parent(const MemoryPrice& price, Operand operand, const Crossing& crossing);
    void add_as_child(const MemoryPrice& price, Operand operand, const Crossing& crossing);
};

class Prices {
  public:
    Prices(const Description& machine, const LayerWork& work);

    const MemoryPrice& memory(std::size_t m) const { return memories_[m]; }
    std::int64_t sum_bits() const { return sum_bits_; }
    /// Steps, and on a systolic array what fills and drains it: f (2R + C + P - 2) - 1 for f stays of P steps
    /// when weights or inputs are loaded through R rows, f (R + C + D - 2) - 1 for f stays of D steps when
    /// outputs stay.
    std::int64_t cycles_of(const ArrayCounts& array) const {
        const std::int64_t steps = cycles_of_steps(array.steps);
        return marching_ ? steps + array.stays[index_of(*marching_)] * cycles_per_stay_ - 1 : steps;
    }
    /// Of an array that is always full.
    std::int64_t cycles_of_steps(std::int64_t steps) const { return steps * cycles_per_step_; }
    /// The operand whose stays cost time; none: the array is not systolic.
    const std::optional<Operand>& marching() const { return marching_; }
    double compute_energy(const ArrayCounts& array) const {
        return static_cast<double>(array.word_operations) * operation_energy_;
    }
    double array_energy(const ArrayCounts& array) const;
    double register_energy(const ArrayCounts& array) const;

    LayerCost cost_of(const Counts& counts) const;

  private:
    LevelTraffic memory_traffic(std::size_t m, const MemoryCounts& counts) const;
    LevelTraffic array_traffic(const ArrayCounts& array) const;
    LevelTraffic register_traffic(const ArrayCounts& array) const;

    Description machine_;
    LayerWork work_;
    std::vector<MemoryPrice> memories_;
    std::int64_t sum_bits_ = 0;
    std::int64_t cycles_per_step_ = 1;
    std::optional<Operand> marching_;
    std::int64_t cycles_per_stay_ = 0;
    double operation_energy_ = 0.0;
    double multiplier_words_ = 0.0;                ///< a cycle, all elements: products of full lanes possible
    std::array<std::int64_t, 2> operation_bits_{}; ///< weights and inputs that one operation reads
};

/// Values that share a word at these widths: floor(maximum_bits / max(weight bits, input bits)) for a
/// vectorised element, 1 for a scalar one, the lanes of a bit-serial one; 0 when an operand is wider than a
/// word.
std::int64_t lanes_of(const ProcessingElement& element, int weight_bits, int input_bits);

} // namespace tandem::spatial
