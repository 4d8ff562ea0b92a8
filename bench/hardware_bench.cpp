// The search for an array: the whole space priced and its exact front, and NSGA-II of 200 x 200, for
// networks of the literature, on one core. Counters: front sizes, and what the genetic front lacks.
#include <benchmark/benchmark.h>

#include <fmt/format.h>

#include "tandem/codesign/hardware_search.h"
#include "tandem/machine/bitserial/bismo.h"

namespace {

using namespace tandem;

void add_layer(Workload& workload, std::int64_t extent, std::int64_t filter, std::int64_t inputs,
               std::int64_t outputs, int bits) {
    LayerWork work;
    work.extents = {1, outputs, inputs, extent, extent, filter, filter};
    // Widths of their own, as in a search over precisions: no two layers are the same.
    work.weight_bits = bits;
    work.input_bits = bits;
    workload.layers.push_back({fmt::format("layer{}", workload.layers.size()), work});
}

/// ResNet-20 on CIFAR-10 (He et al. 2016, section 4.2).
Workload resnet20() {
    Workload workload;
    add_layer(workload, 32, 3, 3, 16, 8);
    std::int64_t channels = 16;
    for (int layer = 0; layer < 18; ++layer) {
        const int stage = layer / 6;
        const std::int64_t outputs = std::int64_t{16} << stage;
        add_layer(workload, 32 >> stage, 3, channels, outputs, 1 + layer % 4);
        channels = outputs;
    }
    add_layer(workload, 1, 1, 64, 10, 8);
    return workload;
}

/// ResNet-18 on ImageNet (He et al. 2016, table 1), shortcuts of 1 x 1 included.
Workload resnet18() {
    Workload workload;
    add_layer(workload, 112, 7, 3, 64, 8);
    std::int64_t channels = 64;
    for (int layer = 0; layer < 16; ++layer) {
        const int stage = layer / 4;
        const std::int64_t outputs = std::int64_t{64} << stage;
        if (layer % 4 == 0 && stage > 0) add_layer(workload, 56 >> stage, 1, channels, outputs, 2);
        add_layer(workload, 56 >> stage, 3, channels, outputs, 1 + layer % 3);
        channels = outputs;
    }
    add_layer(workload, 1, 1, 512, 1000, 4);
    return workload;
}

void find_exactly(benchmark::State& state, Workload (*network)()) {
    const Workload workload = network();
    std::size_t found = 0;
    for (auto _ : state) {
        const HardwareTable table(workload, bitserial::bismo(8, 8, 64, 1024, 1024), {});
        found = find_hardware_front(table).size();
    }
    state.counters["front"] = static_cast<double>(found);
}
BENCHMARK_CAPTURE(find_exactly, resnet20, resnet20)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(find_exactly, resnet18, resnet18)->Unit(benchmark::kMillisecond);

void search_genetically(benchmark::State& state, Workload (*network)()) {
    const Workload workload = network();
    std::vector<HardwareDesign> front;
    for (auto _ : state) {
        const HardwareTable table(workload, bitserial::bismo(8, 8, 64, 1024, 1024), {});
        front = search_hardware(table, {});
    }
    const HardwareTable table(workload, bitserial::bismo(8, 8, 64, 1024, 1024), {});
    const FrontGap gap = measure_gap(front, find_hardware_front(table));
    state.counters["front"] = static_cast<double>(front.size());
    state.counters["of_true_front"] = static_cast<double>(gap.found);
    state.counters["hypervolume_share"] = gap.hypervolume_share;
}
BENCHMARK_CAPTURE(search_genetically, resnet20, resnet20)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(search_genetically, resnet18, resnet18)->Unit(benchmark::kMillisecond);

} // namespace

BENCHMARK_MAIN();
