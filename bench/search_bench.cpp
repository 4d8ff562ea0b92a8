// What the search room costs when evaluations cost nothing: sorting, hypervolume, whole searches,
// and what a stored generation adds.
#include <chrono>
#include <cmath>

#include <benchmark/benchmark.h>

#include "tandem/core/files.h"
#include "tandem/core/random.h"
#include "tandem/search/driver.h"
#include "tandem/search/front.h"

namespace {

using namespace tandem;

/// Points near a sphere's inside, so that fronts are large, as late in a search.
std::vector<Objectives> points_on_sphere(std::size_t count, std::size_t objectives) {
    Random random(1);
    std::vector<Objectives> points(count, Objectives(objectives));
    for (Objectives& point : points) {
        double square = 0.0;
        for (double& value : point) {
            value = std::abs(random.normal());
            square += value * value;
        }
        for (double& value : point) value /= std::sqrt(square);
    }
    return points;
}

GenomeSpace layers(std::size_t count) {
    GenomeSpace space;
    for (std::size_t i = 0; i < 2 * count; ++i) space.gene_names.push_back("gene" + std::to_string(i));
    space.alleles.assign(2 * count, 5);
    for (std::size_t i = 1; i < count; ++i) space.cut_points.push_back(2 * i);
    return space;
}

/// Four objectives in conflict, for next to nothing.
Evaluation cheap(const Genome& genome) {
    Evaluation evaluation;
    evaluation.objectives.assign(4, 0.0);
    for (std::size_t i = 0; i < genome.size(); ++i) {
        evaluation.objectives[i % 3] += static_cast<double>(genome[i]);
        evaluation.objectives[3] += 1.0 / static_cast<double>(1 + genome[i]);
    }
    return evaluation;
}

/// The same, and never in less than a microsecond: the fastest evaluation that is still one.
Evaluation microsecond(const Genome& genome) {
    using Clock = std::chrono::steady_clock;
    const Clock::time_point end = Clock::now() + std::chrono::microseconds(1);
    Evaluation evaluation = cheap(genome);
    while (Clock::now() < end) {
    }
    return evaluation;
}

/// Evaluations sorted into ranks; arguments: evaluations, objectives.
void sort_into_ranks(benchmark::State& state) {
    std::vector<Evaluation> evaluations;
    Random random(2);
    for (Objectives& point : points_on_sphere(static_cast<std::size_t>(state.range(0)),
                                              static_cast<std::size_t>(state.range(1)))) {
        const double scale = 1.0 + random.uniform();
        for (double& value : point) value *= scale;
        evaluations.emplace_back().objectives = std::move(point);
    }
    for (auto _ : state) benchmark::DoNotOptimize(non_dominated_ranks(evaluations));
}
BENCHMARK(sort_into_ranks)->Args({80, 3})->Args({400, 4})->Args({10'000, 4})->Unit(benchmark::kMicrosecond);

/// Exact hypervolume of a front; arguments: points, objectives.
void measure_hypervolume(benchmark::State& state) {
    const auto objectives = static_cast<std::size_t>(state.range(1));
    const std::vector<Objectives> points =
        points_on_sphere(static_cast<std::size_t>(state.range(0)), objectives);
    for (auto _ : state) benchmark::DoNotOptimize(hypervolume(points, Objectives(objectives, 1.1)));
}
BENCHMARK(measure_hypervolume)
    ->Args({200, 2})
    ->Args({200, 3})
    ->Args({200, 4})
    ->Args({50, 6})
    ->Unit(benchmark::kMicrosecond);

/// A whole search of NSGA-II without a driver; arguments: population, generations.
void search_alone(benchmark::State& state) {
    SearchOptions options;
    options.population = state.range(0);
    options.generations = state.range(1);
    const GenomeSpace space = layers(20);
    for (auto _ : state) {
        const auto algorithm = make_algorithm(space, options);
        for (auto proposal = algorithm->propose(); !proposal.empty(); proposal = algorithm->propose()) {
            std::vector<EvaluatedGenome> evaluated;
            for (const Genome& genome : proposal) evaluated.push_back({genome, microsecond(genome)});
            algorithm->report(evaluated);
        }
    }
    state.SetItemsProcessed(state.iterations() * options.population * options.generations);
}
BENCHMARK(search_alone)->Args({40, 25})->Args({200, 200})->Unit(benchmark::kMillisecond);

/// The same under the driver, on all threads, stored generation by generation in the folder for temporary
/// files. What the disk takes to be safe is in the real time, not in the processor's.
void search_driven_and_stored(benchmark::State& state) {
    SearchOptions options;
    options.population = state.range(0);
    options.generations = state.range(1);
    const GenomeSpace space = layers(20);
    const RunHeader header{.job = "",
                           .version = "bench",
                           .gene_names = space.gene_names,
                           .objective_names = {"a", "b", "c", "d"}};
    DriverOptions driver;
    driver.hypervolume_reference = {60.0, 60.0, 60.0, 41.0};
    Progress silent;
    for (auto _ : state) {
        const TemporaryDirectory directory = TemporaryDirectory::create().value();
        RunStore store = RunStore::create(directory.path() / "run.sqlite", header).value();
        const auto algorithm = make_algorithm(space, options);
        benchmark::DoNotOptimize(drive(*algorithm, microsecond, store, driver, silent).value());
    }
    state.SetItemsProcessed(state.iterations() * options.population * options.generations);
}
BENCHMARK(search_driven_and_stored)
    ->Args({40, 25})
    ->Args({200, 200})
    ->Unit(benchmark::kMillisecond)
    ->MeasureProcessCPUTime()
    ->UseRealTime();

} // namespace

BENCHMARK_MAIN();
