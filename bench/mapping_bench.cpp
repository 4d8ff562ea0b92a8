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
            mappings += mapped->search.mappings_priced;
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

/// ResNet-18 at 224 x 224: its 21 layers, shortcuts and classifier included.
std::vector<LayerWork> resnet18() {
    struct Shape {
        std::int64_t filters, channels, size, taps, stride, count;
    };
    constexpr std::array<Shape, 12> kShapes{
        Shape{64, 3, 112, 7, 2, 1},   Shape{64, 64, 56, 3, 1, 4},   Shape{128, 64, 28, 3, 2, 1},
        Shape{128, 64, 28, 1, 2, 1},  Shape{128, 128, 28, 3, 1, 3}, Shape{256, 128, 14, 3, 2, 1},
        Shape{256, 128, 14, 1, 2, 1}, Shape{256, 256, 14, 3, 1, 3}, Shape{512, 256, 7, 3, 2, 1},
        Shape{512, 256, 7, 1, 2, 1},  Shape{512, 512, 7, 3, 1, 3},  Shape{1000, 512, 1, 1, 1, 1}};
    std::vector<LayerWork> works;
    for (const Shape& shape : kShapes) {
        LayerWork work;
        work.extents = {1, shape.filters, shape.channels, shape.size, shape.size, shape.taps, shape.taps};
        work.strides = {shape.stride, shape.stride};
        if (shape.taps > 1) work.pads = {shape.taps - shape.stride, shape.taps - shape.stride};
        works.insert(works.end(), static_cast<std::size_t>(shape.count), work);
    }
    return works;
}

/// Every layer of ResNet-18 energy-optimal, cold, on one core, with proof.
void map_resnet18(benchmark::State& state) {
    const MachinePointer machine = machine_of("spatial-256");
    const std::vector<LayerWork> works = resnet18();
    std::int64_t mappings = 0;
    for (auto _ : state) {
        for (const LayerWork& work : works) {
            mappings += map_layer(work, *machine, MappingGoal::energy)->search.mappings_priced;
        }
    }
    state.counters["mappings"] =
        benchmark::Counter(static_cast<double>(mappings), benchmark::Counter::kIsRate);
}
BENCHMARK(map_resnet18)->Unit(benchmark::kMillisecond);

} // namespace

BENCHMARK_MAIN();
