// What mapping costs: the layers of ResNet-8, cold, on one core; a layer of ResNet-18 that does not fit the
// buffer; the slowest layer of three networks; mappings priced one by one; the table of a network's widths,
// and a strategy after it. docs/spatial-model.md quotes the figures.
#include <algorithm>
#include <array>
#include <ctime>
#include <span>

#include <benchmark/benchmark.h>

#include "tandem/core/parallel.h"
#include "tandem/mapping/mapper.h"
#include "tandem/mapping/tilings.h"
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

/// Layers of one shape in a network.
struct Shape {
    std::int64_t filters, channels, size, taps, stride, groups, count;
};

std::vector<LayerWork> layers_of(std::span<const Shape> shapes) {
    std::vector<LayerWork> works;
    for (const Shape& shape : shapes) {
        LayerWork work;
        work.extents = {1, shape.filters, shape.channels, shape.size, shape.size, shape.taps, shape.taps};
        work.strides = {shape.stride, shape.stride};
        work.groups = shape.groups;
        const std::int64_t pad = std::max<std::int64_t>(0, shape.taps - shape.stride);
        work.pads = {pad, pad};
        works.insert(works.end(), static_cast<std::size_t>(shape.count), work);
    }
    return works;
}

/// ResNet-18 at 224 x 224: its 21 layers, shortcuts and classifier included.
constexpr std::array<Shape, 12> kResNet18{
    Shape{64, 3, 112, 7, 2, 1, 1},   Shape{64, 64, 56, 3, 1, 1, 4},   Shape{128, 64, 28, 3, 2, 1, 1},
    Shape{128, 64, 28, 1, 2, 1, 1},  Shape{128, 128, 28, 3, 1, 1, 3}, Shape{256, 128, 14, 3, 2, 1, 1},
    Shape{256, 128, 14, 1, 2, 1, 1}, Shape{256, 256, 14, 3, 1, 1, 3}, Shape{512, 256, 7, 3, 2, 1, 1},
    Shape{512, 256, 7, 1, 2, 1, 1},  Shape{512, 512, 7, 3, 1, 1, 3},  Shape{1000, 512, 1, 1, 1, 1, 1}};

/// AlexNet with its two groups, then its fully connected layers.
constexpr std::array<Shape, 8> kAlexNet{Shape{96, 3, 55, 11, 4, 1, 1},    Shape{128, 48, 27, 5, 1, 2, 1},
                                        Shape{384, 256, 13, 3, 1, 1, 1},  Shape{192, 192, 13, 3, 1, 2, 1},
                                        Shape{128, 192, 13, 3, 1, 2, 1},  Shape{4096, 9216, 1, 1, 1, 1, 1},
                                        Shape{4096, 4096, 1, 1, 1, 1, 1}, Shape{1000, 4096, 1, 1, 1, 1, 1}};

/// The distinct layers of MobileNetV2 at 224 x 224.
constexpr std::array<Shape, 31> kMobileNetV2{
    Shape{32, 3, 112, 3, 2, 1, 1},   Shape{1, 1, 112, 3, 1, 32, 1},  Shape{16, 32, 112, 1, 1, 1, 1},
    Shape{96, 16, 112, 1, 1, 1, 1},  Shape{1, 1, 56, 3, 2, 96, 1},   Shape{24, 96, 56, 1, 1, 1, 1},
    Shape{144, 24, 56, 1, 1, 1, 1},  Shape{1, 1, 56, 3, 1, 144, 1},  Shape{24, 144, 56, 1, 1, 1, 1},
    Shape{1, 1, 28, 3, 2, 144, 1},   Shape{32, 144, 28, 1, 1, 1, 1}, Shape{192, 32, 28, 1, 1, 1, 1},
    Shape{1, 1, 28, 3, 1, 192, 1},   Shape{32, 192, 28, 1, 1, 1, 1}, Shape{1, 1, 14, 3, 2, 192, 1},
    Shape{64, 192, 14, 1, 1, 1, 1},  Shape{384, 64, 14, 1, 1, 1, 1}, Shape{1, 1, 14, 3, 1, 384, 1},
    Shape{64, 384, 14, 1, 1, 1, 1},  Shape{96, 384, 14, 1, 1, 1, 1}, Shape{576, 96, 14, 1, 1, 1, 1},
    Shape{1, 1, 14, 3, 1, 576, 1},   Shape{96, 576, 14, 1, 1, 1, 1}, Shape{1, 1, 7, 3, 2, 576, 1},
    Shape{160, 576, 7, 1, 1, 1, 1},  Shape{960, 160, 7, 1, 1, 1, 1}, Shape{1, 1, 7, 3, 1, 960, 1},
    Shape{160, 960, 7, 1, 1, 1, 1},  Shape{320, 960, 7, 1, 1, 1, 1}, Shape{1280, 320, 7, 1, 1, 1, 1},
    Shape{1000, 1280, 1, 1, 1, 1, 1}};

/// ResNet-20 on 32 x 32 images: seven distinct shapes.
constexpr std::array<Shape, 7> kResNet20{Shape{16, 3, 32, 3, 1, 1, 1},  Shape{16, 16, 32, 3, 1, 1, 6},
                                         Shape{32, 16, 16, 3, 2, 1, 1}, Shape{32, 32, 16, 3, 1, 1, 5},
                                         Shape{64, 32, 8, 3, 2, 1, 1},  Shape{64, 64, 8, 3, 1, 1, 5},
                                         Shape{10, 64, 1, 1, 1, 1, 1}};

/// Every layer of ResNet-18 energy-optimal, cold, on one core, with proof.
void map_resnet18(benchmark::State& state) {
    const MachinePointer machine = machine_of("spatial-256");
    const std::vector<LayerWork> works = layers_of(kResNet18);
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

/// The slowest layer of three networks under any objective, cold, with proof.
void slowest_layer(benchmark::State& state, const char* dataflow) {
    Document described = machine_of("spatial-256")->describe();
    for (auto& [key, value] : std::get<Document::Map>(described.value)) {
        if (key == "dataflow") value = Document(dataflow);
    }
    const MachinePointer machine = parse_machine(described, "spatial-256").value();
    double slowest = 0.0;
    for (auto _ : state) {
        for (const std::vector<LayerWork>& works :
             {layers_of(kAlexNet), layers_of(kResNet18), layers_of(kMobileNetV2)}) {
            for (const LayerWork& work : works) {
                for (const MappingGoal goal : kAllMappingGoals) {
                    const std::clock_t before = std::clock();
                    const auto mapped = map_layer(work, *machine, goal);
                    benchmark::DoNotOptimize(mapped->search.is_complete);
                    slowest = std::max(slowest, static_cast<double>(std::clock() - before) /
                                                    static_cast<double>(CLOCKS_PER_SEC));
                }
            }
        }
    }
    state.counters["slowest_ms"] = 1e3 * slowest;
}
BENCHMARK_CAPTURE(slowest_layer, row_stationary, "row-stationary")
    ->Unit(benchmark::kMillisecond)
    ->Iterations(1);
BENCHMARK_CAPTURE(slowest_layer, free, "free")->Unit(benchmark::kMillisecond)->Iterations(1);

/// Mappings of one layer priced one by one: every pass and order of every tiling that no larger one
/// dominates, with nothing remembered from before.
void price(benchmark::State& state) {
    const MachinePointer machine = machine_of("spatial-256");
    LayerWork work;
    work.extents = {1, 128, 128, 28, 28, 3, 3};
    work.pads = {2, 2};
    const auto model = machine->layer_model(work).value();
    std::vector<Score> scores(model->space().orders.size());
    std::int64_t mappings = 0;
    for (auto _ : state) {
        const std::unique_ptr<Scorer> scorer = model->scorer();
        for (const BoundedTiling& tiling : list_tilings(work, *model, *scorer, 0, Dominated::dropped)) {
            for (std::size_t pass = 0; pass < model->space().passes.size(); ++pass) {
                scorer->score_orders(tiling.tiling, pass, scores);
                benchmark::DoNotOptimize(scores.data());
                mappings += static_cast<std::int64_t>(scores.size());
            }
        }
    }
    state.counters["mappings"] =
        benchmark::Counter(static_cast<double>(mappings), benchmark::Counter::kIsRate);
}
BENCHMARK(price)->Unit(benchmark::kMillisecond);

/// Widths of weights, inputs and outputs of every layer of ResNet-20.
std::vector<LayerWork> widths_of(const LayerWork& work) {
    constexpr std::array<int, 9> kWidths{1, 2, 3, 4, 5, 6, 7, 8, 16};
    std::vector<LayerWork> works;
    for (const int weights : kWidths) {
        for (const int inputs : kWidths) {
            for (const int outputs : kWidths) {
                works.push_back(work);
                works.back().weight_bits = weights;
                works.back().input_bits = inputs;
                works.back().output_bits = outputs;
            }
        }
    }
    return works;
}

/// The whole table of ResNet-20: 7 shapes, 81 pairs of widths, each with the 9 output widths of an edge.
void tabulate_resnet20(benchmark::State& state) {
    for (auto _ : state) {
        const Estimator estimator(machine_of("spatial-256"), MappingGoal::energy_delay);
        std::vector<LayerWork> works;
        for (const Shape& shape : kResNet20) {
            const auto widths = widths_of(layers_of(std::span(&shape, 1)).front());
            works.insert(works.end(), widths.begin(), widths.end());
        }
        parallel_for(works.size(), [&](std::size_t i) { benchmark::DoNotOptimize(estimator.map(works[i])); });
        state.counters["layers"] = static_cast<double>(estimator.layers_priced());
    }
}
BENCHMARK(tabulate_resnet20)->Unit(benchmark::kMillisecond)->UseRealTime()->Iterations(1);

/// One more strategy of ResNet-20 once its layers are known.
void price_strategy(benchmark::State& state) {
    const Estimator estimator(machine_of("spatial-256"), MappingGoal::energy_delay);
    Workload workload;
    for (const LayerWork& work : layers_of(kResNet20)) workload.layers.push_back({"layer", work});
    benchmark::DoNotOptimize(estimator.estimate(workload));
    for (auto _ : state) benchmark::DoNotOptimize(estimator.estimate(workload));
}
BENCHMARK(price_strategy)->Unit(benchmark::kMicrosecond);

} // namespace

BENCHMARK_MAIN();
