// The baselines of HW-FlowQ: ResNet-20 on CIFAR-10 images on the arrays of machines/spatial-*.yaml, by
// dataflow and precision. The assumptions are in docs/validation.md.
#include <array>
#include <string_view>

#include <fmt/format.h>

#include "tandem/codesign/reproductions/reproductions.h"
#include "tandem/machine/machine.h"
#include "tandem/mapping/mapper.h"

namespace tandem::reproductions {

namespace {

/// Layers of ResNet-20 that have the same shape.
struct Shape {
    std::int64_t filters, channels, size, taps, stride, count;
};
constexpr std::array<Shape, 7> kResNet20{Shape{16, 3, 32, 3, 1, 1},  Shape{16, 16, 32, 3, 1, 6},
                                         Shape{32, 16, 16, 3, 2, 1}, Shape{32, 32, 16, 3, 1, 5},
                                         Shape{64, 32, 8, 3, 2, 1},  Shape{64, 64, 8, 3, 1, 5},
                                         Shape{10, 64, 1, 1, 1, 1}};

struct Baseline {
    const char* what;
    const char* machine;
    const char* dataflow;
    std::int64_t batch;
    int bits;
    double energy, cycles; ///< published
};
constexpr std::array<Baseline, 6> kBaselines{
    Baseline{"16x16, row-stationary, 16 bits", "spatial-256", "row-stationary", 1, 16, 32.84e7, 191e3},
    Baseline{"16x16, output-stationary, 16 bits", "spatial-256", "output-stationary", 1, 16, 46.33e7, 159e3},
    Baseline{"16x16, weight-stationary, 16 bits", "spatial-256", "weight-stationary", 1, 16, 69.40e7, 166e3},
    Baseline{"12x14, row-stationary, 16 bits, 4 images", "spatial-168", "row-stationary", 4, 16, 130.28e7,
             1128e3},
    Baseline{"16x16, row-stationary, 4 bits", "spatial-256", "row-stationary", 1, 4, 16e7, 51e3},
    Baseline{"16x16, row-stationary, 2 bits", "spatial-256", "row-stationary", 1, 2, 14e7, 43e3}};

LayerWork work_of(const Shape& shape, const Baseline& baseline, bool is_edge) {
    LayerWork work;
    work.extents = {baseline.batch, shape.filters, shape.channels, shape.size,
                    shape.size,     shape.taps,    shape.taps};
    work.strides = {shape.stride, shape.stride};
    if (shape.taps == 3) work.pads = {3 - shape.stride, 3 - shape.stride};
    // The first and the last layer stay at 16 bits.
    work.weight_bits = work.input_bits = is_edge ? 16 : baseline.bits;
    work.output_bits = baseline.bits;
    return work;
}

/// A member of a map inside a description, to be changed.
Document& member(Document& document, std::string_view key) {
    for (auto& [name, value] : std::get<Document::Map>(document.value)) {
        if (name == key) return value;
    }
    auto& map = std::get<Document::Map>(document.value);
    map.emplace_back(std::string(key), Document());
    return map.back().second;
}

/// The shipped machine under the assumptions of docs/validation.md: one word a partial sum, lanes along
/// filters, and an off-chip port that never limits these layers.
Result<MachinePointer> machine_of(const Baseline& baseline) {
    const std::string file = fmt::format("machines/{}.yaml", baseline.machine);
    const MachinePointer shipped = TANDEM_TRY(load_machine(file));
    Document described = shipped->describe();
    member(described, "dataflow") = Document(baseline.dataflow);
    Document& element = member(described, "processing_element");
    member(element, "partial_sum_bits") = Document(16);
    member(element, "adds_across_lanes") = Document(false);
    auto& memories = std::get<Document::List>(member(described, "memories").value);
    member(memories[0], "bandwidth_bits_per_cycle") = Document(256);
    return parse_machine(described, file);
}

/// What would explain a figure that is out of reach.
std::string energy_note(const Baseline& baseline) {
    const bool is_missed =
        baseline.batch == 1 && baseline.bits == 16 && std::string_view(baseline.dataflow) == "row-stationary";
    return is_missed ? "inputs read on change only would give 1.05, and take the narrow widths out of reach"
                     : "";
}
std::string cycles_note(const Baseline& baseline) {
    return baseline.bits == 2 ? "the published speed-up stops at 4.4 of 8, as a stall of one width would"
                              : "";
}

} // namespace

Result<std::vector<ReproducedFigure>> reproduce_hwflowq_baselines(const ReproductionContext& /*context*/,
                                                                  Progress& /*progress*/) {
    std::vector<ReproducedFigure> figures;
    for (const Baseline& baseline : kBaselines) {
        const MachinePointer machine = TANDEM_TRY(machine_of(baseline));
        double energy = 0.0;
        double cycles = 0.0;
        for (std::size_t i = 0; i < kResNet20.size(); ++i) {
            const bool is_edge = i == 0 || i + 1 == kResNet20.size();
            const LayerWork work = work_of(kResNet20[i], baseline, is_edge);
            const Outcome<MappedLayer> mapped = map_layer(work, *machine, MappingGoal::cycles);
            if (!mapped) return failed(machine->name(), "", mapped.error().reason, "ResNet-20 to fit");
            const auto count = static_cast<double>(kResNet20[i].count);
            energy += count * mapped->cost.energy().value;
            cycles += count * static_cast<double>(mapped->cost.cycles.value);
        }
        figures.push_back({.what = fmt::format("ResNet-20, {}, energy", baseline.what),
                           .unit = "16-bit MACs",
                           .published = baseline.energy,
                           .ours = energy,
                           .tolerance = 0.15,
                           .note = energy_note(baseline)});
        figures.push_back({.what = fmt::format("ResNet-20, {}, cycles", baseline.what),
                           .unit = "",
                           .published = baseline.cycles,
                           .ours = cycles,
                           .tolerance = 0.08,
                           .note = cycles_note(baseline)});
    }
    return figures;
}

} // namespace tandem::reproductions
