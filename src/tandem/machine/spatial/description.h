// A spatial accelerator as its YAML file describes it: an off-chip memory, a shared buffer, an array
// of processing elements with registers, and a dataflow. Energies are multiples of one
// multiply-accumulate of full width.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tandem/core/fields.h"
#include "tandem/core/result.h"

namespace tandem::spatial {

/// How the loops of a layer are laid over the array; docs/spatial-model.md draws each.
enum class Dataflow { output_stationary, row_stationary, weight_stationary };
std::string_view to_string(Dataflow dataflow);

/// `scalar`: one multiplication a cycle whatever the width. `vectorized`: words are split into
/// floor(maximum_bits / max(weight bits, input bits)) lanes.
enum class ProcessingKind { scalar, vectorized };
std::string_view to_string(ProcessingKind kind);

struct Memory {
    std::string name;
    std::optional<std::int64_t> size_bytes; ///< none: unlimited
    double energy_per_access = 0.0;         ///< of one full-width word, read or written
    std::int64_t bandwidth_bits_per_cycle = 0;

    bool operator==(const Memory&) const = default;
};

struct Array {
    std::int64_t rows = 1;
    std::int64_t columns = 1;
    double hop_energy = 0.0; ///< of one full-width word into one element, from a neighbour or the edge

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
    /// Twice the word: the width of a full product, which the array and the memories carry partial
    /// sums in. The accumulation of more products than fit is left to a wider choice in the file.
    std::int64_t partial_sum_bits = 32;
    double mac_energy = 1.0; ///< of one operation on full words, however many lanes
    Registers registers;

    bool operator==(const ProcessingElement&) const = default;
};

struct Description {
    std::string name;
    std::vector<Memory> memories; ///< outermost first: off-chip, shared buffer
    Array array;
    ProcessingElement processing_element;
    Dataflow dataflow = Dataflow::row_stationary;

    bool operator==(const Description&) const = default;
};

void describe(Fields& fields, Description& description);

/// What ranges cannot say, all violations: printable names, two memories of different names, the buffer of
/// known size, partial sums no narrower than a word.
std::vector<Problem> find_problems(const Description& description, const std::string& file);

} // namespace tandem::spatial
