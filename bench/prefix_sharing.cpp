// prefix_sharing: what strategies that share their first layers save.
//     prefix_sharing NETWORK [--data FOLDER] [--images 1000] [--strategies 500] [--memory 1024] [--json]
// Scores strategies on CIFAR-10's test images with and without remembering activations, on one core: (a)
// drawn at random, (b) all that ten generations of NSGA-II propose, (c) one with the last three layers
// varied. A time is the processor's, from widths to score; "bound" is the ratio of layer executions, which
// the ratio of times can at best reach.
#include <ctime>
#include <functional>
#include <iostream>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <sys/resource.h>

#include "tandem/codesign/experiment.h"
#include "tandem/codesign/quantization_space.h"
#include "tandem/core/document.h"
#include "tandem/core/parallel.h"
#include "tandem/core/random.h"
#include "tandem/search/search.h"

namespace {

using namespace tandem;

constexpr std::int64_t kGenerations = 10;
constexpr std::size_t kVariedLayers = 3;

struct Options {
    std::string network;
    std::string data;
    std::int64_t images = 1000;
    std::int64_t strategies = 500;
    std::int64_t memory_mebibytes = 1024;
    bool json = false;
};

template <class T> T expect(Result<T> result) {
    if (!result) {
        std::cerr << to_string(result.error()) << '\n';
        std::exit(2);
    }
    return take_value(std::move(result));
}

/// The images, the widths that are searched, and how a genome becomes a program.
struct Bench {
    Experiment experiment;
    ReferenceSamples samples;
    SpaceOptions space;
    Calibration calibration;

    IntegerProgram program(const Genome& genome) const {
        const Strategy strategy =
            apply_calibration(decode(genome, experiment.network, space), experiment.network, calibration);
        return expect(lower_to_integers(experiment.network, strategy));
    }
};

Bench load(const Options& options) {
    DataOptions data;
    data.dataset = "cifar10";
    data.directory = options.data;
    data.normalization.mean = {0.485F, 0.456F, 0.406F};
    data.normalization.deviation = {0.229F, 0.224F, 0.225F};
    Experiment experiment = expect(load_experiment(options.network, data));
    std::vector<std::int64_t> first(static_cast<std::size_t>(options.images));
    for (std::size_t i = 0; i < first.size(); ++i) first[i] = static_cast<std::int64_t>(i);
    ReferenceSamples samples = expect(reference_samples(experiment, first));
    SpaceOptions space;
    Calibration calibration = expect(calibrate(experiment, all_widths(space)));
    return {std::move(experiment), std::move(samples), std::move(space), std::move(calibration)};
}

Genome random_genome(Random& random, const GenomeSpace& space) {
    Genome genome(space.alleles.size());
    for (std::size_t i = 0; i < genome.size(); ++i) {
        genome[i] =
            static_cast<Genome::value_type>(random.below(static_cast<std::uint64_t>(space.alleles[i])));
    }
    return genome;
}

std::vector<Genome> random_genomes(const GenomeSpace& space, std::int64_t count) {
    Random random(1);
    std::vector<Genome> genomes;
    for (std::int64_t i = 0; i < count; ++i) genomes.push_back(random_genome(random, space));
    return genomes;
}

/// Everything a search for accuracy and few bits proposes, in order.
std::vector<Genome> searched_genomes(const Bench& bench, const GenomeSpace& space, std::int64_t count) {
    SearchOptions options;
    options.population = count / kGenerations;
    options.generations = kGenerations;
    const auto algorithm = make_algorithm(space, options);
    const Evaluator evaluator(bench.samples, Bytes(std::int64_t{1} << 30));
    std::vector<Genome> genomes;
    for (auto proposal = algorithm->propose(); !proposal.empty(); proposal = algorithm->propose()) {
        std::vector<EvaluatedGenome> evaluated;
        for (const Genome& genome : proposal) {
            genomes.push_back(genome);
            double bits = 0.0;
            for (const LayerStrategy& layer : decode(genome, bench.experiment.network, bench.space).layers) {
                bits += layer.weight_bits * layer.activation_bits;
            }
            Evaluation evaluation;
            evaluation.objectives = {1.0 - evaluator.evaluate(bench.program(genome)).accuracy, bits};
            evaluated.push_back({genome, evaluation});
        }
        algorithm->report(evaluated);
    }
    return genomes;
}

std::vector<Genome> genomes_with_last_layers_varied(const GenomeSpace& space, std::int64_t count) {
    Random random(2);
    const Genome base = random_genome(random, space);
    std::vector<Genome> genomes;
    for (std::int64_t i = 0; i < count; ++i) {
        Genome genome = base;
        const Genome other = random_genome(random, space);
        const auto shared = static_cast<std::ptrdiff_t>(genome.size() - 2 * kVariedLayers);
        std::copy(other.begin() + shared, other.end(), genome.begin() + shared);
        genomes.push_back(genome);
    }
    return genomes;
}

struct Measured {
    double seconds = 0.0;
    std::int64_t layers = 0; ///< executed, counted by strategy and chunk of samples
    std::int64_t memory_bytes = 0;
};

Measured score(const Bench& bench, const std::vector<Genome>& genomes, Bytes memory) {
    const Evaluator evaluator(bench.samples, memory);
    Measured measured;
    const std::clock_t start = std::clock();
    for (const Genome& genome : genomes) {
        evaluator.evaluate(bench.program(genome));
        measured.memory_bytes = std::max(measured.memory_bytes, evaluator.memory_used().value);
    }
    measured.seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
    measured.layers = evaluator.statistics().layers_executed;
    return measured;
}

int run(const Options& options) {
    const ThreadLimit one_thread(1);
    const Bench bench = load(options);
    const GenomeSpace space = quantization_space(bench.experiment.network, bench.space);
    const std::vector<std::pair<std::string, std::vector<Genome>>> cases{
        {"random", random_genomes(space, options.strategies)},
        {"nsga2", searched_genomes(bench, space, options.strategies)},
        {"last-three", genomes_with_last_layers_varied(space, options.strategies)}};
    Document::List rows;
    if (!options.json) {
        fmt::print("{:<11} {:>14} {:>14} {:>6} {:>9} {:>9} {:>7} {:>11} {:>11}\n", "strategies",
                   "layers alone", "layers shared", "bound", "alone, s", "shared, s", "faster", "of bound",
                   "memory, MiB");
    }
    for (const auto& [name, genomes] : cases) {
        const Measured alone = score(bench, genomes, Bytes(0));
        const Measured shared = score(bench, genomes, Bytes(options.memory_mebibytes << 20));
        const double bound = static_cast<double>(alone.layers) / static_cast<double>(shared.layers);
        const double faster = alone.seconds / shared.seconds;
        if (options.json) {
            rows.push_back(Document::Map{{"strategies", name},
                                         {"layers_alone", alone.layers},
                                         {"layers_shared", shared.layers},
                                         {"bound", bound},
                                         {"alone_seconds", alone.seconds},
                                         {"shared_seconds", shared.seconds},
                                         {"faster", faster},
                                         {"memory_bytes", shared.memory_bytes}});
            continue;
        }
        fmt::print("{:<11} {:>14} {:>14} {:>6.2f} {:>9.2f} {:>9.2f} {:>7.2f} {:>11.2f} {:>11}\n", name,
                   alone.layers, shared.layers, bound, alone.seconds, shared.seconds, faster, faster / bound,
                   shared.memory_bytes >> 20);
        std::fflush(stdout);
    }
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    if (options.json) {
        fmt::print("{}\n", to_json(Document(rows), JsonLayout::indented));
    } else {
        fmt::print("whole process: {} MiB at most, of them {} allowed for activations\n",
                   usage.ru_maxrss >> 10, options.memory_mebibytes);
    }
    return 0;
}

} // namespace

int main(int argc, char** argv) {
    Options options;
    CLI::App app{"Measures what strategies that share their first layers save.", "prefix_sharing"};
    app.add_option("NETWORK", options.network, "ONNX file of a network for CIFAR-10")->required();
    app.add_option("--data", options.data, "folder of CIFAR-10's binary batches")->required();
    app.add_option("--images", options.images, "test images")
        ->check(CLI::Range(1, 10'000))
        ->capture_default_str();
    app.add_option("--strategies", options.strategies, "of each kind, a tenth of them a generation")
        ->check(CLI::Range(40, 1'000'000))
        ->capture_default_str();
    app.add_option("--memory", options.memory_mebibytes, "for activations, in MiB")
        ->check(CLI::Range(0, 1'000'000))
        ->capture_default_str();
    app.add_flag("--json", options.json, "print JSON instead of a table");
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return error.get_exit_code() == 0 ? app.exit(error) : (std::cerr << error.what() << '\n', 2);
    }
    return run(options);
}
