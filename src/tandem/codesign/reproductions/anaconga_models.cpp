// The models behind AnaCoNGA: DRAM traffic, latency, LUTs and block RAMs of the bit-serial arrays that
// the publication measured, and the compute cycles that its own model gives.
#include <array>

#include <fmt/format.h>

#include "tandem/codesign/reproductions/reproductions.h"
#include "tandem/core/check.h"
#include "tandem/machine/bitserial/bismo.h"
#include "tandem/machine/bitserial/bitserial.h"
#include "tandem/mapping/mapper.h"

namespace tandem::reproductions {

namespace {

/// A published network of uniform precision on 8 x 8 x 256.
struct PublishedNetwork {
    int weight_bits;
    int activation_bits;
    double dram_mebibytes;
    double compute_kilocycles;
    double latency_kilocycles;
};
constexpr std::array<PublishedNetwork, 4> kNetworks{
    {{1, 1, 2.26, 207, 501}, {2, 2, 3.29, 283, 659}, {2, 4, 4.43, 387, 817}, {4, 4, 5.35, 590, 944}}};

/// A published array as synthesised; buffers in KiB.
struct PublishedArray {
    std::int64_t rows;
    std::int64_t columns;
    std::int64_t dot_product_bits;
    std::int64_t left_kibibytes;
    std::int64_t right_kibibytes;
    double luts;
    double brams;
};
constexpr std::array<PublishedArray, 3> kArrays{
    {{8, 8, 256, 256, 256, 32'639, 135}, {8, 16, 64, 32, 32, 29'687, 55}, {4, 32, 64, 16, 64, 29'643, 79}}};

/// One layer of ResNet-20 by its square output, filter and channels.
NamedLayerWork layer_of(std::string name, std::int64_t extent, std::int64_t filter, std::int64_t inputs,
                        std::int64_t outputs, int weight_bits, int activation_bits) {
    LayerWork work;
    work.extents = {1, outputs, inputs, extent, extent, filter, filter};
    work.pads = {filter - 1, filter - 1};
    work.weight_bits = weight_bits;
    work.input_bits = activation_bits;
    return {.layer = std::move(name), .work = work};
}

/// ResNet-20 for CIFAR-10 with shortcuts that multiply nothing (He et al. 2016, section 4.2, option A);
/// its first convolution and its dense layer have 8 bits.
Workload resnet20(int weight_bits, int activation_bits) {
    Workload workload;
    workload.layers.push_back(layer_of("conv1", 32, 3, 3, 16, 8, 8));
    std::int64_t channels = 16;
    for (int stage = 0; stage < 3; ++stage) {
        const std::int64_t outputs = std::int64_t{16} << stage;
        for (int i = 0; i < 6; ++i) {
            workload.layers.push_back(layer_of(fmt::format("stage{}.conv{}", stage + 1, i + 1), 32 >> stage,
                                               3, channels, outputs, weight_bits, activation_bits));
            channels = outputs;
        }
    }
    workload.layers.push_back(layer_of("classifier", 1, 1, 64, 10, 8, 8));
    return workload;
}

/// The depth that gives a side's buffer its size.
std::int64_t depth_of(std::int64_t kibibytes, std::int64_t units, std::int64_t dot_product_bits) {
    return kibibytes * 1024 * 8 / (units * dot_product_bits);
}

bitserial::Description array_of(const PublishedArray& array) {
    return bitserial::bismo(array.rows, array.columns, array.dot_product_bits,
                            depth_of(array.left_kibibytes, array.rows, array.dot_product_bits),
                            depth_of(array.right_kibibytes, array.columns, array.dot_product_bits));
}

ReproducedFigure figure(std::string what, std::string unit, double published, double ours, double tolerance,
                        std::string note) {
    return {.what = std::move(what),
            .unit = std::move(unit),
            .published = published,
            .ours = ours,
            .bar = Bar::within,
            .tolerance = tolerance,
            .note = std::move(note)};
}

} // namespace

Result<std::vector<ReproducedFigure>> reproduce_anaconga_models(const ReproductionContext& /*context*/,
                                                                Progress& /*progress*/) {
    constexpr double kMebibyte = 1024.0 * 1024.0;
    std::vector<ReproducedFigure> figures;
    const Estimator estimator(make_bitserial(array_of(kArrays.front())), MappingGoal::energy_delay);
    for (const PublishedNetwork& network : kNetworks) {
        const auto cost = estimator.estimate(resnet20(network.weight_bits, network.activation_bits));
        TANDEM_CHECK(cost.has_value(), "ResNet-20 fits its array");
        const std::string name =
            fmt::format("ResNet-20 ({}, {}), 8x8x256, ", network.weight_bits, network.activation_bits);
        figures.push_back(figure(name + "DRAM", "MiB", network.dram_mebibytes,
                                 static_cast<double>(cost->outermost_bytes().value) / kMebibyte, 0.01,
                                 "tiles rounded up; first and last layer at 8 bits"));
        figures.push_back(figure(name + "compute", "kilocycles", network.compute_kilocycles,
                                 static_cast<double>(cost->compute_cycles().value) / 1e3, 0.01, ""));
        figures.push_back(figure(name + "latency", "kilocycles", network.latency_kilocycles,
                                 static_cast<double>(cost->cycles().value) / 1e3, 0.05,
                                 "60 bits a cycle and 5,700 cycles a layer, fitted on these four"));
    }
    for (const PublishedArray& array : kArrays) {
        const MachinePointer machine = make_bitserial(array_of(array));
        const Resources resources = machine->resources().value();
        const std::string name =
            fmt::format("{}x{}x{}, {}/{} KiB, ", array.rows, array.columns, array.dot_product_bits,
                        array.left_kibibytes, array.right_kibibytes);
        figures.push_back(figure(name + "LUTs", "", array.luts, static_cast<double>(resources.luts), 0.11,
                                 "BISMO's linear model against one synthesis"));
        figures.push_back(figure(name + "block RAMs", "RAMB36", array.brams,
                                 static_cast<double>(resources.brams), 0.0, ""));
    }
    return figures;
}

} // namespace tandem::reproductions
