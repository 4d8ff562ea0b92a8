// How long a strategy takes from its widths to its score, on 2,000 images of Fashion-MNIST's size
// through ResNet-8, and what the float reference takes for the same images. Threads: all there are.

#include <benchmark/benchmark.h>

#include <cstdlib>
#include <iostream>

#include "tandem/core/parallel.h"
#include "tandem/core/random.h"
#include "tandem/engine/calibration.h"
#include "tandem/engine/evaluator.h"
#include "tandem/engine/float_executor.h"
#include "tandem/network/rewrites/rewrites.h"
#include "tandem/network/topologies/topologies.h"

namespace tandem {
namespace {

constexpr std::int64_t kSamples = 2000;
constexpr std::int64_t kCalibrationSamples = 64;
constexpr std::int64_t kPixels = 28 * 28;
constexpr std::int64_t kFloatChunk = 16;
const std::vector<int> kWidths{2, 4, 6, 8, 16};

template <class T> T expect(Result<T> result) {
    if (result) return std::move(*result);
    std::cerr << to_string(result.error()) << '\n';
    std::exit(1);
}

/// What every benchmark works on; kernels take the same time for noise as for pictures.
struct Fixture {
    Network network;
    Calibration calibration;
    std::vector<float> images;

    Fixture() {
        network = prepare_for_deployment(
            find_topology("resnet8")->build({.input_shape = {kBatch, 1, 28, 28}, .classes = 10, .seed = 1}));
        Random random(1);
        images.resize(kSamples * kPixels);
        for (float& pixel : images) pixel = static_cast<float>(random.uniform());
        calibration =
            expect(calibrate(network, std::span(images).first(kCalibrationSamples * kPixels), kWidths));
    }

    IntegerProgram program(const Strategy& strategy) const {
        return expect(lower_to_integers(network, apply_calibration(strategy, network, calibration)));
    }

    Strategy random_strategy(Random& random) const {
        Strategy strategy = uniform_strategy(network, 8, 8);
        for (auto& layer : strategy.layers) {
            layer.weight_bits = kWidths[random.below(kWidths.size())];
            layer.activation_bits = kWidths[random.below(kWidths.size())];
        }
        return strategy;
    }

    Evaluator evaluator(Bytes memory) const {
        return {{.samples = images,
                 .labels = std::vector<std::int32_t>(kSamples),
                 .logits = std::vector<float>(kSamples * 10)},
                memory};
    }
};

const Fixture& fixture() {
    static const Fixture instance;
    return instance;
}

constexpr Bytes kNoMemory{0};
constexpr Bytes kAmpleMemory{std::int64_t{2} << 30};

void cold_uniform_strategy(benchmark::State& state) {
    const Evaluator evaluator = fixture().evaluator(kNoMemory);
    const auto bits = static_cast<int>(state.range(0));
    for (auto _ : state) {
        const Strategy strategy = uniform_strategy(fixture().network, bits, bits);
        benchmark::DoNotOptimize(evaluator.evaluate(fixture().program(strategy)));
    }
}
BENCHMARK(cold_uniform_strategy)
    ->Arg(2)
    ->Arg(8)
    ->Arg(16)
    ->MeasureProcessCPUTime()
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

/// Another strategy each time, 20 in turn.
void cold_random_strategies(benchmark::State& state) {
    const Evaluator evaluator = fixture().evaluator(kNoMemory);
    std::uint64_t seed = 0;
    for (auto _ : state) {
        Random random(seed++ % 20);
        benchmark::DoNotOptimize(evaluator.evaluate(fixture().program(fixture().random_strategy(random))));
    }
}
BENCHMARK(cold_random_strategies)
    ->Iterations(20)
    ->MeasureProcessCPUTime()
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

/// A strategy that shares the layers before the given one with those before it, and no others.
void strategy_with_shared_prefix(benchmark::State& state) {
    const Evaluator evaluator = fixture().evaluator(kAmpleMemory);
    Random random(1);
    const auto shared = static_cast<std::ptrdiff_t>(state.range(0));
    const Strategy first = fixture().random_strategy(random);
    benchmark::DoNotOptimize(evaluator.evaluate(fixture().program(first)));
    for (auto _ : state) {
        Strategy strategy = fixture().random_strategy(random);
        std::copy_n(first.layers.begin(), shared, strategy.layers.begin());
        benchmark::DoNotOptimize(evaluator.evaluate(fixture().program(strategy)));
    }
    const Evaluator::Statistics steps = evaluator.statistics();
    state.counters["remembered"] = static_cast<double>(steps.steps_remembered) /
                                   static_cast<double>(steps.steps_remembered + steps.steps_executed);
}
BENCHMARK(strategy_with_shared_prefix)
    ->DenseRange(0, 9, 3)
    ->Iterations(40)
    ->MeasureProcessCPUTime()
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

/// The same images through the float network.
void float_reference(benchmark::State& state) {
    const FloatExecutor executor = expect(FloatExecutor::create(fixture().network));
    for (auto _ : state) {
        parallel_for(kSamples / kFloatChunk, [&](std::size_t chunk) {
            benchmark::DoNotOptimize(executor.run(
                std::span(fixture().images).subspan(chunk * kFloatChunk * kPixels, kFloatChunk * kPixels),
                kFloatChunk));
        });
    }
}
BENCHMARK(float_reference)->MeasureProcessCPUTime()->UseRealTime()->Unit(benchmark::kMillisecond);

/// A 3x3 layer of as many inputs as outputs on 16x16 pixels, 16 samples, in the formats given.
IntegerProgram square_layer(std::int64_t channels, const NumberFormat& input, const NumberFormat& weight,
                            const Requantization& requantization) {
    Random random(1);
    const Extents extents{channels, 16, 16};
    LayerStep step;
    step.layer = "layer";
    step.output = 1;
    step.window = {.kernel = {3, 3}, .pads_begin = {1, 1}, .pads_end = {1, 1}};
    step.input_format = input;
    step.weight_format = weight;
    const bool has_signs = weight.levels == Levels::bipolar;
    const std::int64_t span = maximum_integer(weight) - minimum_integer(weight) + 1;
    for (std::int64_t i = 0; i < 9 * channels * channels; ++i) {
        const auto drawn = static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(span)));
        const std::int64_t sign = random.below(2) == 0 ? -1 : 1;
        step.weights.push_back(static_cast<std::int16_t>(has_signs ? sign : minimum_integer(weight) + drawn));
    }
    step.bias.assign(static_cast<std::size_t>(channels), 3);
    step.requantization = requantization;
    step.clamp = {minimum_integer(input), maximum_integer(input)};
    IntegerProgram program;
    program.tensors = {{"input", extents, input}, {"output", extents, input}};
    program.steps = {step};
    program.output = 1;
    return program;
}

void run_layer(benchmark::State& state, const IntegerProgram& program) {
    constexpr std::int64_t kBatch = 16;
    const IntegerTensor& tensor = program.tensors[0];
    IntegerValues input(tensor.format, static_cast<std::size_t>(kBatch * tensor.extents.elements()));
    Random random(2);
    for (std::size_t i = 0; i < input.size(); ++i) {
        input.set(i, random.below(2) == 0 ? minimum_integer(tensor.format) : maximum_integer(tensor.format));
    }
    const FastProgram fast(program);
    for (auto _ : state) {
        benchmark::DoNotOptimize(fast.execute(0, std::vector<const IntegerValues*>{&input}, kBatch));
    }
    state.SetItemsProcessed(state.iterations() * kBatch);
}

/// With TANDEM_INSTRUCTION_SET one sees what words that count signs bring over bytes on lesser processors.
void layer_of_bytes(benchmark::State& state) {
    run_layer(state, square_layer(state.range(0), {8, 7, Signedness::is_unsigned},
                                  {8, 7, Signedness::is_signed}, {}));
}
BENCHMARK(layer_of_bytes)->Arg(64)->Arg(128)->Arg(256)->Unit(benchmark::kMicrosecond);

void layer_of_signs(benchmark::State& state) {
    const NumberFormat signs{1, 0, Signedness::is_signed, Levels::bipolar};
    run_layer(state, square_layer(state.range(0), signs, signs,
                                  ThresholdRequantization{.lowest = -1, .thresholds = {{0, 0}}}));
}
BENCHMARK(layer_of_signs)->Arg(64)->Arg(128)->Arg(256)->Unit(benchmark::kMicrosecond);

} // namespace
} // namespace tandem

BENCHMARK_MAIN();
