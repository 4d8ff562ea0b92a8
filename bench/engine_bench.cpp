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

} // namespace
} // namespace tandem

BENCHMARK_MAIN();
