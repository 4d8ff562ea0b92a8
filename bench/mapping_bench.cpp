// What mapping a layer costs: the layers of ResNet-8 on 1 x 28 x 28, cold, on one core; and a layer of
// ResNet-18 that does not fit the buffer, so that tilings are searched.
#include <array>

#include <benchmark/benchmark.h>

#include "tandem/mapping/mapper.h"
#include "tandem/network/topologies/topologies.h"

namespace {

using namespace tandem;

MachinePointer machine_of(const char* name) {
    return load_machine(std::string(TANDEM_SOURCE_DIR "/machines/") + name + ".yaml").value();
}

void map_all(benchmark::State& state, const MachinePointer& machine, const std::vector<LayerWork>& works) {
    std::int64_t mappings = 0;
    std::int64_t layers = 0;
    for (auto _ : state) {
        for (const LayerWork& work : works) {
            const auto mapped = map_layer(work, *machine, MappingGoal::energy_delay);
            mappings += mapped->mappings_priced;
            ++layers;
        }
    }
    state.counters["mappings"] =
        benchmark::Counter(static_cast<double>(mappings), benchmark::Counter::kIsRate);
    state.counters["layers"] = benchmark::Counter(static_cast<double>(layers), benchmark::Counter::kIsRate);
}

void map_resnet8(benchmark::State& state, const char* name) {
    const auto bits = static_cast<int>(state.range(0));
    const Network network =
        find_topology("resnet8")->build({.input_shape = {kBatch, 1, 28, 28}, .classes = 10, .seed = 1});
    std::vector<LayerWork> works;
    for (const NamedLayerWork& layer : make_workload(network, uniform_strategy(network, bits, bits)).layers) {
        works.push_back(layer.work);
    }
    map_all(state, machine_of(name), works);
}
BENCHMARK_CAPTURE(map_resnet8, spatial_168, "spatial-168")->Arg(16)->Arg(2)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(map_resnet8, spatial_256, "spatial-256")
    ->Arg(16)
    ->Arg(8)
    ->Arg(2)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(map_resnet8, spatial_1024, "spatial-1024")->Arg(16)->Arg(2)->Unit(benchmark::kMillisecond);

void map_tiled(benchmark::State& state) {
    LayerWork work;
    work.extents = {1, 512, 512, 7, 7, 3, 3};
    work.pads = {2, 2};
    map_all(state, machine_of("spatial-256"), {work});
}
BENCHMARK(map_tiled)->Unit(benchmark::kMillisecond);

} // namespace

BENCHMARK_MAIN();
