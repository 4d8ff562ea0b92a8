// A spatial accelerator as its YAML file describes it: memories from the outside in, an array of
// processing elements with registers, and a dataflow. Energies are multiples of one multiply-accumulate of
// full width, or picojoules.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tandem/core/fields.h"
#include "tandem/core/result.h"
#include "tandem/core/units.h"
#include "tandem/machine/cost.h"
#include "tandem/machine/spatial/accounting.h"
#include "tandem/workload/workload.h"

namespace tandem::spatial {

/// How the loops of a layer are laid over the array; docs/spatial-model.md draws each.
enum class Dataflow { free, input_stationary, output_stationary, row_stationary, weight_stationary };
inline constexpr std::array<Dataflow, 5> kAllDataflows{Dataflow::free, Dataflow::input_stationary,
                                                       Dataflow::output_stationary, Dataflow::row_stationary,
                                                       Dataflow::weight_stationary};
std::string_view to_string(Dataflow dataflow);
/// What stays in the elements while the others pass; none: more than one does, or the mapper decides.
std::optional<Operand> stationary_operand(Dataflow dataflow);

/// `scalar`: one multiplication a cycle whatever the width. `vectorized`: words are split into
/// floor(maximum_bits / max(weight bits, input bits)) lanes. `bitserial`: a fixed number of lanes, each of
/// which takes weight bits x input bits cycles a product.
enum class ProcessingKind { bitserial, scalar, vectorized };
std::string_view to_string(ProcessingKind kind);

/// How values narrower than a word lie in it: `aligned` ones do not cross from one word to the next.
enum class Packing { aligned, dense };
std::string_view to_string(Packing packing);

/// Whether a memory holds the tile of its own level of every operand, or may hold the larger one of the level
/// outside of some.
enum class Blocking { even, uneven };
std::string_view to_string(Blocking blocking);

/// Which operands, by Operand.
using OperandSet = std::array<bool, kOperands>;
inline constexpr OperandSet kEveryOperand{true, true, true};
inline constexpr OperandSet kNoOperand{false, false, false};

/// A memory above the array, shared by all elements. Neighbours in the list that serve different operands
/// lie side by side, at one level.
struct Memory {
    std::string name;
    std::optional<std::int64_t> size_bytes{};  ///< none: unlimited
    std::optional<double> energy_per_access{}; ///< of one word, read or written, where these do not say
    std::optional<std::int64_t> bandwidth_bits_per_cycle{}; ///< of reads and writes together; none: unlimited
    std::optional<double> read_energy{};
    std::optional<double> write_energy{};
    std::optional<std::int64_t> read_bandwidth_bits_per_cycle{};  ///< of a port that only reads
    std::optional<std::int64_t> write_bandwidth_bits_per_cycle{}; ///< of a port that only writes
    std::optional<std::int64_t> word_bits{};                      ///< none: maximum_bits of the elements
    std::optional<std::int64_t>
        technology_nm{}; ///< energies are those of an SRAM at this node, by size and word
    std::optional<double> area_square_millimeters{}; ///< in place of what technology_nm gives
    Packing packing = Packing::dense;
    OperandSet operands = kEveryOperand; ///< what it holds
    OperandSet bypass = kNoOperand;      ///< what of that may go around it
    bool is_double_buffered = false;     ///< half of it fills while the other half is used

    bool operator==(const Memory&) const = default;

    /// Of one word.
    double energy_of_read() const;
    double energy_of_write() const;
    /// As the file says it, or the SRAM's at technology_nm; none: unknown.
    std::optional<SquareMicrometers> area() const;
};

struct Array {
    std::int64_t rows = 1;
    std::int64_t columns = 1;
    double hop_energy = 0.0; ///< of one full-width word into one element, from a neighbour or the edge
    /// Operands march from element to element, so that an array fills and drains for every stay of the
    /// stationary one.
    bool is_systolic = false;

    bool operator==(const Array&) const = default;
};

struct Registers {
    std::int64_t filter_words = 0;
    std::int64_t input_words = 0;
    std::int64_t partial_sum_words = 0; ///< each holds one whole partial sum
    double energy_per_access = 0.0;     ///< of one word, and of one partial sum

    bool operator==(const Registers&) const = default;
};

struct ProcessingElement {
    ProcessingKind kind = ProcessingKind::vectorized;
    std::int64_t maximum_bits = 16; ///< width of a word and of the widest operand
    std::int64_t lanes = 1;         ///< of a bit-serial element
    /// Width of a partial sum on its way and in memories. None: what the deepest accumulation needs,
    /// 2 maximum_bits + ceil(log2(C FY FX)).
    std::optional<std::int64_t> partial_sum_bits{};
    /// Whether lanes may share a partial sum, by lying along input channels, besides lying along filters.
    bool adds_across_lanes = true;
    double mac_energy = 1.0;                         ///< of one operation on full words, however many lanes
    std::optional<double> area_square_micrometers{}; ///< with registers
    Registers registers;

    bool operator==(const ProcessingElement&) const = default;
};

struct Description {
    std::string name;
    std::vector<Memory> memories; ///< outermost first
    Array array;
    ProcessingElement processing_element;
    Dataflow dataflow = Dataflow::row_stationary;
    /// What the dataflow may unroll, in place of its own choice, where the file says so.
    std::vector<Dimension> row_dimensions{};
    std::vector<Dimension> column_dimensions{};
    /// Which operands a mapping may let stay in a memory level while the loops that do not change them run.
    OperandSet staying = kEveryOperand;
    Blocking blocking = Blocking::even;
    bool reports_picojoules = false; ///< energies are picojoules and not multiples of a MAC
    std::optional<double> clock_hertz{};
    Accounting accounting{}; ///< what counts as an access

    bool operator==(const Description&) const = default;
};

void describe(Fields& fields, Description& description);
void describe(Fields& fields, Accounting& accounting);

/// The memories by level: places in `memories` that lie side by side.
std::vector<std::vector<std::size_t>> memory_levels(const Description& description);

/// The area of each memory on the chip and of the array of elements; of the outermost memory only where the
/// file states it.
std::vector<PartArea> areas_of(const Description& description);

/// The width of a partial sum of this layer.
std::int64_t partial_sum_width(const ProcessingElement& element, const LayerWork& work);

/// What ranges cannot say, all violations: printable names that differ, an outermost memory for every
/// operand, sizes of the others, energies said once, partial sums no narrower than a word, levels no deeper
/// than mappings go.
std::vector<Problem> find_problems(const Description& description, const std::string& file);

} // namespace tandem::spatial
