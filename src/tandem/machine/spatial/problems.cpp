// The rules between the fields of a description.
#include <algorithm>
#include <functional>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "tandem/machine/mapping.h"
#include "tandem/machine/spatial/description.h"
#include "tandem/machine/spatial/sram.h"

namespace tandem::spatial {

namespace {

/// Names go into tables, JSON and messages as they are.
bool is_printable(const std::string& name) {
    return std::all_of(name.begin(), name.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

using AddProblem = std::function<void(std::string place, std::string found, std::string expected)>;

void find_memory_problems(const std::vector<Memory>& memories, std::size_t i, const AddProblem& add) {
    const Memory& memory = memories[i];
    const auto place = [i](std::string_view field) { return fmt::format("memories[{}].{}", i, field); };
    if (!is_printable(memory.name)) add(place("name"), "unprintable bytes", "printable ASCII");
    for (std::size_t j = 0; j < i; ++j) {
        if (memories[j].name == memory.name) {
            add(place("name"), fmt::format("'{}' again", memory.name), "a name of its own");
        }
    }
    if (memory.operands == kNoOperand) add(place("operands"), "none", "at least one");
    if (i == 0 && memory.operands != kEveryOperand) {
        add(place("operands"), "fewer than all", "weights, inputs and outputs in the outermost memory");
    }
    if (i == 0 && memory.bypass != kNoOperand) {
        add(place("bypass"), "the outermost memory", "an inner memory");
    }
    if (i > 0 && !memory.size_bytes) add(place("size_bytes"), "nothing", "the buffer's capacity");
    for (const auto& [name, energy] :
         {std::pair{"read_energy", memory.read_energy}, std::pair{"write_energy", memory.write_energy}}) {
        if (memory.technology_nm) break;
        if (!energy && !memory.energy_per_access) {
            add(place(name), "nothing", "this or energy_per_access");
        }
    }
}

/// What a memory whose energies are looked up must say.
void find_sram_problems(const Description& description, std::size_t i, const AddProblem& add) {
    const Memory& memory = description.memories[i];
    if (!memory.technology_nm) return;
    const auto place = [i](std::string_view field) { return fmt::format("memories[{}].{}", i, field); };
    const auto range = [](std::int64_t least, std::int64_t most) {
        return fmt::format("{} to {}", least, most);
    };
    const auto found = [](const std::optional<std::int64_t>& value) {
        return value ? fmt::format("{}", *value) : "nothing";
    };
    if (std::find(kSramNodes.begin(), kSramNodes.end(), *memory.technology_nm) == kSramNodes.end()) {
        add(place("technology_nm"), found(memory.technology_nm),
            fmt::format("one of {}", fmt::join(kSramNodes, ", ")));
    }
    const std::int64_t size = memory.size_bytes.value_or(0);
    if (size < kLeastSramBytes || size > kMostSramBytes) {
        add(place("size_bytes"), found(memory.size_bytes),
            range(kLeastSramBytes, kMostSramBytes) + " with technology_nm");
    }
    const std::int64_t word = memory.word_bits.value_or(0);
    if (word < kLeastSramWordBits || word > kMostSramWordBits) {
        add(place("word_bits"), found(memory.word_bits),
            range(kLeastSramWordBits, kMostSramWordBits) + " with technology_nm");
    }
    if (memory.energy_per_access || memory.read_energy || memory.write_energy) {
        add(place("technology_nm"), "energies beside it", "one of both");
    }
    if (!description.reports_picojoules) {
        add("energy_unit", "mac16", "picojoules, as technology_nm gives them");
    }
}

} // namespace

std::vector<Problem> find_problems(const Description& description, const std::string& file) {
    std::vector<Problem> problems;
    const AddProblem add = [&](std::string place, std::string found, std::string expected) {
        problems.push_back(Problem{.file = file,
                                   .place = std::move(place),
                                   .found = std::move(found),
                                   .expected = std::move(expected)});
    };
    if (!is_printable(description.name)) add("name", "unprintable bytes", "printable ASCII");
    for (std::size_t i = 0; i < description.memories.size(); ++i) {
        find_memory_problems(description.memories, i, add);
        find_sram_problems(description, i, add);
    }
    if (description.memories.empty()) {
        add("memories", "none", "the off-chip memory at least");
    } else if (memory_levels(description).size() > kMostMemoryLevels) {
        add("memories", fmt::format("{} levels", memory_levels(description).size()),
            fmt::format("at most {}", kMostMemoryLevels));
    }
    if (description.array.is_systolic && !stationary_operand(description.dataflow)) {
        add("array.systolic", fmt::format("with dataflow {}", to_string(description.dataflow)),
            "weight-, input- or output-stationary");
    }
    if (description.staying == kNoOperand) add("staying", "none", "at least one");
    const ProcessingElement& element = description.processing_element;
    if (element.partial_sum_bits && *element.partial_sum_bits < element.maximum_bits) {
        add("processing_element.partial_sum_bits", fmt::format("{}", *element.partial_sum_bits),
            fmt::format("at least maximum_bits, {}", element.maximum_bits));
    }
    return problems;
}

} // namespace tandem::spatial
