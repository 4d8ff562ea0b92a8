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

/// What may be assumed beyond docs/validation.md, to see what it explains.
enum class Variant {
    stated,       ///< nothing
    four_images,  ///< as on the smaller array, so that filters come once for all four
    wide_outputs, ///< outputs leave at 16 bits, through a port of their own
};
/// Of the port of wide_outputs: a word from each of the five sets of three filter rows that the array holds.
/// 71 to 80 bits bring both narrow widths within their bars.
constexpr std::int64_t kOutputPortBits = 80;
constexpr std::int64_t kImages = 4;

/// The shipped machine under the assumptions of docs/validation.md: one word a partial sum, lanes along
/// filters, and an off-chip port that never limits these layers.
Result<MachinePointer> machine_of(const Baseline& baseline, Variant variant) {
    const std::string file = fmt::format("machines/{}.yaml", baseline.machine);
    const MachinePointer shipped = TANDEM_TRY(load_machine(file));
    Document described = shipped->describe();
    member(described, "dataflow") = Document(baseline.dataflow);
    Document& element = member(described, "processing_element");
    member(element, "partial_sum_bits") = Document(16);
    member(element, "adds_across_lanes") = Document(false);
    auto& memories = std::get<Document::List>(member(described, "memories").value);
    if (variant == Variant::wide_outputs) {
        std::erase_if(std::get<Document::Map>(memories[0].value),
                      [](const auto& entry) { return entry.first == "bandwidth_bits_per_cycle"; });
        member(memories[0], "write_bandwidth_bits_per_cycle") = Document(kOutputPortBits);
    } else {
        member(memories[0], "bandwidth_bits_per_cycle") = Document(256);
    }
    return parse_machine(described, file);
}

/// Of the whole network, for the images of the baseline.
struct Total {
    double energy = 0.0;
    double cycles = 0.0;
};

Result<Total> price(const Baseline& baseline, Variant variant) {
    const MachinePointer machine = TANDEM_TRY(machine_of(baseline, variant));
    Total total;
    for (std::size_t i = 0; i < kResNet20.size(); ++i) {
        const bool is_edge = i == 0 || i + 1 == kResNet20.size();
        LayerWork work = work_of(kResNet20[i], baseline, is_edge);
        if (variant == Variant::four_images) work.extents[index_of(Dimension::n)] = kImages;
        if (variant == Variant::wide_outputs) work.output_bits = 16;
        const Outcome<MappedLayer> mapped = map_layer(work, *machine, MappingGoal::cycles);
        if (!mapped) return failed(machine->name(), "", mapped.error().reason, "ResNet-20 to fit");
        const auto count = static_cast<double>(kResNet20[i].count);
        total.energy += count * mapped->cost.energy().value;
        total.cycles += count * static_cast<double>(mapped->cost.cycles.value);
    }
    if (variant == Variant::four_images) {
        total.energy /= static_cast<double>(kImages);
        total.cycles /= static_cast<double>(kImages);
    }
    return total;
}

} // namespace

Result<std::vector<ReproducedFigure>> reproduce_hwflowq_baselines(const ReproductionContext& /*context*/,
                                                                  Progress& /*progress*/) {
    std::vector<ReproducedFigure> figures;
    for (const Baseline& baseline : kBaselines) {
        const Total stated = TANDEM_TRY(price(baseline, Variant::stated));
        ReproducedFigure energy{.what = fmt::format("ResNet-20, {}, energy", baseline.what),
                                .unit = "16-bit MACs",
                                .published = baseline.energy,
                                .ours = stated.energy,
                                .tolerance = 0.15};
        ReproducedFigure cycles{.what = fmt::format("ResNet-20, {}, cycles", baseline.what),
                                .unit = "",
                                .published = baseline.cycles,
                                .ours = stated.cycles,
                                .tolerance = 0.08};
        // One assumption for all energies of an image at a time, and one for all narrow cycles: each is shown
        // wherever it says something.
        if (baseline.batch == 1) {
            const Total total = TANDEM_TRY(price(baseline, Variant::four_images));
            energy.explanation = {.assumption = "filters fetched once for four images", .ours = total.energy};
        }
        if (baseline.bits < 16) {
            const Total total = TANDEM_TRY(price(baseline, Variant::wide_outputs));
            cycles.explanation = {
                .assumption = fmt::format("outputs leaving at 16 bits, {} bits a cycle", kOutputPortBits),
                .ours = total.cycles};
        }
        figures.push_back(std::move(energy));
        figures.push_back(std::move(cycles));
    }
    return figures;
}

} // namespace tandem::reproductions
