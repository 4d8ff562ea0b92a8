// The Eyeriss chip on the convolutions of AlexNet, batch 4: the chip's own schedule, given by its published
// mapping parameters, priced on machines/eyeriss.yaml, beside what was measured on silicon. Then the energies
// of the analysis that came before the chip.
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "tandem/codesign/reproductions/eyeriss_energies.h"
#include "tandem/codesign/reproductions/reproductions.h"
#include "tandem/machine/machine.h"

namespace tandem::reproductions {

namespace {

using enum Dimension;

/// One layer with the parameters that the chip ran it with: filters in the buffer, images, output rows,
/// filters and channels an element, sets along channels and along filters.
struct ChipLayer {
    const char* name;
    std::int64_t filters, channels, rows, taps, stride, groups; ///< filters and channels of one group
    std::int64_t m, n, e, p, q, r, t;
    double latency_milliseconds, active_elements, buffer_megabytes;
};

constexpr std::int64_t kBatch = 4;
constexpr std::int64_t kColumns = 14;
constexpr double kClockHertz = 200e6;

// Chen et al., JSSC 2017, table of AlexNet's layers.
constexpr std::array<ChipLayer, 5> kLayers{
    ChipLayer{"CONV1", 96, 3, 55, 11, 4, 1, 96, 1, 7, 16, 1, 1, 2, 16.5, 154, 18.5},
    ChipLayer{"CONV2", 128, 48, 27, 5, 1, 2, 64, 1, 27, 16, 2, 1, 1, 39.2, 135, 77.6},
    ChipLayer{"CONV3", 384, 256, 13, 3, 1, 1, 64, 4, 13, 16, 4, 1, 4, 21.8, 156, 50.2},
    ChipLayer{"CONV4", 192, 192, 13, 3, 1, 2, 64, 4, 13, 16, 3, 2, 2, 16.0, 156, 37.4},
    ChipLayer{"CONV5", 128, 192, 13, 3, 1, 2, 64, 4, 13, 16, 3, 2, 2, 10.0, 156, 24.9}};

/// Of the multiply-accumulate cycles: what the pipeline of an element and the summing of partial sums between
/// rows add. The one constant that is fitted, to all five latencies at once.
constexpr double kPipelineShare = 0.08;
/// Filters come in over a 64-bit bus before a pass starts.
constexpr double kFilterWordsPerCycle = 4.0;

LayerWork work_of(const ChipLayer& layer) {
    LayerWork work;
    work.extents = {kBatch, layer.filters, layer.channels, layer.rows, layer.rows, layer.taps, layer.taps};
    work.strides = {layer.stride, layer.stride};
    work.groups = layer.groups;
    // The chip reads the padding of CONV2 to CONV5 like data; CONV1 has none.
    return work;
}

/// The chip's loops: sets of filter rows down the columns, output rows along the rows (more than fourteen in
/// two stripes); a pass runs over its images and output columns, and passes over channels follow each other.
Mapping mapping_of(const ChipLayer& layer, std::int64_t columns) {
    const std::int64_t stripes = divide_up(layer.e, columns);
    Mapping mapping;
    mapping.unrolled[0] = {{fy, layer.taps, 1}};
    mapping.unrolled[1] = {{oy, divide_up(layer.e, stripes), 1}};
    if (stripes > 1) mapping.unrolled[0].push_back({oy, stripes, 1});
    if (layer.r > 1) mapping.unrolled[0].push_back({c, layer.r, layer.q});
    if (layer.t > 1) mapping.unrolled[layer.e * layer.t <= columns ? 1 : 0].push_back({k, layer.t, layer.p});
    const std::int64_t rows = stripes * divide_up(layer.e, stripes);
    const std::int64_t filters = layer.p * layer.t;
    const std::int64_t channels = layer.q * layer.r;
    mapping.temporal = {
        {{g, layer.groups, 1}, {n, kBatch / layer.n, layer.n}},
        {{oy, divide_up(layer.rows, rows), rows}, {k, divide_up(layer.filters, filters), filters}},
        {{c, divide_up(layer.channels, channels), channels}},
        {{n, layer.n, 1}, {ox, layer.rows, 1}},
        {{fx, layer.taps, 1}, {c, layer.q, 1}, {k, layer.p, 1}}};
    // The buffer keeps partial sums while the channels pass, and the inputs of one pass; filters go through.
    mapping.held = {{0, 0, 0}, {kBypassed, 3, 2}};
    return mapping;
}

/// Filter words into the array, each once a pass.
std::int64_t filter_values(const LayerCost& cost) { return cost.traffic[0].read_values[0]; }

/// A layer with the channels an element and the sets of CONV4, which take fewer passes over the channels.
ChipLayer like_conv4(ChipLayer layer) {
    layer.q = kLayers[3].q;
    layer.r = kLayers[3].r;
    layer.t = kLayers[3].t;
    return layer;
}

/// What crosses between the buffer and the array, both ways, 2 bytes a value; filters are prefetched in it.
double buffer_megabytes(const LayerCost& cost) {
    const LevelTraffic& dram = cost.traffic[0];
    const LevelTraffic& buffer = cost.traffic[1];
    const std::int64_t to_array = filter_values(cost) + buffer.read_values[1];
    const std::int64_t outputs =
        buffer.read_values[2] + buffer.written_values[2] - dram.written_values[2] - dram.read_values[2];
    return static_cast<double>(to_array + outputs) * 2e-6;
}

/// Processing elements that a pass keeps busy.
double active_elements(const ChipLayer& layer) {
    return static_cast<double>(layer.taps * layer.e * layer.r * layer.t);
}

} // namespace

Result<std::vector<ReproducedFigure>> reproduce_eyeriss_alexnet(const ReproductionContext& /*context*/,
                                                                Progress& /*progress*/) {
    const std::string file = "machines/eyeriss.yaml";
    const MachinePointer machine = TANDEM_TRY(load_machine(file));
    std::vector<ReproducedFigure> figures;
    double deviations = 0.0;
    for (const ChipLayer& layer : kLayers) {
        const Outcome<LayerCost> cost = machine->price(work_of(layer), mapping_of(layer, kColumns));
        if (!cost) return failed(file, layer.name, cost.error().reason, "the chip's own schedule to fit");
        const auto filter_words = static_cast<double>(filter_values(*cost));
        const double cycles = static_cast<double>(cost->compute_cycles.value) * (1.0 + kPipelineShare) +
                              filter_words / kFilterWordsPerCycle;
        const double latency = cycles / kClockHertz * 1e3;
        deviations += std::abs(latency / layer.latency_milliseconds - 1.0);
        figures.push_back({.what = fmt::format("{}, latency", layer.name),
                           .unit = "ms",
                           .published = layer.latency_milliseconds,
                           .ours = latency,
                           .tolerance = 0.12});
        figures.push_back({.what = fmt::format("{}, active elements", layer.name),
                           .unit = "",
                           .published = layer.active_elements,
                           .ours = active_elements(layer),
                           .tolerance = 0.0});
        ReproducedFigure traffic{.what = fmt::format("{}, buffer traffic", layer.name),
                                 .unit = "MB",
                                 .published = layer.buffer_megabytes,
                                 .ours = buffer_megabytes(*cost),
                                 .tolerance = 0.12};
        if (!traffic.passes()) {
            const auto other = machine->price(work_of(layer), mapping_of(like_conv4(layer), kColumns));
            if (!other) return failed(file, layer.name, other.error().reason, "CONV4's parameters to fit");
            traffic.explanation = {.assumption = "q 3, r 2 and t 2, as CONV4",
                                   .ours = buffer_megabytes(*other)};
        }
        figures.push_back(std::move(traffic));
    }
    figures.push_back({.what = "mean deviation of the latencies, best peer's 4 % as 1.04",
                       .unit = "",
                       .published = 1.05,
                       .ours = 1.0 + deviations / static_cast<double>(kLayers.size()),
                       .bar = Bar::at_most,
                       .tolerance = 0.0});
    const std::vector<ReproducedFigure> energies = TANDEM_TRY(compare_eyeriss_energies());
    figures.insert(figures.end(), energies.begin(), energies.end());
    return figures;
}

} // namespace tandem::reproductions
