#include "tandem/codesign/reproductions/eyeriss_energies.h"

#include <array>

#include <fmt/format.h>

#include "tandem/machine/spatial/spatial.h"
#include "tandem/mapping/mapper.h"

namespace tandem::reproductions {

namespace {

constexpr std::int64_t kBatch = 16;

/// One layer, of one group, and what was published in 1e9 multiply-accumulates.
struct Layer {
    const char* name;
    std::int64_t filters, channels, size, taps, stride, groups;
    double arithmetic, dram, registers;
    /// Filters and images that the published DRAM figure has in the buffer at a time, as far as it tells.
    std::int64_t filters_at_a_time, images_at_a_time;
};
constexpr std::array<Layer, 5> kLayers{Layer{"CONV1", 96, 3, 55, 11, 4, 1, 1.69, 2.46, 6.75, 32, 2},
                                       Layer{"CONV2", 128, 48, 27, 5, 1, 2, 3.58, 2.27, 14.33, 32, 2},
                                       Layer{"CONV3", 384, 256, 13, 3, 1, 1, 2.39, 2.02, 9.57, 64, 4},
                                       Layer{"CONV4", 192, 192, 13, 3, 1, 2, 1.79, 1.57, 7.18, 64, 4},
                                       Layer{"CONV5", 128, 192, 13, 3, 1, 2, 1.20, 1.05, 4.78, 64, 4}};
constexpr double kDramEnergy = 200.0;

/// MAC 1, register 1, array 2, buffer 6, DRAM 200; registers of 224, 12 and 24 words, a buffer of 128 KiB.
MachinePointer analysed_machine() {
    spatial::Description machine;
    machine.name = "eyeriss-analysis";
    machine.memories = {{.name = "dram", .energy_per_access = kDramEnergy},
                        {.name = "buffer", .size_bytes = 131072, .energy_per_access = 6.0}};
    machine.array = {.rows = 16, .columns = 16, .hop_energy = 2.0};
    machine.processing_element.kind = spatial::ProcessingKind::scalar;
    machine.processing_element.partial_sum_bits = 16;
    machine.processing_element.registers = {
        .filter_words = 224, .input_words = 12, .partial_sum_words = 24, .energy_per_access = 1.0};
    machine.accounting = spatial::accounting_of(spatial::AccountingPreset::chip);
    return make_spatial(std::move(machine));
}

LayerWork work_of(const Layer& layer) {
    LayerWork work;
    work.extents = {kBatch, layer.filters, layer.channels, layer.size, layer.size, layer.taps, layer.taps};
    work.strides = {layer.stride, layer.stride};
    work.groups = layer.groups;
    return work;
}

/// DRAM when inputs come once for some filters, filters once for some images, and outputs leave once.
double dram_energy_at_a_time(const Layer& layer) {
    const LayerWork work = work_of(layer);
    const auto times = [](std::int64_t all, std::int64_t at_a_time) {
        return static_cast<double>(divide_up(all, at_a_time));
    };
    const auto values = [&](Operand operand) { return static_cast<double>(elements(work, operand)); };
    return kDramEnergy * (values(Operand::weights) * times(kBatch, layer.images_at_a_time) +
                          values(Operand::inputs) * times(layer.filters, layer.filters_at_a_time) +
                          values(Operand::outputs));
}

ReproducedFigure figure(const Layer& layer, const char* part, double published, double energy) {
    return {.what = fmt::format("{}, analysis, energy of {}", layer.name, part),
            .unit = "1e9 MACs",
            .published = published,
            .ours = energy * 1e-9,
            .tolerance = 0.03};
}

} // namespace

Result<std::vector<ReproducedFigure>> compare_eyeriss_energies() {
    const MachinePointer machine = analysed_machine();
    std::vector<ReproducedFigure> figures;
    for (const Layer& layer : kLayers) {
        const auto mapped = map_layer(work_of(layer), *machine, MappingGoal::energy);
        if (!mapped) return failed(machine->name(), layer.name, mapped.error().reason, "a schedule");
        const double arithmetic = mapped->cost.compute_energy.value;
        // The publication charges registers for the four accesses of a product, not for being filled.
        constexpr double kAccesses = 4.0;
        ReproducedFigure dram = figure(layer, "DRAM", layer.dram, mapped->cost.traffic[0].energy.value);
        dram.explanation = {.assumption =
                                fmt::format("inputs once for {} filters, filters once for {} images",
                                            layer.filters_at_a_time, layer.images_at_a_time),
                            .ours = dram_energy_at_a_time(layer) * 1e-9};
        figures.push_back(figure(layer, "arithmetic", layer.arithmetic, arithmetic));
        figures.push_back(std::move(dram));
        figures.push_back(figure(layer, "registers", layer.registers, kAccesses * arithmetic));
    }
    return figures;
}

} // namespace tandem::reproductions
